"""Short summaries: Markdown for the pages of a CI, plain text for a terminal.

Tests: ``tests/conformance/test_report_summaries.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from rosterkit.conformance.report.layout import Column, Place, lay_out
from rosterkit.conformance.report.suite import BROKEN, EXIT_CODES
from rosterkit.conformance.report.visible import cut
from rosterkit.conformance.results import PASS_RULE, Run, exit_code
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.visible import plain

__all__ = ["WIDTH", "console_table", "markdown"]

#: The columns of a terminal that are used.
WIDTH = 100
#: The most characters of one sentence, and of a list of cases.
_LONGEST, _LONGEST_LIST = 500, 20_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~<>@&])")


def markdown(runs: Sequence[Run]) -> str:
    """A table of counts, and what is not as it should be."""
    layout = lay_out(runs)
    return "\n".join(
        [
            "## RFC 6121 conformance",
            "",
            f"Exit code {exit_code(runs)}: {EXIT_CODES[exit_code(runs)]}.",
            "",
            "| | " + " | ".join(verdict.value for verdict in Verdict) + " | unexpected |",
            "| --- |" + " ---: |" * (len(Verdict) + 1),
            *(_counts_line(run) for run in runs),
            *(line for column in layout.columns for line in _markdown_of(column)),
            "",
            f"<sub>{_escaped(PASS_RULE)}</sub>",
            "",
        ]
    )


def _counts_line(run: Run) -> str:
    numbers = [*run.counts().values(), len(run.unexpected())]
    return f"| {_escaped(_name(run))} | " + " | ".join(map(str, numbers)) + " |"


def _markdown_of(column: Column) -> Iterator[str]:
    wrong, unknown = _wrong(column)
    if wrong or unknown:
        yield from ("", f"### {_escaped(_name(column.run))}: not as it should be", "")
    for place in wrong:
        row = place.row
        head = f"- **{row.finding.verdict.value}** {_code(place)}{_escaped(_expectation(place))}: "
        yield f"{head}{_escaped(row.finding.words)}<br>"
        yield f"  Rule ({row.case.level.value}): {_escaped(row.case.rule)}<br>"
        yield f"  {_follows(place)}: {_escaped(row.case.consequence)}"
    for words, places in unknown.items():
        ids = ", ".join(f"{_code(place)}{_escaped(_expectation(place))}" for place in places)
        yield f"- **{Verdict.INCONCLUSIVE.value}** {ids}: {_escaped(words)}"


def _code(place: Place) -> str:
    return f"`{plain(place.row.case.id)}`"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"&#{ord(found[1])};", plain(cut(text, _LONGEST)))


def console_table(runs: Sequence[Run]) -> str:
    """Counts, and each row that is not as it should be with what came and what follows from it; plain text."""
    layout = lay_out(runs)
    return "\n\n".join("\n".join(_console_of(column)) for column in layout.columns) + "\n"


def _console_of(column: Column) -> Iterator[str]:
    run = column.run
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in run.counts().items() if count)
    how = f"{run.transport}, seed {run.seed}{', strict' if run.strict else ''}"
    yield from _wrapped(f"{_name(run)} ({how}): {counts or 'nothing ran'}.", "")
    wrong, unknown = _wrong(column)
    for place in wrong:
        row = place.row
        yield ""
        yield from _wrapped(f"{row.finding.verdict.value:12} {row.case.id}{_expectation(place)}", "")
        yield from _wrapped(row.finding.words, "    ")
        yield from _wrapped(f"{_follows(place)}: {row.case.consequence}", "    ")
    for words, places in unknown.items():
        yield ""
        ids = ", ".join(f"{place.row.case.id}{_expectation(place)}" for place in places)
        yield from _wrapped(f"{Verdict.INCONCLUSIVE.value} {ids}", "", _LONGEST_LIST)
        yield from _wrapped(words, "    ")
    yield from _last_words(column, bool(wrong or unknown))


def _last_words(column: Column, any_wrong: bool) -> Iterator[str]:
    if column.places and not any_wrong:
        yield "Every row is as it should be."
    lenient = [
        place.row
        for place in column.places.values()
        if place.good and place.row.finding.verdict is Verdict.NON_STRICT and place.row.expected is None
    ]
    if lenient:
        if any_wrong:
            yield ""
        yield "Not as the RFC recommends, which counts only with --strict:"
        yield from (line for row in lenient for line in _wrapped(f"{row.case.id}: {row.finding.words}", "    "))


def _wrapped(text: str, indent: str, longest: int = _LONGEST) -> list[str]:
    shown = plain(cut(text, longest))
    return wrap(shown, WIDTH, initial_indent=indent, subsequent_indent=indent or "    ", break_on_hyphens=False)


def _follows(place: Place) -> str:
    return "What follows" if place.row.finding.verdict in BROKEN else "If the rule is broken"


def _name(run: Run) -> str:
    return f"{run.client} {run.version}".strip()


def _expectation(place: Place) -> str:
    expected = place.row.expected
    return f" ({expected.verdict.value} was expected: {expected.reason})" if expected is not None else ""


def _wrong(column: Column) -> tuple[list[Place], dict[str, list[Place]]]:
    """What is not as it should be; that of which nothing is known apart, by what is said of it."""
    wrong: list[Place] = []
    unknown: dict[str, list[Place]] = {}
    for place in column.places.values():
        finding = place.row.finding
        if finding.verdict is Verdict.INCONCLUSIVE:
            unknown.setdefault(finding.words, []).append(place)
        elif not place.good:
            wrong.append(place)
    return wrong, unknown
