"""The kill matrix of the suite for servers: every case with every mutant of our own server, in memory.

A case that catches no mutant proves nothing, a mutant that nothing catches is a rule that no case looks at, and one
that is caught by cases of other sections only is a rule that is looked at by accident.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path

from rosterkit.conformance.case import Check, Rule
from rosterkit.conformance.catalogue import in_order, selected
from rosterkit.conformance.listing import choose
from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.runner.matrix import Matrix
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS
from rosterkit.conformance.server.mutant import applied
from rosterkit.conformance.server.mutants import MUTANTS
from rosterkit.conformance.verdicts import Finding, Level, Verdict, worst

__all__ = ["findings", "main", "matrix", "problems"]


def findings(
    cases: Sequence[ServerCase] = SERVER_CASES, checks: Sequence[Check] = SERVER_CHECKS, seed: str = "0"
) -> Mapping[str, Finding]:
    """What came of each case, and of each check over all plays, with our own server as it is now."""
    found: dict[str, Finding] = {}
    checked: dict[str, list[Finding]] = {check.id: [] for check in checks}
    for case in cases:
        evidence = play_in_memory(case, seed).evidence()
        found[case.id] = judged(case, evidence)
        for check in checks:
            finding = check.judge(evidence)
            if finding is not None:
                checked[check.id].append(finding)
    return found | {id_: gravest for id_, said in checked.items() if (gravest := worst(said)) is not None}


def matrix(patterns: Sequence[str] = (), seed: str = "0", workers: int | None = None) -> Matrix:
    """Play the cases that ``patterns`` take with the server and every mutant, in as many processes as there are cores.

    Where they take checks only, every case is played.
    """
    names = ["", *(wrong.name for wrong in MUTANTS)]
    with ProcessPoolExecutor(
        workers or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze
    ) as pool:
        found = dict(zip(names, pool.map(_row, names, [patterns] * len(names), [seed] * len(names)), strict=True))
    return Matrix(found.pop(""), found)


def _row(name: str, patterns: Sequence[str], seed: str) -> Mapping[str, Finding]:
    """The findings of one mutant; of the server as it is where there is no name."""
    wrong = next((one for one in MUTANTS if one.name == name), None)
    cases = selected(patterns, SERVER_CASES) or SERVER_CASES
    gc.disable()  # looking for cycles again and again in the middle of plays is a third of the time
    try:
        with applied(wrong) if wrong is not None else nullcontext():
            return findings(cases, SERVER_CHECKS, seed)
    finally:
        gc.enable()
        gc.collect()


def problems(found: Matrix, patterns: Sequence[str] = ()) -> Iterator[str]:
    """What is wrong with the cases or the mutants, a sentence each.

    Where a pattern leaves cases out, nothing is said of mutants, and of checks that are made in those cases too.
    """
    rows: list[Rule] = selected(patterns, SERVER_ROWS)
    cases = [row for row in rows if isinstance(row, ServerCase)]
    for row in cases if patterns and cases else rows:
        finding = found.model.get(row.id)
        good = (Verdict.PASS, Verdict.INFO) if row.level is Level.MAY else (Verdict.PASS,)
        if finding is None:
            yield f"{row.id} was judged in no play."
        elif finding.verdict not in good:
            yield f"{row.id} gives {finding.verdict.value} to our own server: {finding.words}"
        if row.level is not Level.MAY and not found.catches(row.id):
            yield f"{row.id} catches no mutant."
    if not patterns:
        for wrong in MUTANTS:
            caught = found.caught_by(wrong.name)
            if not caught:
                yield f"The mutant {wrong.name} is caught by nothing."
            elif not any(case.startswith(wrong.caught_in) for case in caught):
                yield f"The mutant {wrong.name} is caught by no case of {', '.join(wrong.caught_in)}."


def main(patterns: Sequence[str], seed: str, folder: Path | None) -> int:
    """Print what each case catches, and write the page where there is a folder; 1 where something is wrong."""
    began = time.monotonic()
    rows = in_order(choose(patterns, SERVER_ROWS))
    found = matrix(patterns, seed)
    for row in rows:
        print(f"{row.id}: {', '.join(found.catches(row.id)) or 'nothing'}")
    wrong = list(problems(found, patterns))
    for sentence in wrong:
        print(sentence)
    if folder is not None:
        from rosterkit.conformance.report import SERVERS
        from rosterkit.conformance.report.matrix import write_matrix

        page = write_matrix(folder, rows, MUTANTS, found.model, found.mutants, wrong, SERVERS)
        print(f"Page: {page}")
    plays = len(found.model) * (len(found.mutants) + 1)
    print(
        f"{len(found.model)} cases and checks, {len(found.mutants)} mutants, {plays} verdicts in "
        f"{time.monotonic() - began:.1f} s, {len(wrong)} problems."
    )
    return 1 if wrong else 0
