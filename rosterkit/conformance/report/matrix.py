"""The page of the kill matrix: which mutants each case catches, what catches each mutant, and all of it as a picture.

Tests: ``tests/conformance/test_report_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

from rosterkit.conformance.case import Rule
from rosterkit.conformance.report.folder import INDEX, MATRIX, holds_page, write_page
from rosterkit.conformance.report.page import render
from rosterkit.conformance.report.sections import label_of, title_of
from rosterkit.conformance.report.suite import BROKEN, CLIENTS, Suite
from rosterkit.conformance.verdicts import Finding, Verdict

__all__ = ["write_matrix"]

#: Of what catches a mutant, or is caught by a case, so many are told at once and the rest on demand.
_AT_ONCE = 12
#: What stands in the picture where a mutant is caught.
_SIGNS = {Verdict.FAIL: "█", Verdict.NON_STRICT: "▒"}
#: Every so many columns and lines of the picture have a guide.
_GUIDE = 10


class Mutant(Protocol):
    """What the page says of a mutant, of either suite."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def breaks(self) -> str:
        """What it does wrong, in a sentence."""


class Caught(NamedTuple):
    """One mutant and one case that catches it, with what came."""

    line: Line
    mutant: Wrong
    finding: Finding


class Line(NamedTuple):
    """A case or check; ``model`` is what it says of the client without a mistake, None where it was never judged."""

    number: int
    case: Rule
    model: Finding | None
    catches: list[Caught]


class Section(NamedTuple):
    """The cases and checks of one section."""

    label: str
    title: str
    lines: Sequence[Line]


class Wrong(NamedTuple):
    """A mutant; no more than ``caught_by`` catches it."""

    number: int
    mutant: Mutant
    caught_by: list[Caught]


class Mark(NamedTuple):
    """A place of the picture where a mutant is caught; ``gap`` is the text before it."""

    gap: str
    sign: str
    caught: Caught


class Stripe(NamedTuple):
    """A line of the picture; ``rest`` is the text behind the last mark."""

    wrong: Wrong
    marks: Sequence[Mark]
    rest: str


def write_matrix(
    folder: Path,
    rows: Sequence[Rule],
    mutants: Sequence[Mutant],
    model: Mapping[str, Finding],
    findings: Mapping[str, Mapping[str, Finding]],
    problems: Sequence[str] = (),
    suite: Suite = CLIENTS,
) -> Path:
    """Write the matrix of ``rows`` and ``mutants`` as ``matrix.html`` into ``folder``; gives its path.

    ``model`` has the findings of the testee without a mistake by the id of the case, ``findings`` those of each
    mutant by its name.  ``problems`` are sentences that stand first.  A report in the folder stays as it is.
    ConfigError with a sentence where the page cannot be written, or a file of its name is none of our pages.
    """
    lines = [Line(number, row, model.get(row.id), []) for number, row in enumerate(rows, 1)]
    wrongs = [Wrong(number, mutant, []) for number, mutant in enumerate(mutants, 1)]
    for wrong in wrongs:
        _fill(wrong, lines, findings.get(wrong.mutant.name, {}))
    for line in lines:
        line.catches.sort(key=lambda caught: len(caught.mutant.caught_by))  # first what the case is there for
    page = render(
        "matrix.html",
        suite,
        sections=[_section(key, list(group)) for key, group in groupby(lines, lambda line: line.case.section)],
        lines=lines,
        wrongs=wrongs,
        stripes=[_stripe(wrong, len(lines)) for wrong in wrongs],
        ruler=_ruler(len(lines)),
        problems=problems,
        index=INDEX if holds_page(folder, INDEX) else "",
        at_once=_AT_ONCE,
        signs=_SIGNS,
    )
    return write_page(folder, MATRIX, page)


def _fill(wrong: Wrong, lines: Sequence[Line], found: Mapping[str, Finding]) -> None:
    for line in lines:
        finding = found.get(line.case.id)
        if finding is not None and finding.verdict in BROKEN:
            caught = Caught(line, wrong, finding)
            line.catches.append(caught)
            wrong.caught_by.append(caught)


def _section(key: str, lines: Sequence[Line]) -> Section:
    return Section(label_of(key), title_of(key), lines)


# The picture


def _stripe(wrong: Wrong, width: int) -> Stripe:
    marks, at = [], 0
    for caught in wrong.caught_by:
        column = caught.line.number
        marks.append(Mark(_gap(wrong, at, column - 1), _SIGNS[caught.finding.verdict], caught))
        at = column
    return Stripe(wrong, marks, _gap(wrong, at, width))


def _gap(wrong: Wrong, start: int, end: int) -> str:
    """The text of the columns after ``start`` up to ``end``: empty, with a guide here and there."""
    guided = wrong.number % _GUIDE == 0
    return "".join("·" if guided or column % _GUIDE == 0 else " " for column in range(start + 1, end + 1))


def _ruler(width: int) -> str:
    """The numbers of the columns that have a guide, each ending above its own."""
    return "".join(f"{column:>{_GUIDE}}" for column in range(_GUIDE, width + 1, _GUIDE))
