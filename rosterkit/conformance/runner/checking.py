"""A run: the cases that were asked for, played one beside the other, and what came of each.

Tests: ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rosterkit.conformance.case import Case, Check, Rule, judged
from rosterkit.conformance.results import Expectation, Row
from rosterkit.conformance.runner.acting import Patience
from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.runner.rows import Rows
from rosterkit.conformance.scene import Scene
from rosterkit.core.credentials import Credentials

__all__ = ["Checking", "Plan", "Queue"]

#: After so many cases in which no client has ever logged in, the rest is not tried.
_MOST_MISSED = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be played: ``cases``, with the ``checks`` that are made in every play.

    ``jobs`` is how many are played at once.  ``expected`` gives what is expected of a case, if anything is.
    """

    cases: Sequence[Case]
    checks: Sequence[Check]
    seed: str
    patience: Patience
    jobs: int = 1
    expected: Callable[[Rule], Expectation | None] = lambda _: None


class Checking:
    """Collects the rows of one run; ``told`` is called with each case's row as it is there.

    The newest play of a case counts, but after one that there is none to which nobody came, and none that was cut
    short by the end of the run, which ``ending`` says.
    """

    def __init__(
        self, plan: Plan, credentials: Credentials, reactor: Any, told: Callable[[Row, int], None] = lambda *_: None
    ) -> None:
        self.plan = plan
        self.came = False
        self.ending = False
        self._credentials = credentials
        self._reactor = reactor
        self._told = told
        self._rows = Rows(plan.cases, plan.checks, plan.expected)
        self._running: dict[Play, float] = {}

    # Plays

    def play(self, case: Case, me: str, actor: Any, done: Callable[[Play], None]) -> Play:
        """A play of ``case`` with the account ``me``, ready to begin; ``done`` is called when its row is there."""

        def over(play: Play) -> None:
            self._finished(play)
            done(play)

        scene = Scene(case.id, self.plan.seed, me)
        play = Play(case, scene, self._credentials, self._reactor, actor, over, self.plan.patience)
        actor.play = play
        self._running[play] = self._reactor.seconds()
        return play

    @property
    def running(self) -> list[Play]:
        """The plays that are not over."""
        return list(self._running)

    def play_of(self, name: str) -> Play | None:
        """The play that is under way of an account, by its localpart; else the newest one of a case."""
        plays = self.running[::-1]
        mine = (play for play in plays if name in (play.scene.me, play.scene.me.partition("@")[0]))
        return next(mine, None) or next((play for play in plays if name in (play.case.account, play.case.id)), None)

    @property
    def missing(self) -> list[Case]:
        """The cases that have no row yet."""
        return [case for case in self.plan.cases if case not in self._rows]

    def missed(self, case: Case, why: str) -> None:
        """A case that is not played after all."""
        self._rows.miss(case, why)

    def _finished(self, play: Play) -> None:
        began = self._running.pop(play)
        case, evidence = play.case, play.evidence()
        self.came = self.came or play.came
        if case in self._rows and (self.ending or not play.came):
            return
        seconds = self._reactor.seconds() - began
        row = self._rows.judge(case, lambda: judged(case, evidence), evidence, play.entries, seconds)
        self._told(row, len(self._rows))

    def rows(self) -> list[Row]:
        """Every row so far: :meth:`Rows.all <rosterkit.conformance.runner.rows.Rows.all>`."""
        return self._rows.all()


class Queue:
    """Plays every case of a plan with a client that is started for it, ``plan.jobs`` at once.

    ``begin`` makes and begins the play of a case; it calls what it is given when that is over.  ``done`` is called
    when there is none left, or none worth trying.
    """

    def __init__(
        self, checking: Checking, begin: Callable[[Case, Callable[[Play], None]], None], done: Callable[[], None]
    ) -> None:
        self._checking = checking
        self._begin = begin
        self._done = done
        self._waiting = deque(checking.plan.cases)
        self._under_way = 0
        self._missed = 0

    def start(self) -> None:
        """Begin as many as may be played at once."""
        while self._waiting and self._under_way < self._checking.plan.jobs:
            self._under_way += 1
            self._begin(self._waiting.popleft(), self._over)
        if not self._under_way and not self._waiting:
            self._done()

    def stop(self) -> None:
        """Begin no other."""
        self._waiting.clear()

    def _over(self, play: Play) -> None:
        self._under_way -= 1
        self._missed += not play.came
        if not self._checking.came and self._missed >= _MOST_MISSED:
            while self._waiting:
                self._checking.missed(self._waiting.popleft(), _NEVER)
        self.start()


_NEVER = f"No client has logged in within the first {_MOST_MISSED} cases, so the others were not tried."
