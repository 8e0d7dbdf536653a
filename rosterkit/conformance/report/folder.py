"""A report in its folder: every file written whole, and nothing touched that is not the report's own.

Tests: ``tests/conformance/test_report_folder.py``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rosterkit.conformance.report.junit import junit_xml
from rosterkit.conformance.report.layout import Layout, Place, lay_out
from rosterkit.conformance.report.machine import index_json
from rosterkit.conformance.report.page import case_page, index_page
from rosterkit.conformance.report.readback import listed_files
from rosterkit.conformance.report.suite import Suite, suite_of
from rosterkit.conformance.report.summaries import markdown
from rosterkit.conformance.report.transcript import account_of, transcript_lines
from rosterkit.conformance.results import Run
from rosterkit.errors import ConfigError

__all__ = ["INDEX", "MATRIX", "holds_page", "write_page", "write_report"]

#: What says that a file of this name is a report's.
_SIGNS = {"index.html": b'<meta name="generator" content="rosterkit', "index.json": b'"rosterkit_report"'}
#: The page of the report, and that of the kill matrix, which another command writes.
INDEX, MATRIX = "index.html", "matrix.html"
#: The last is written last, since it names the others.
_NAMES = ("junit.xml", "summary.md", "index.html", "index.json")


def write_report(folder: Path, runs: Sequence[Run]) -> Path:
    """Write a report of ``runs`` into ``folder``; gives the path of its ``index.html``.

    Each file is replaced at once, never half written.  What an earlier report in the folder has left is removed, and
    nothing else.  ConfigError with a sentence where it cannot be written, where the folder holds an index, a summary
    or results of something else, or where runs are of clients and of servers.
    """
    suite = suite_of(runs)
    layout = lay_out(runs)
    with _writing(folder):
        _refuse_what_is_not_ours(folder)
        old = listed_files(folder)
        matrix = MATRIX if holds_page(folder, MATRIX) else ""
        new = set()
        for name, data in _files(layout, suite, matrix):
            _replace(folder / name, data)
            new.add(name)
        _remove(folder, old - new)
    return folder / INDEX


def write_page(folder: Path, name: str, page: str) -> Path:
    """Write a page beside the report's own, or where there is no report; gives its path.

    It is replaced at once, never half written.  ConfigError with a sentence where it cannot be written, or where
    there is a file of this name that is none of our pages.
    """
    with _writing(folder):
        if (folder / name).exists() and not holds_page(folder, name):
            raise ConfigError(f"{folder} holds {name} of something else. Name a folder of its own.")
        _replace(folder / name, page.encode())
    return folder / name


def holds_page(folder: Path, name: str) -> bool:
    """Whether there is a page of ours with this name, which can be read."""
    with suppress(OSError):
        return _has_sign(folder / name, _SIGNS[INDEX])
    return False


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise ConfigError(
            f"The report cannot be written to {folder}: {error.strerror or error}. Name another folder."
        ) from error


def _files(layout: Layout, suite: Suite, matrix: str) -> Iterator[tuple[str, bytes]]:
    for line in layout.lines():
        for place in line.cells:
            if place is None:
                continue
            if place.transcript is not None:
                yield place.transcript, _transcript(place)
            yield place.page, case_page(layout, line, place, suite).encode()
    tops = (
        junit_xml(layout),
        markdown(layout.runs).encode(),
        index_page(layout, suite, matrix).encode(),
        index_json(layout, suite).encode(),
    )
    yield from zip(_NAMES, tops, strict=True)


def _transcript(place: Place) -> bytes:
    row = place.row
    lines = transcript_lines(row.case.id, place.run.seed, account_of(row), row.entries)
    return "".join(f"{line}\n" for line in lines).encode()


def _refuse_what_is_not_ours(folder: Path) -> None:
    there = [name for name in _NAMES if (folder / name).exists()]
    if there and not any(_has_sign(folder / name, sign) for name, sign in _SIGNS.items()):
        raise ConfigError(f"{folder} holds {' and '.join(there)} of something else. Name a folder of its own.")


def _has_sign(path: Path, sign: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return sign in file.read(2_000)
    except FileNotFoundError:
        return False


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        made.write_bytes(data)
        made.replace(path)
    except OSError:
        with suppress(OSError):
            made.unlink()
        raise


def _remove(folder: Path, names: set[str]) -> None:
    for name in names:
        path = folder / name
        path.unlink(missing_ok=True)
        with suppress(OSError):  # it is not empty
            path.parent.rmdir()
