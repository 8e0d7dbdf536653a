"""What plays come to: a row for each case, and one for each check, whose gravest finding counts.

Tests: ``tests/conformance/test_runner_rows.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.logger import Logger

from rosterkit.conformance.case import Check, Rule
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.results import Expectation, Row
from rosterkit.conformance.verdicts import Finding, inconclusive, worst
from rosterkit.core.journal import Entry

__all__ = ["Rows"]

_log = Logger()
_MISTAKE = "The judge failed by a mistake of rosterkit; please report it."


class Rows:
    """Collects the rows of one run of ``cases`` with ``checks``, of either suite.

    ``expected`` gives what is expected of a case or check, if anything is.  The newest play of a case counts.
    """

    def __init__(
        self, cases: Sequence[Rule], checks: Sequence[Check], expected: Callable[[Rule], Expectation | None]
    ) -> None:
        self._cases = cases
        self._checks = checks
        self._expected = expected
        self._rows: dict[str, Row] = {}
        self._checked: dict[str, dict[str, Finding]] = {check.id: {} for check in checks}

    def __len__(self) -> int:
        """How many cases have a row."""
        return len(self._rows)

    def __contains__(self, case: Rule) -> bool:
        """Whether a case has one."""
        return case.id in self._rows

    def judge(
        self, case: Rule, judge: Callable[[], Finding], evidence: Any, entries: Sequence[Entry], seconds: float
    ) -> Row:
        """The row of a play that is over: ``judge`` gives the case's finding, ``evidence`` is for the checks.

        A mistake in one judge does not cost the run: it is logged, and the finding is INCONCLUSIVE.
        """
        finding = _judged(case.id, judge) or inconclusive(_MISTAKE)
        row = self._rows[case.id] = Row(case, finding, entries, seconds, case.id, self._expected(case))
        for check in self._checks:
            found = _judged(check.id, partial(check.judge, evidence))
            if found is None:
                self._checked[check.id].pop(case.id, None)
            else:
                self._checked[check.id][case.id] = found
        return row

    def miss(self, case: Rule, why: str) -> None:
        """A case that is not played after all."""
        self._rows[case.id] = Row(case, inconclusive(why), expected=self._expected(case))

    def all(self) -> list[Row]:
        """Every row so far, in the order of the documents; of a check the gravest finding, with its play."""
        rows = {**self._rows, **{check.id: row for check in self._checks if (row := self._check_row(check))}}
        ordered: list[Rule] = in_order([*self._cases, *self._checks])
        return [rows[one.id] for one in ordered if one.id in rows]

    def _check_row(self, check: Check) -> Row | None:
        found = self._checked[check.id]
        gravest = worst(found.values())
        if gravest is None:
            return None
        play = next(case_id for case_id, finding in found.items() if finding is gravest)
        return Row(check, gravest, play=play, expected=self._expected(check))


def _judged(case_id: str, judge: Callable[[], Finding | None]) -> Finding | None:
    try:
        return judge()
    except Exception:  # noqa: BLE001  # whatever a judge raises is a mistake of ours
        _log.failure("The judge of {case} failed by a mistake of rosterkit.", case=case_id)
        return inconclusive(_MISTAKE)
