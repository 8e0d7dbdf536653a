"""What has changed between two reports: verdicts, cases and clients that came or went.

Tests: ``tests/conformance/test_report_difference.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rosterkit.conformance.report.layout import lay_out
from rosterkit.conformance.report.readback import read_index
from rosterkit.conformance.report.suite import BROKEN, suite_of
from rosterkit.conformance.report.visible import cut
from rosterkit.conformance.results import Row, Run
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.visible import plain

__all__ = ["Difference", "differences", "has_regression", "render_differences"]

#: From good to bad.  What is INCONCLUSIVE is not known, so that it is no better than a FAIL before it.
_RANKS = {
    Verdict.PASS: 0,
    Verdict.INFO: 0,
    Verdict.UNSUPPORTED: 1,
    Verdict.NON_STRICT: 2,
    Verdict.INCONCLUSIVE: 3,
    Verdict.FAIL: 4,
}
_TITLES = {
    "worse": "Worse",
    "better": "Better",
    "changed": "Changed, neither better nor worse",
    "added": "Only in the new report",
    "gone": "Only in the old report",
}


class Difference(NamedTuple):
    """One difference.

    ``what`` is ``worse``, ``better`` or ``changed`` where the verdict is another one; ``added`` or ``gone`` where one
    of the reports does not have the case, or the client: then ``case`` is empty.  ``before`` and ``after`` are None
    where there is nothing.  ``words`` is what came last, ``consequence`` what follows where the rule is broken.
    """

    client: str
    case: str
    what: str
    before: Verdict | None
    after: Verdict | None
    words: str = ""
    consequence: str = ""

    @property
    def is_regression(self) -> bool:
        """Whether a case of the same client has a worse verdict than before."""
        return self.what == "worse"


def differences(old: Path, new: Path) -> list[Difference]:
    """What has changed, in the order of the new report.

    A client is the same where name and transport are, else where the name is; where both reports are of one client
    each, these are compared whatever they are called.  ConfigError where either is no report, or where one is of
    clients and the other of servers.
    """
    before, after = read_index(old), read_index(new)
    suite_of((*before, *after))
    pairs = _paired(before, after)
    found = [one for run in after for one in _of_client(pairs.get(id(run)), run)]
    met = {id(run) for run in pairs.values()}
    return found + [Difference(run.client, "", "gone", None, None) for run in before if id(run) not in met]


def has_regression(found: Sequence[Difference]) -> bool:
    """Whether any of them is one."""
    return any(one.is_regression for one in found)


def render_differences(found: Sequence[Difference]) -> str:
    """The differences as text, what is worse first; the last line counts them."""
    lines = [line for what, title in _TITLES.items() for line in _listed(what, title, found)]
    counts = ", ".join(f"{sum(one.what == what for one in found)} {what}" for what in _TITLES)
    return "\n".join([*lines, f"{counts}." if found else "There is no difference."]) + "\n"


def _paired(before: Sequence[Run], after: Sequence[Run]) -> dict[int, Run]:
    """The run of the old report for each of the new one that has one, by its identity."""
    if len(before) == len(after) == 1:
        return {id(after[0]): before[0]}
    pairs: dict[int, Run] = {}
    left = list(before)
    for same in (lambda a, b: (a.client, a.transport) == (b.client, b.transport), lambda a, b: a.client == b.client):
        for run in after:
            match = next((one for one in left if id(run) not in pairs and same(one, run)), None)
            if match is not None:
                pairs[id(run)] = match
                left.remove(match)
    return pairs


def _of_client(old: Run | None, new: Run) -> Iterator[Difference]:
    if old is None:
        yield Difference(new.client, "", "added", None, None)
        return
    before = {row.case.id: row for row in old.rows}
    after = {row.case.id: row for row in new.rows}
    for line in lay_out([new, old]).lines():
        id_ = line.case.id
        yield from _of_case(new.client, id_, before.get(id_), after.get(id_))


def _of_case(client: str, case: str, old: Row | None, new: Row | None) -> Iterator[Difference]:
    if old is None and new is not None:
        yield Difference(client, case, "added", None, new.finding.verdict, new.finding.words)
    elif new is None and old is not None:
        yield Difference(client, case, "gone", old.finding.verdict, None)
    elif old is not None and new is not None and old.finding.verdict is not new.finding.verdict:
        before, after = old.finding.verdict, new.finding.verdict
        yield Difference(
            client, case, _direction(before, after), before, after, new.finding.words, new.case.consequence
        )


def _direction(before: Verdict, after: Verdict) -> str:
    if _RANKS[after] > _RANKS[before]:
        return "worse"
    if _RANKS[after] == _RANKS[before] or after is Verdict.INCONCLUSIVE:
        return "changed"
    return "better"


def _listed(what: str, title: str, found: Sequence[Difference]) -> Iterator[str]:
    those = [one for one in found if one.what == what]
    if those:
        yield f"{title}:"
    for one in those:
        verdicts = " -> ".join(verdict.value for verdict in (one.before, one.after) if verdict is not None)
        yield plain(f"  {one.client}: {one.case or 'the whole client'}{f': {verdicts}' if verdicts else ''}")
        if one.words:
            yield plain(cut(f"      {one.words}", 500))
        if one.after in BROKEN and one.consequence:
            yield plain(cut(f"      What follows: {one.consequence}", 500))
    if those:
        yield ""
