"""What a run came to: a row for each case and check, whether it is as expected, and the exit code.

Tests: ``tests/conformance/test_results.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rosterkit.conformance.case import Rule
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

__all__ = ["PASS_RULE", "Expectation", "Row", "Run", "exit_code", "no_expectations"]

#: When a row is as it should be; published with every report.
PASS_RULE = (
    "A row that is expected (--expected) is as it should be where its verdict is the expected one, and no other. "
    "Any other row is where its verdict is PASS, INFO or UNSUPPORTED, or NON-STRICT without --strict. "
    "INCONCLUSIVE never is."
)
_GOOD = (Verdict.PASS, Verdict.INFO, Verdict.UNSUPPORTED)


class Expectation(NamedTuple):
    """A verdict that somebody expects of the cases that ``glob`` takes, and why; not after ``until``."""

    glob: str
    verdict: Verdict
    reason: str
    until: date | None = None


def no_expectations(case: Rule) -> Expectation | None:  # noqa: ARG001  # it is one of several
    """Nothing is expected of any case."""
    return None


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a run, or one check.

    ``entries`` are the play's journal; a check has none of its own, and ``play`` is the id of the case in whose play
    its finding was made.  ``seconds`` is how long the play took.  ``expected`` is what was expected of it, if
    anything was.
    """

    case: Rule
    finding: Finding
    entries: Sequence[Entry] = ()
    seconds: float = 0.0
    play: str = ""
    expected: Expectation | None = None

    def is_good(self, strict: bool) -> bool:
        """Whether it is as it should be: :data:`PASS_RULE`."""
        verdict = self.finding.verdict
        if verdict is Verdict.INCONCLUSIVE:
            return False
        if self.expected is not None:
            return verdict is self.expected.verdict
        return verdict in _GOOD or (verdict is Verdict.NON_STRICT and not strict)


@dataclass(frozen=True, slots=True)
class Run:
    """One client, or one server, and what came of it; ``testee`` says which.

    ``client`` is its name, ``version`` that of the client where it is known.  ``transport`` says how it was reached,
    ``seed`` from what the names were drawn, ``started`` when (ISO 8601, UTC) and ``seconds`` how long it took.
    ``command`` is what was run for each case, with its placeholders, empty where the client came by itself;
    ``environment`` is on what, by names that a person reads.
    """

    client: str
    rows: Sequence[Row]
    seed: str
    started: str
    seconds: float
    strict: bool = False
    version: str = ""
    transport: str = "tcp"
    command: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    testee: str = "client"

    def counts(self) -> Mapping[Verdict, int]:
        """How many rows of each verdict, in the order in which they are declared."""
        found = Counter(row.finding.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict}

    def unexpected(self) -> list[Row]:
        """The rows that are not as they should be."""
        return [row for row in self.rows if not row.is_good(self.strict)]


def exit_code(runs: Sequence[Run]) -> int:
    """0 all as it should be, 1 something is not, 3 nothing worse than INCONCLUSIVE, 4 nothing ran."""
    if not any(run.rows for run in runs):
        return 4
    verdicts = [row.finding.verdict for run in runs for row in run.unexpected()]
    if any(verdict is not Verdict.INCONCLUSIVE for verdict in verdicts):
        return 1
    return 3 if verdicts else 0
