"""Who may import whom: rules at the bottom, sockets at the top, read from the imports of every file."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rosterkit"


class Layer(NamedTuple):
    """What the files of a layer may import: other layers, and which packages that are not in the standard library."""

    layers: set[str]
    packages: set[str]


#: The root holds the version, which everybody may import, and leads to the public names, which it loads late.
LAYERS = {
    "face": Layer({"client", "xmpp"}, set()),
    "errors": Layer(set(), set()),
    "core": Layer({"errors"}, set()),
    "config": Layer({"errors", "core"}, set()),
    "wire": Layer({"errors", "core", "config"}, {"lxml", "scramp", "wsproto"}),
    "store": Layer({"errors", "core"}, set()),
    "net": Layer(
        {"errors", "core", "config", "wire", "store"}, {"OpenSSL", "cryptography", "trustme", "twisted", "zope"}
    ),
    "xmpp": Layer({"errors", "core", "wire"}, {"OpenSSL", "lxml", "twisted", "tx_xmpp", "wokkel", "zope"}),
    "client": Layer({"errors", "core", "xmpp"}, {"twisted", "zope"}),
    "conformance": Layer({"errors", "core", "config", "wire"}, {"jinja2", "lxml", "markupsafe"}),
    "runner": Layer(
        {"errors", "core", "config", "wire", "net", "xmpp", "client", "testing", "conformance"},
        {"OpenSSL", "lxml", "twisted", "zope"},
    ),
    "testing": Layer({"errors", "core", "config", "net", "client"}, {"cryptography", "pytest", "trustme", "twisted"}),
    "peer": Layer(
        {"errors", "core", "config", "wire", "store", "net", "xmpp"}, {"lxml", "twisted", "wokkel", "zope"}
    ),
    "demo": Layer({"errors", "core", "config", "wire", "net", "xmpp", "client", "testing"}, {"twisted", "zope"}),
    "transfer": Layer({"errors", "core", "wire", "store"}, {"lxml"}),
    "top": Layer(
        {"errors", "core", "config", "net", "conformance", "runner", "peer", "transfer", "demo"}, {"twisted"}
    ),
}
#: The files that are no folder of their own name.
FILES = {
    "rosterkit": "face",
    "rosterkit.errors": "errors",
    "rosterkit.options": "config",
    "rosterkit.limits": "config",
    "rosterkit.settings": "config",
    "rosterkit.entries": "config",
    "rosterkit.component_settings": "config",
    "rosterkit.control_settings": "config",
    "rosterkit.config": "config",
    "rosterkit.peer_config": "config",
    "rosterkit.__main__": "top",
    "rosterkit.cli": "top",
    "rosterkit.checking": "top",
    "rosterkit.check_settings": "top",
    "rosterkit.server_checking": "top",
    "rosterkit.server_place": "top",
    "rosterkit.transferring": "top",
    "rosterkit.demonstrating": "top",
    "rosterkit.playing": "top",
    "rosterkit.tap": "top",
    "rosterkit.peer_tap": "top",
    "rosterkit.twistd_options": "top",
}
#: What the rules may use of the standard library: no clock, no randomness, no input, no output.
PURE = {
    "__future__", "bisect", "collections", "dataclasses", "difflib", "encodings", "enum", "functools", "heapq",
    "ipaddress", "itertools", "math", "operator", "re", "string", "stringprep", "types", "typing", "unicodedata",
}  # fmt: skip
#: Those who may use what is in SHELL_ONLY.
SHELLS = {"net", "peer", "testing", "runner", "top"}
#: What only the shell, the harness and the command lines may use: sockets, threads, processes.
SHELL_ONLY = {
    "asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "socket", "socketserver", "ssl",
    "subprocess", "threading",
}  # fmt: skip
#: What a single file may use beside what its layer may.
BESIDE = {
    "rosterkit.wire.parsing": {"threading"},  # a parser for each thread; it starts none
}


def module_of(path: Path) -> str:
    """The dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """The layer of a module of ours; None where nobody has said it."""
    if module in FILES:
        return FILES[module]
    if module.startswith(("rosterkit.conformance.runner", "rosterkit.conformance.probing")):
        return "runner"
    folder = module.split(".")[1]
    return folder if folder in LAYERS and (PACKAGE / folder).is_dir() else None


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, inside functions and ``if TYPE_CHECKING`` too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((node.lineno, _deeper(source, alias.name)) for alias in node.names)


def _deeper(source: str, name: str) -> str:
    """``source.name`` where that is a module of ours, else ``source``."""
    deeper = ROOT.joinpath(*source.split("."), name)
    ours = source.split(".")[0] == "rosterkit" and (deeper.is_dir() or deeper.with_suffix(".py").is_file())
    return f"{source}.{name}" if ours else source


def complaints(path: Path) -> list[str]:
    """Every import of a file that goes in the wrong direction."""
    layer = layer_of(module_of(path))
    if layer is None:
        return [f"{path.relative_to(ROOT)} has no layer: say in tests/test_layers.py where it belongs"]
    where = path.relative_to(ROOT)
    return [
        f"{where}:{line} ({layer}) may not import {name}"
        for line, name in imports_of(path)
        if not may(layer, name) and name not in BESIDE.get(module_of(path), ())
    ]


def may(layer: str, name: str) -> bool:
    """Whether a file of this layer may import this module."""
    top = name.split(".")[0]
    if name == "rosterkit":
        return True
    if top == "rosterkit":
        other = layer_of(name)
        return other == layer or other in LAYERS[layer].layers
    if top in sys.stdlib_module_names:
        return top in PURE if layer in ("errors", "core") else layer in SHELLS or top not in SHELL_ONLY
    return top in LAYERS[layer].packages


def loaded_by(statement: str) -> set[str]:
    """The modules that a new process has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_of)
def test_imports_go_upwards_only(path: Path):
    """Each file imports its own layer and those below it, and of other packages only what its layer is there for."""
    assert complaints(path) == []


@pytest.mark.parametrize(
    ("layer", "name", "allowed"),
    [
        ("core", "rosterkit.core.jid", True),
        ("core", "rosterkit.wire.reader", False),
        ("core", "rosterkit.config", False),
        ("core", "time", False),
        ("core", "random", False),
        ("core", "lxml.etree", False),
        ("config", "twisted.python", False),
        ("wire", "twisted.internet", False),
        ("wire", "rosterkit.net", False),
        ("wire", "rosterkit.store", False),
        ("wire", "socket", False),
        ("store", "sqlite3", True),
        ("store", "rosterkit.wire", False),
        ("net", "rosterkit.store.memory", True),
        ("net", "rosterkit.cli", False),
        ("net", "wokkel.client", False),
        ("top", "rosterkit.net.service", True),
        ("xmpp", "wokkel.subprotocols", True),
        ("xmpp", "rosterkit.net", False),
        ("client", "rosterkit.xmpp.handlers", True),
        ("client", "wokkel.subprotocols", False),
        ("client", "rosterkit.wire.reader", False),
        ("client", "rosterkit.net.hub", False),
        ("net", "rosterkit.client", False),
        ("testing", "subprocess", True),
        ("peer", "rosterkit.net.network", True),
        ("peer", "rosterkit.client", False),
        ("net", "rosterkit.peer", False),
        ("top", "rosterkit.peer.service", True),
        ("demo", "rosterkit.testing.in_process", True),
        ("demo", "rosterkit.client.connecting", True),
        ("demo", "rosterkit.conformance.case", False),
        ("demo", "socket", False),
        ("testing", "rosterkit.demo", False),
        ("transfer", "rosterkit.store.checks", True),
        ("transfer", "rosterkit.net", False),
        ("wire", "rosterkit.transfer", False),
    ],
)
def test_the_directions_themselves(layer: str, name: str, allowed: bool):
    """The test above can fail: these are the directions of the design, one by one."""
    assert may(layer, name) is allowed


def test_every_way_of_importing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Imports in functions, for types only, relative ones and several in one line are all seen."""
    path = tmp_path / "rosterkit" / "core" / "x.py"
    path.parent.mkdir(parents=True)
    (tmp_path / "rosterkit" / "wire").mkdir()
    path.write_text("""
import os, lxml.etree as e
from rosterkit import wire, __version__
if TYPE_CHECKING:
    from ..wire import reader
def f():
    from . import ext
    from time import time
""")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    names = [name for _, name in sorted(imports_of(path))]
    assert sorted(names) == sorted(
        ["os", "lxml.etree", "rosterkit.wire", "rosterkit", "rosterkit.wire", "rosterkit.core", "time"]
    )


def test_importing_rosterkit_is_free():
    """The package, the configuration and the command line bring neither Twisted nor lxml."""
    modules = loaded_by("import rosterkit, rosterkit.config, rosterkit.cli, rosterkit.core.server")
    assert not modules & {"twisted", "lxml", "OpenSSL", "sqlite3", "asyncio"}


def test_no_import_installs_a_reactor():
    """Whoever embeds the server, and twistd --reactor, choose the reactor: not one of our files does."""
    names = [module_of(path) for path in PACKAGE.rglob("*.py")]
    modules = loaded_by(f"import {', '.join(names)}")
    assert "rosterkit.net.service" in modules
    assert "twisted.internet.reactor" not in modules
