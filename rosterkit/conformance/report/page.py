"""The pages for people: one of the whole report, and one for each case and client.

They stand by themselves: no script, no style sheet, font or picture from elsewhere; every text in them has passed
through :func:`~rosterkit.conformance.report.visible.marked`.

Tests: ``tests/conformance/test_report_pages.py``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from rosterkit import __version__
from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.report.layout import Layout, Line, Place
from rosterkit.conformance.report.sections import label_of, title_of
from rosterkit.conformance.report.suite import BROKEN, EXIT_CODES, ORACLES, VERDICTS, Suite
from rosterkit.conformance.report.timeline import Fold, Gap, timeline
from rosterkit.conformance.report.visible import cut, marked
from rosterkit.conformance.results import PASS_RULE, exit_code
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.visible import plain

__all__ = ["GENERATOR", "case_page", "index_page", "render"]

#: What a page of ours says of its maker.
GENERATOR = f"rosterkit {__version__}"
#: The most characters of what stands in an attribute or a title.
_LONGEST = 300
#: So many cases that are inconclusive for the same reason are told together.
_TOGETHER = 3


class Alike(NamedTuple):
    """Cases of one client of which nothing is known for one and the same reason."""

    client: str
    words: str
    places: Sequence[Place]


class Group(NamedTuple):
    """Cases that are told about together, each with those of its cells that belong here."""

    title: str
    hint: str
    lines: Sequence[tuple[Line, Sequence[Place]]]
    alike: Sequence[Alike] = ()

    @property
    def told(self) -> int:
        """How many verdicts it tells about."""
        return sum(len(cells) for _, cells in self.lines) + sum(len(one.places) for one in self.alike)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("rosterkit.conformance.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    made.filters["attribute"] = lambda text: escape(plain(cut(text, _LONGEST)))
    made.filters["moment"] = _moment
    made.filters["style"] = lambda verdict: verdict.name.lower().replace("_", "-")
    made.globals |= {"label_of": label_of, "title_of": title_of}
    made.tests["broken"] = lambda place: place.row.finding.verdict in BROKEN
    made.tests["check"] = lambda case: isinstance(case, Check)
    made.tests |= {name: lambda one, kind=kind: isinstance(one, kind) for name, kind in _TESTS.items()}
    return made


_TESTS: Mapping[str, type] = {"fold": Fold, "gap": Gap}


def _finalized(value: Any) -> Any:
    """Whatever a template writes: no text gets into a page but escaped, and with what is not printable named."""
    return marked(cut(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _moment(started: str) -> str:
    """A time of ISO 8601 as a person writes it."""
    try:
        return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except ValueError:
        return started


def index_page(layout: Layout, suite: Suite, matrix: str = "") -> str:
    """The page of the whole report; ``matrix`` is the name of the page of the kill matrix where there is one."""
    return render(
        "index.html",
        suite,
        layout=layout,
        matrix=matrix,
        groups=[group for group in _groups(layout) if group.told],
        code=exit_code(layout.runs),
        codes=EXIT_CODES,
        rule=PASS_RULE,
        verdicts=_worded(VERDICTS, suite),
        oracles=_worded(ORACLES, suite),
    )


def case_page(layout: Layout, line: Line, place: Place, suite: Suite) -> str:
    """The page of one case with one client."""
    case, row, run = line.case, place.row, place.run
    column = next(column for column in layout.columns if column.run is run)
    order = list(column.places.values())
    at = next(number for number, one in enumerate(order) if one is place)
    return render(
        "case.html",
        suite,
        place=place,
        case=row.case,
        row=row,
        run=run,
        line=line,
        before=order[at - 1] if at else None,
        behind=order[at + 1] if at + 1 < len(order) else None,
        others=[one for one in line.cells if one is not None and one is not place],
        play=column.places.get(row.play) if isinstance(case, Check) else None,
        lines=timeline(row.entries, _named(place, order)),
        command=_command(place, suite),
        account=case.account if isinstance(case, Case) else "",
        meaning=VERDICTS[row.finding.verdict].format(testee=suite.testee),
        oracle=ORACLES[row.finding.oracle].format(testee=suite.testee),
    )


def render(name: str, suite: Suite, **values: Any) -> str:
    """The page that a template makes of ``values``: no text gets into it but escaped."""
    return _environment().get_template(name).render(suite=suite, generator=GENERATOR, **values)


def _worded(words: Mapping[Any, str], suite: Suite) -> dict[Any, str]:
    return {key: text.format(testee=suite.testee) for key, text in words.items()}


# What the first page begins with


def _alike(layout: Layout) -> Iterator[Alike]:
    for column in layout.columns:
        by_words: dict[str, list[Place]] = {}
        for place in column.places.values():
            if place.row.finding.verdict is Verdict.INCONCLUSIVE:
                by_words.setdefault(place.row.finding.words, []).append(place)
        for words, places in by_words.items():
            if len(places) >= _TOGETHER:
                yield Alike(column.run.client, words, places)


def _groups(layout: Layout) -> Iterator[Group]:
    """What is not as it should be, what is not as it is recommended, what is expected."""
    alike = list(_alike(layout))
    told = {id(place) for group in alike for place in group.places}

    def of(kind: str) -> list[tuple[Line, list[Place]]]:
        lines = [
            (line, [cell for cell in line.cells if cell and id(cell) not in told and _kind(cell) == kind])
            for line in layout.lines()
        ]
        return [(line, cells) for line, cells in lines if cells]

    yield Group("Not as it should be", "", of("wrong"))
    yield Group("Not known", "The tester or its surroundings kept these from being judged.", of("unknown"), alike)
    yield Group("Not as the RFC recommends", "These count only with --strict.", of("lenient"))
    yield Group("As expected", "Somebody has said beforehand that it is so, and why.", of("expected"))


def _kind(place: Place) -> str:
    verdict = place.row.finding.verdict
    if not place.good:
        return "unknown" if verdict is Verdict.INCONCLUSIVE else "wrong"
    if verdict is Verdict.NON_STRICT and place.row.expected is None:
        return "lenient"
    return "expected" if place.row.expected is not None else "right"


# What a case's page needs


def _named(place: Place, order: Sequence[Place]) -> dict[int, list[str]]:
    """Whose findings rest on which entries of this play: the case's own, and those of checks that were made in it."""
    named: dict[int, list[str]] = {}
    for one in order:
        if one is place or one.row.play == place.row.case.id:
            for number in one.row.finding.entries:
                named.setdefault(number, []).append(one.row.case.id)
    return named


def _command(place: Place, suite: Suite) -> str:
    """The line that plays the case once more."""
    row, run = place.row, place.run
    case_id = row.play if isinstance(row.case, Check) and row.play else row.case.id
    words = [suite.command, shlex.quote(case_id), "--seed", shlex.quote(run.seed)]
    how = suite.how.format(command=run.command, quoted=shlex.quote(run.command))
    return " ".join([*words, how] if run.command else words)
