"""The kill matrix: every case with every mutant of the scripted client, in memory.

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rosterkit.conformance.case import Case, Check, judged
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Verdict, worst

__all__ = ["Matrix", "findings", "matrix"]

#: What a mutant may not get where it is caught.
_CAUGHT = (Verdict.FAIL, Verdict.NON_STRICT)


class Matrix(NamedTuple):
    """What came of each: ``model`` by case id for the client without a mistake, ``mutants`` by name and case id."""

    model: Mapping[str, Finding]
    mutants: Mapping[str, Mapping[str, Finding]]

    def caught_by(self, mutant: str) -> list[str]:
        """The ids of what catches a mutant."""
        return [case for case, finding in self.mutants[mutant].items() if finding.verdict in _CAUGHT]

    def catches(self, case: str) -> list[str]:
        """The names of the mutants that a case catches."""
        return [name for name, found in self.mutants.items() if case in found and found[case].verdict in _CAUGHT]


def matrix(cases: Sequence[Case], checks: Sequence[Check], mutants: Sequence[Mutant], seed: str = "0") -> Matrix:
    """Play every case with the model and every mutant."""
    return Matrix(
        findings(cases, checks, ScriptedClient, seed),
        {mutant.name: findings(cases, checks, mutant.client, seed) for mutant in mutants},
    )


def findings(
    cases: Sequence[Case], checks: Sequence[Check], client: type[ScriptedClient], seed: str = "0"
) -> Mapping[str, Finding]:
    """What came of each case, and of each check over all plays, with one client."""
    plays: list[Evidence] = []
    found: dict[str, Finding] = {}
    for case in cases:
        evidence = play_in_memory(case, client, seed).evidence()
        found[case.id] = judged(case, evidence)
        plays.append(evidence)
    for check in checks:
        made = [finding for evidence in plays if (finding := check.judge(evidence)) is not None]
        gravest = worst(made)
        if gravest is not None:
            found[check.id] = gravest
    return found
