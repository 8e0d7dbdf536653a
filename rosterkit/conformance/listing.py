"""Which cases there are and what each is about, as text for a terminal; and how one is found by what somebody typed.

Tests: ``tests/conformance/test_listing.py``.
"""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from rosterkit.conformance.case import Case, Check, Rule
from rosterkit.conformance.catalogue import CASES, CHECKS, in_order, matches, selected
from rosterkit.conformance.report.sections import label_of, title_of
from rosterkit.conformance.report.suite import CLIENTS, Suite
from rosterkit.conformance.scene import CASE_DOMAIN
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.verdicts import Level
from rosterkit.errors import ConfigError

__all__ = ["ROWS", "choose", "explain", "find", "heading", "list_cases", "nearest"]

#: Every case and every check.
ROWS: Sequence[Rule] = (*CASES, *CHECKS)

_WIDTH = 100
#: Where there is less room for a rule, the id stands alone.
_LEAST_RULE = 12
_MOST_NAMED = 5
_LONGEST_PATTERN = 200
_LEVELS: Mapping[Level, str] = {
    Level.MUST: "MUST: a {testee} that breaks it gets FAIL.",
    Level.SHOULD: "SHOULD: a {testee} that breaks it gets NON-STRICT, which counts only with --strict.",
    Level.MAY: "MAY: the RFC leaves it open; what the {testee} does is told as INFO.",
}


def heading(section: str) -> str:
    """The heading over a section's cases: ``RFC 6121 §2.1.6: Pushes, and who sends them``."""
    title = title_of(section)
    return f"{label_of(section)}: {title}" if title else label_of(section)


def list_cases(rows: Iterable[Rule], width: int = _WIDTH) -> str:
    """A line for each case in the order of the documents: its id, its level, its rule; a heading for each section.

    No line is longer than ``width`` unless an id is; what does not fit of a rule is left out.
    """
    return "\n\n".join(
        "\n".join((_cut(heading(section), width), *_lines(list(members), width)))
        for section, members in groupby(in_order(rows), lambda row: row.section)
    )


def _lines(rows: Sequence[Rule], width: int) -> Iterator[str]:
    column = max(len(row.id) for row in rows)
    for row in rows:
        start = f"  {row.id:<{column}}  {row.level.value:<6}  "
        room = width - len(start)
        yield start + _cut(row.rule, room) if room >= _LEAST_RULE else f"  {row.id}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3].rstrip()}..."


def explain(row: Rule, width: int = _WIDTH, suite: Suite = CLIENTS) -> str:
    """Everything that is to be said about a case or check: what it is for, what is done, and how to run only it.

    The command stands on a line of its own, whole.
    """
    lines = [row.id]
    for name, text in _fields(row, suite):
        start = f"  {name:<11}"
        lines += textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * len(start),
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
    command, only = (
        (suite.command, "With all") if isinstance(row, Check) else (f"{suite.command} {row.id}", "Only this")
    )
    return "\n".join((*lines, f"  {only:<11}{command} {suite.example}"))


def _fields(row: Rule, suite: Suite) -> Iterator[tuple[str, str]]:
    if row.aliases:
        yield "Also", ", ".join(row.aliases)
    yield "Section", f"{heading(row.section)}."
    yield "Level", _LEVELS[row.level].format(testee=suite.testee)
    yield "Rule", row.rule
    yield "Otherwise", row.consequence
    yield "Done", row.done
    yield "Wanted", row.wanted
    if isinstance(row, Case):
        yield "Account", f"{row.account}@{CASE_DOMAIN}: without --exec a client that logs in with it runs this case."
    elif isinstance(row, ServerCase):
        yield "Needs", row.needs
    else:
        yield "Account", "none: it is looked at in the play of every case, and told once for a run."


# What somebody typed


def choose(patterns: Sequence[str], rows: Sequence[Rule] = ROWS) -> list[Rule]:
    """Those that any pattern takes, all where there is no pattern; ConfigError for a pattern that takes none."""
    for pattern in patterns:
        if not selected([pattern], rows):
            raise ConfigError(nearest(pattern, rows))
    return selected(patterns, rows)


def find(pattern: str, rows: Sequence[Rule] = ROWS) -> Rule:
    """The one case or check with this id, alias or account, or the only one that a pattern takes.

    Raises :class:`ConfigError` where there is none, or more than one.
    """
    found = [row for row in rows if pattern.partition("@")[0] in _names_of(row)] or selected([pattern], rows)
    if not found:
        raise ConfigError(nearest(pattern, rows))
    if len(found) > 1:
        named = [row.id for row in found[:_MOST_NAMED]] + ["..."] * (len(found) > _MOST_NAMED)
        raise ConfigError(f"{pattern!r} takes {len(found)} cases; name one of them: {', '.join(named)}.")
    return found[0]


def nearest(pattern: str, rows: Sequence[Rule] = ROWS) -> str:
    """The sentence about a pattern that takes no case: what was meant perhaps, and how to see them all."""
    typed = pattern[:_LONGEST_PATTERN].partition("@")[0].strip().rstrip("/").lower()
    if typed and any(matches(f"rfc6121/{typed}", row) for row in rows):
        hint = f" Did you mean rfc6121/{typed}?"
    else:
        meant = {spelling: right for row in rows for spelling, right in _spellings(row)}
        close = difflib.get_close_matches(typed, meant, n=1)
        hint = f" Did you mean {meant[close[0]]}?" if close else ""
    shown = repr(pattern)
    if len(shown) > _LONGEST_PATTERN:
        shown = f"{shown[:56]}... (cut)"
    return f"{shown} takes no case.{hint} --list shows all."


def _names_of(row: Rule) -> tuple[str, ...]:
    return (row.id, *row.aliases, *((row.account,) if isinstance(row, Case) else ()))


def _spellings(row: Rule) -> Iterator[tuple[str, str]]:
    """How a case may be typed, and what is right."""
    _, number, name = row.id.split("/")
    for spelling in (f"{number}/{name}", name, *_names_of(row)):
        yield spelling, row.id
    yield from ((row.section, row.section), (number, row.section))
