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
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from rosterkit.conformance.case import Rule
from rosterkit.conformance.catalogue import in_order, selected
from rosterkit.conformance.listing import choose
from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.runner.matrix import Matrix
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS
from rosterkit.conformance.server.mutant import Place, applied, watched
from rosterkit.conformance.server.mutants import MUTANTS
from rosterkit.conformance.verdicts import Finding, Level, Verdict, worst

__all__ = ["Played", "findings", "main", "matrix", "played", "problems"]


class Played(NamedTuple):
    """What came of one play: the case's finding, and those of the checks by their ids."""

    finding: Finding
    checked: Mapping[str, Finding]


class _Model(NamedTuple):
    """Our own server as it is: what came of each case, and which places of mutants each play used."""

    played: Mapping[str, Played]
    used: Mapping[str, frozenset[Place]]
    unseen: frozenset[Place]


def played(case: ServerCase, seed: str = "0") -> Played:
    """Play a case with our own server as it is now, in memory."""
    evidence = play_in_memory(case, seed).evidence()
    checked = {check.id: finding for check in SERVER_CHECKS if (finding := check.judge(evidence)) is not None}
    return Played(judged(case, evidence), checked)


def findings(plays: Mapping[str, Played]) -> Mapping[str, Finding]:
    """The finding of each case, and of each check the gravest."""
    found = {case_id: one.finding for case_id, one in plays.items()}
    for check in SERVER_CHECKS:
        gravest = worst(one.checked[check.id] for one in plays.values() if check.id in one.checked)
        if gravest is not None:
            found[check.id] = gravest
    return found


def matrix(patterns: Sequence[str] = (), seed: str = "0", workers: int | None = None) -> Matrix:
    """Play the cases that ``patterns`` take with the server and every mutant, in a process for each core.

    A play that does not use what a mutant has changed goes the same way with it as without, and is not played again.
    Where the patterns take checks only, every case is played.
    """
    cases = selected(patterns, SERVER_CASES) or list(SERVER_CASES)
    model = _model(cases, seed)
    with ProcessPoolExecutor(
        workers or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze
    ) as pool:
        rows = pool.map(partial(_row, cases=cases, model=model, seed=seed), [wrong.name for wrong in MUTANTS])
        found = {wrong.name: row for wrong, row in zip(MUTANTS, rows, strict=True)}
    return Matrix(findings(model.played), found)


def _model(cases: Sequence[ServerCase], seed: str) -> _Model:
    plays: dict[str, Played] = {}
    used: dict[str, frozenset[Place]] = {}
    now: set[Place] = set()
    with watched(MUTANTS, now) as unseen:
        for case in cases:
            now.clear()
            plays[case.id] = played(case, seed)
            used[case.id] = frozenset(now)
    return _Model(plays, used, frozenset(unseen))


def _row(name: str, cases: Sequence[ServerCase], model: _Model, seed: str) -> Mapping[str, Finding]:
    """The findings of one mutant."""
    wrong = next(one for one in MUTANTS if one.name == name)
    places = {patch.place for patch in wrong.patches}
    everywhere = not places.isdisjoint(model.unseen)
    plays = dict(model.played)
    gc.disable()  # looking for cycles again and again in the middle of plays is a third of the time
    try:
        with applied(wrong):
            for case in cases:
                if everywhere or not places.isdisjoint(model.used[case.id]):
                    plays[case.id] = played(case, seed)
    finally:
        gc.enable()
        gc.collect()
    return findings(plays)


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
