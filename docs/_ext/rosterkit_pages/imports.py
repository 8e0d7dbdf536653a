"""Which packages import which, read from every file of rosterkit.

A package is a folder below ``rosterkit/``; ``conformance/runner`` and ``conformance/probing`` are packages of their
own, as sockets may be opened there.  Of the files beside the folders, ``errors`` is a package, those that some folder
needs are the configuration, and all others the command lines.  ``rosterkit/__init__.py`` only leads to names and is
left out.

Tests: ``tests/pages/test_imports.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import rosterkit

__all__ = ["COMMANDS", "CONFIGURATION", "edges", "levels", "reduced"]

COMMANDS = "command lines"
CONFIGURATION = "configuration"
_HERE = Path(rosterkit.__file__).parent
_APART = {("conformance", "runner"), ("conformance", "probing")}


def edges(folder: Path = _HERE) -> dict[str, set[str]]:
    """Give each package with those that its files import; imports inside functions and for types count too."""
    files = {_parts(path, folder): path for path in folder.rglob("*.py")}
    files.pop((), None)
    imported = {parts: set(_imported(path, files)) for parts, path in files.items()}
    needed = _needed(imported)
    found: dict[str, set[str]] = {}
    for parts, others in imported.items():
        package = _package(parts, needed)
        found.setdefault(package, set()).update({_package(other, needed) for other in others} - {package})
    return found


def _parts(path: Path, folder: Path) -> tuple[str, ...]:
    """The dotted name without ``rosterkit``; empty for its ``__init__``.  A folder's own ends with ``__init__``."""
    parts = path.relative_to(folder).with_suffix("").parts
    return () if parts == ("__init__",) else parts


def _imported(path: Path, files: Mapping[tuple[str, ...], Path]) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            first, *parts = name.split(".")
            if first == "rosterkit":
                yield from _file(tuple(parts), files)


def _file(parts: tuple[str, ...], files: Mapping[tuple[str, ...], Path]) -> Iterator[tuple[str, ...]]:
    """The file that a dotted name is, or is in; none where that is the package's own."""
    for known in (parts, parts[:-1]):
        for candidate in (known, (*known, "__init__")):
            if candidate in files:
                yield candidate
                return


def _needed(imported: Mapping[tuple[str, ...], set[tuple[str, ...]]]) -> set[str]:
    """The files beside the folders that a folder imports, and those that these import."""
    waiting = [other for parts, others in imported.items() if len(parts) > 1 for other in others if len(other) == 1]
    needed: set[str] = set()
    while waiting:
        (name,) = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [other for other in imported[(name,)] if len(other) == 1]
    return needed


def _package(parts: tuple[str, ...], needed: set[str]) -> str:
    if len(parts) > 1:
        return "/".join(parts[:2]) if parts[:2] in _APART else parts[0]
    if parts[0] == "errors":
        return "errors"
    return CONFIGURATION if parts[0] in needed else COMMANDS


def levels(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Give the packages from above to below: each stands below all that import it, as high as it can.

    Raises :class:`ValueError` where packages import each other in a circle.
    """
    found: list[list[str]] = []
    left = set(graph)
    while left:
        free = left - {other for name in left for other in graph[name]}
        if not free:
            raise ValueError(f"These packages import each other in a circle: {', '.join(sorted(left))}.")
        found.append(sorted(free))
        left -= free
    return found


def reduced(graph: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Give the edges that no way over other packages replaces."""
    return {
        (name, other)
        for name, others in graph.items()
        for other in others
        if not any(other in _reach(graph, between) for between in others - {other})
    }


def _reach(graph: Mapping[str, set[str]], name: str) -> set[str]:
    """All that a package needs, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        new = graph[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached
