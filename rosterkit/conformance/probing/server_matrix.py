"""The kill matrix of the suite for servers: every case with every mutant of our own server, in memory.

A case that catches no mutant proves nothing, a mutant that nothing catches is a rule that no case looks at, and one
that is caught by cases of other sections only is a rule that is looked at by accident.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import provider

from rosterkit.conformance.catalogue import in_order, selected
from rosterkit.conformance.listing import choose
from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.report import SERVERS
from rosterkit.conformance.runner.matrix import Matrix, judged_alone, row_problems, tell
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS
from rosterkit.conformance.server.mutant import Mutant, Place, applied, watched
from rosterkit.conformance.server.mutants import MUTANTS
from rosterkit.conformance.verdicts import Finding, inconclusive, worst

__all__ = ["Played", "Tried", "findings", "main", "matrix", "played", "problems"]

#: A mutant of what more than this part of the plays uses is tried with the cases of its own section alone.
_MOST = 0.5
#: Seconds after which a play is given up; a usual one takes five thousandths.
_LONGEST = 5.0


class Played(NamedTuple):
    """What came of one play: the case's finding, and those of the checks by their ids."""

    finding: Finding
    checked: Mapping[str, Finding]


class Tried(NamedTuple):
    """A matrix, how many plays it took, and the words with which mutants failed: broken servers, not wrong ones."""

    matrix: Matrix
    plays: int
    failed: Mapping[str, str]


class _Row(NamedTuple):
    """What came of one mutant, how many plays it took, and how it failed, if it did."""

    findings: Mapping[str, Finding]
    plays: int
    failed: str | None


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


def matrix(patterns: Sequence[str] = (), seed: str = "0", workers: int | None = None) -> Tried:
    """Play the cases that ``patterns`` take with the server and every mutant, in a process for each core.

    A play that does not use what a mutant has changed goes the same way with it as without, and is not played again.
    Where every case is played, a mutant of what most plays use is tried with the cases of its own section alone; that
    is so too where the patterns take checks only.
    """
    cases = selected(patterns, SERVER_CASES) or list(SERVER_CASES)
    most = _MOST if len(cases) == len(SERVER_CASES) else 1.0
    _job[:] = [_model(cases, seed), cases, seed, most]  # the processes are forks: nothing of it has to be written out
    with ProcessPoolExecutor(
        workers or os.cpu_count(), mp_context=get_context("fork"), initializer=gc.freeze
    ) as pool:
        rows = pool.map(_row, [wrong.name for wrong in MUTANTS])
        found = {wrong.name: row for wrong, row in zip(MUTANTS, rows, strict=True)}
    plays = len(cases) + sum(row.plays for row in found.values())
    failed = {name: row.failed for name, row in found.items() if row.failed is not None}
    return Tried(Matrix(findings(_job[0].played), {name: row.findings for name, row in found.items()}), plays, failed)


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


#: What the processes of a matrix have in common: the model, the cases, the seed, and which part of plays is most.
_job: list[Any] = []


def _row(name: str) -> _Row:
    """The findings of one mutant."""
    model, cases, seed, most = _job
    wrong = next(one for one in MUTANTS if one.name == name)
    chosen = _chosen(wrong, model, cases)
    plays = {case.id: model.played[case.id] for case in cases} if len(chosen) <= most * len(cases) else {}
    if not plays:
        chosen = [case for case in chosen if case.id.startswith(wrong.caught_in)]
    gc.disable()  # looking for cycles again and again in the middle of plays is a third of the time
    try:
        with applied(wrong), _failures() as failed:
            plays |= {case.id: _in_time(case, seed) for case in chosen}
    finally:
        gc.enable()
        gc.collect()
    return _Row(findings(plays), len(chosen), failed[0] if failed else None)


@contextmanager
def _failures() -> Iterator[list[str]]:
    """What the server says about mistakes in itself meanwhile: a rule that raises is caught by any case."""
    failed: list[str] = []

    @provider(ILogObserver)
    def look(event: LogEvent) -> None:
        failure = event.get("log_failure")
        if failure is not None:
            failed.append(f"{failure.type.__name__}: {failure.getErrorMessage()}")

    globalLogPublisher.addObserver(look)
    try:
        yield failed
    finally:
        globalLogPublisher.removeObserver(look)


class _EndlessError(BaseException):
    """A mutant lets the server go round for ever; nothing that handles errors may catch this."""


def _in_time(case: ServerCase, seed: str) -> Played:
    """A play that is over after :data:`_LONGEST` seconds, whatever a mutant does."""

    def end(*_: object) -> None:
        raise _EndlessError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, _LONGEST)
    try:
        return played(case, seed)
    except _EndlessError:
        return Played(inconclusive("The server goes round for ever."), {})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _chosen(wrong: Mutant, model: _Model, cases: Sequence[ServerCase]) -> list[ServerCase]:
    """The cases in whose plays something of what the mutant has changed is used."""
    places = {patch.place for patch in wrong.patches}
    if not places.isdisjoint(model.unseen):
        return list(cases)
    return [case for case in cases if not places.isdisjoint(model.used[case.id])]


def problems(
    found: Matrix, patterns: Sequence[str] = (), failed: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """What is wrong with the cases or the mutants, a sentence each; ``failed`` are the words of those that fail.

    Where a pattern leaves cases out, nothing is said of mutants, and of checks that are made in those cases too.
    """
    yield from row_problems(found, judged_alone(SERVER_ROWS, patterns), "our own server", lenient=True)
    if not patterns:
        for wrong in MUTANTS:
            caught = found.caught_by(wrong.name)
            if wrong.name in failed:
                yield f"The mutant {wrong.name} is no wrong server but a broken one: {failed[wrong.name]}."
            if not caught:
                yield f"The mutant {wrong.name} is caught by nothing."
            elif not any(case.startswith(wrong.caught_in) for case in caught):
                yield f"The mutant {wrong.name} is caught by no case of {', '.join(wrong.caught_in)}."


def main(patterns: Sequence[str], seed: str, folder: Path | None) -> int:
    """Print what each case catches, and write the page where there is a folder; 1 where something is wrong."""
    began = time.monotonic()
    rows = in_order(choose(patterns, SERVER_ROWS))
    found, plays, failed = matrix(patterns, seed)
    cost = f"{plays} plays in {time.monotonic() - began:.1f} s"
    return tell(rows, found, list(problems(found, patterns, failed)), cost, MUTANTS, folder, SERVERS)
