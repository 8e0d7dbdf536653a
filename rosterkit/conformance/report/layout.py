"""A report before it is written: clients as columns, cases as lines in the order of the documents, a file for each.

Tests: ``tests/conformance/test_report_layout.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from rosterkit.conformance.case import Rule
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.report.sections import label_of, title_of
from rosterkit.conformance.results import Row, Run

__all__ = ["Column", "Layout", "Line", "Place", "Section", "lay_out"]

#: The most characters of a client's name and of a case's that get into the name of a file.
_LONGEST = 60
_NO_NAME = re.compile(r"[^a-z0-9.]+")


class Place(NamedTuple):
    """A row and where it stands: ``page`` and ``transcript`` are paths in the report's folder.

    There is no transcript where the row has no entries of its own.
    """

    run: Run
    row: Row
    page: str
    transcript: str | None

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return self.row.is_good(self.run.strict)


class Column(NamedTuple):
    """One client's rows by their ids, in the order of the documents."""

    run: Run
    places: Mapping[str, Place]


class Line(NamedTuple):
    """One case or check; a cell is None where a client was not put to it.  ``anchor`` names it in its page."""

    case: Rule
    anchor: str
    cells: Sequence[Place | None]


class Section(NamedTuple):
    """The cases of one section; ``label`` is ``RFC 6121 §2.1.6``."""

    label: str
    title: str
    lines: Sequence[Line]


class Layout(NamedTuple):
    """All of a report."""

    columns: Sequence[Column]
    sections: Sequence[Section]

    @property
    def runs(self) -> list[Run]:
        """The runs, a column each."""
        return [column.run for column in self.columns]

    def lines(self) -> Iterator[Line]:
        """Every line in its order."""
        return (line for section in self.sections for line in section.lines)

    def places(self) -> Iterator[Place]:
        """Every row in the order of the lines, then of the columns."""
        return (place for line in self.lines() for place in line.cells if place is not None)


def lay_out(runs: Sequence[Run]) -> Layout:
    """The layout of a report; no two rows have the same file, whatever clients and cases are called."""
    cases = {row.case.id: row.case for run in reversed(runs) for row in run.rows}
    ordered = in_order(cases[id_] for id_ in dict.fromkeys(row.case.id for run in runs for row in run.rows))
    names = _different(_file_name(case.id.removeprefix("rfc6121/").replace(".", "-")) for case in ordered)
    files = dict(zip((case.id for case in ordered), names, strict=True))
    clients = _different(_file_name(run.client) for run in runs)
    columns = [_column(run, client, files) for run, client in zip(runs, clients, strict=True)]
    lines = [Line(case, files[case.id], [column.places.get(case.id) for column in columns]) for case in ordered]
    return Layout(
        columns, [_section(key, list(group)) for key, group in groupby(lines, lambda one: one.case.section)]
    )


def _column(run: Run, client: str, files: Mapping[str, str]) -> Column:
    rows = {row.case.id: row for row in run.rows}
    return Column(run, {id_: _place(run, rows[id_], client, file) for id_, file in files.items() if id_ in rows})


def _place(run: Run, row: Row, client: str, file: str) -> Place:
    return Place(
        run,
        row,
        f"cases/{file}--{client}.html",
        f"transcripts/{client}/{file}.jsonl" if row.entries else None,
    )


def _section(key: str, lines: Sequence[Line]) -> Section:
    return Section(label_of(key), title_of(key), lines)


def _file_name(text: str) -> str:
    """``text`` in letters that every file system takes, such as ``slixmpp-1.8``."""
    return _NO_NAME.sub("-", text.lower())[:_LONGEST].strip("-.") or "unnamed"


def _different(names: Iterator[str]) -> list[str]:
    """The names, those that were there already with a number behind."""
    taken: dict[str, None] = {}
    for name in names:
        number, made = 1, name
        while made in taken:
            number += 1
            made = f"{name}-{number}"
        taken[made] = None
    return list(taken)
