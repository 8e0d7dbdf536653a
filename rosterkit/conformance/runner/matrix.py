"""The kill matrix: every case with every mutant of the scripted client, in memory, and what is wrong with it.

A case that no mutant fails proves nothing, and a mutant that nothing catches is a rule that no case looks at.

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from rosterkit.conformance.case import Case, Check, Rule, judged
from rosterkit.conformance.catalogue import CASES, CHECKS, in_order, selected
from rosterkit.conformance.listing import choose
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants import MUTANTS
from rosterkit.conformance.report import CLIENTS, Suite
from rosterkit.conformance.report.matrix import Mutant as ShownMutant
from rosterkit.conformance.report.matrix import write_matrix
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Level, Verdict, worst

__all__ = ["Matrix", "findings", "judged_alone", "main", "matrix", "problems", "row_problems", "tell"]

#: The verdicts by which a mutant is caught.
CAUGHT = (Verdict.FAIL, Verdict.NON_STRICT)


class Matrix(NamedTuple):
    """What came of each: ``model`` by case id for the client without a mistake, ``mutants`` by name and case id."""

    model: Mapping[str, Finding]
    mutants: Mapping[str, Mapping[str, Finding]]

    def caught_by(self, mutant: str) -> list[str]:
        """The ids of what catches a mutant."""
        return [case for case, finding in self.mutants[mutant].items() if finding.verdict in CAUGHT]

    def catches(self, case: str) -> list[str]:
        """The names of the mutants that a case catches."""
        return [name for name, found in self.mutants.items() if case in found and found[case].verdict in CAUGHT]


def findings(
    cases: Sequence[Case],
    checks: Sequence[Check],
    client: type[ScriptedClient],
    seed: str = "0",
    orders: str = "report",
) -> Mapping[str, Finding]:
    """What came of each case, and of each check over all plays, with one client that ``orders`` drives."""
    found: dict[str, Finding] = {}
    checked: dict[str, list[Finding]] = {check.id: [] for check in checks}
    for case in cases:
        evidence = play_in_memory(case, client, seed, orders).evidence()
        found[case.id] = judged(case, evidence)
        for check in checks:
            finding = check.judge(evidence)
            if finding is not None:
                checked[check.id].append(finding)
    return found | {id_: gravest for id_, said in checked.items() if (gravest := worst(said)) is not None}


def matrix(patterns: Sequence[str] = (), seed: str = "0", workers: int | None = None) -> Matrix:
    """Play the cases that ``patterns`` take with the model and every mutant, in as many processes as there are cores.

    Where they take checks only, every case is played.
    """
    names = ["", *(mutant.name for mutant in MUTANTS)]
    # What is there at the beginning is never garbage, and need not be looked at again for each mutant.
    with ProcessPoolExecutor(
        workers or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze
    ) as pool:
        found = dict(zip(names, pool.map(_row, names, [patterns] * len(names), [seed] * len(names)), strict=True))
    return Matrix(found.pop(""), found)


def _row(name: str, patterns: Sequence[str], seed: str) -> Mapping[str, Finding]:
    """The findings of one mutant; of the model where there is no name."""
    client = next((mutant.client for mutant in MUTANTS if mutant.name == name), ScriptedClient)
    cases = [case for case in CASES if selected(patterns, [case])] or CASES
    gc.disable()  # looking for cycles again and again in the middle of plays is a third of the time
    try:
        return findings(cases, CHECKS, client, seed)
    finally:
        gc.enable()
        gc.collect()


def problems(found: Matrix, patterns: Sequence[str] = ()) -> Iterator[str]:
    """What is wrong with the cases or the mutants, a sentence each.

    Where a pattern leaves cases out, nothing is said of mutants, and of checks that are made in those cases too.
    """
    rows: Sequence[Rule] = (*CASES, *CHECKS)
    yield from row_problems(found, judged_alone(rows, patterns), "the client without a mistake")
    if not patterns:
        yield from (f"The mutant {name} is caught by nothing." for name in found.mutants if not found.caught_by(name))


def judged_alone(rows: Sequence[Rule], patterns: Sequence[str]) -> list[Rule]:
    """The rows that ``patterns`` take, without checks where they leave out cases in which these are made too."""
    chosen = selected(patterns, rows)
    cases = [row for row in chosen if not isinstance(row, Check)]
    return cases if patterns and cases else chosen


def row_problems(found: Matrix, rows: Iterable[Rule], model: str, lenient: bool = False) -> Iterator[str]:
    """What is wrong with cases and checks; ``model`` is who has to pass them all.

    ``lenient`` lets those catch nothing that only tell what the RFC leaves open.
    """
    for row in rows:
        finding = found.model.get(row.id)
        open_ = row.level is Level.MAY
        if finding is None:
            yield f"{row.id} was judged in no play."
        elif finding.verdict is not Verdict.PASS and not (open_ and finding.verdict is Verdict.INFO):
            yield f"{row.id} gives {finding.verdict.value} to {model}: {finding.words}"
        if not (lenient and open_) and not found.catches(row.id):
            yield f"{row.id} catches no mutant."


def main(patterns: Sequence[str], seed: str, folder: Path | None) -> int:
    """Print what each case catches, and write the page where there is a folder; 1 where something is wrong."""
    began = time.monotonic()
    rows = in_order(choose(patterns))
    found = matrix(patterns, seed)
    verdicts = f"{len(found.model) * (len(found.mutants) + 1)} verdicts in {time.monotonic() - began:.1f} s"
    return tell(rows, found, list(problems(found, patterns)), verdicts, MUTANTS, folder, CLIENTS)


def tell(
    rows: Sequence[Rule],
    found: Matrix,
    wrong: Sequence[str],
    cost: str,
    mutants: Sequence[ShownMutant],
    folder: Path | None,
    suite: Suite,
) -> int:
    """Print a matrix with its problems and what it has cost, and write its page; 1 where there are problems."""
    for row in rows:
        print(f"{row.id}: {', '.join(found.catches(row.id)) or 'nothing'}")
    for sentence in wrong:
        print(sentence)
    if folder is not None:
        print(f"Page: {write_matrix(folder, rows, mutants, found.model, found.mutants, wrong, suite)}")
    print(f"{len(found.model)} cases and checks, {len(found.mutants)} mutants, {cost}, {len(wrong)} problems.")
    return 1 if wrong else 0
