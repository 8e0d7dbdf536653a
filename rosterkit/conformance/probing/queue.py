"""The plays of a run: as many at once as there are accounts and jobs for, each with accounts that are clean.

Tests: ``tests/conformance/test_server_queue.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from rosterkit.conformance.probing.alone import played_alone
from rosterkit.conformance.probing.lines import Line, Lines, Listener, ProbeError
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.probing.pool import Pool
from rosterkit.conformance.probing.privileged import RosterReader
from rosterkit.conformance.probing.shared_component import SharedComponent
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cleaning import cleaned_anew
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script, fetched
from rosterkit.wire.entering import Account, Phase

__all__ = ["Hall", "PlayLines", "PlayQueue"]

_log = Logger()
#: After so many plays in a row that could not even begin, the server is taken to be gone.
_MOST_MISSED = 3


class PlayLines:
    """The lines of one play: its own to the server, and its part of the component's."""

    def __init__(self, lines: Lines, component: SharedComponent, people: People) -> None:
        self._lines = lines
        self._component = component
        self._addresses = people.at_component

    @property
    def is_spread(self) -> bool:
        """Whether lines may be at different nodes."""
        return self._lines.is_spread

    @property
    def is_settled(self) -> bool:
        """Whether nothing is ever under way when a step returns."""
        return self._lines.is_settled

    def enter(
        self,
        label: str,
        account: Account,
        upto: Phase,
        listener: Listener,
        resource: str | None = None,
        **more: Any,
    ) -> Deferred[Line]:
        """A line to the server."""
        return self._lines.enter(label, account, upto, listener, resource, **more)

    def join(self, label: str, listener: Listener) -> Deferred[Any]:
        """The play's part of the component's line."""
        return self._component.join(label, listener, self._addresses)

    def pump(self) -> None:
        """Let happen what can."""
        self._lines.pump()


class Hall:
    """Where plays take place: a server's lines, its component, the time, and ``patience`` in seconds."""

    def __init__(self, lines: Lines, component: str | None, clock: IReactorTime, seed: str, patience: float) -> None:
        self.lines = lines
        self.clock = clock
        self.seed = seed
        self.patience = patience
        self.component = SharedComponent(lines, component)
        self.component.reader = self._reader = RosterReader(component, self.component.send, clock, patience)

    def play(self, case: ServerCase, accounts: Sequence[Account]) -> Play:
        """A play of ``case`` with these accounts."""
        bare = [account.bare for account in accounts]
        people = People(case.id, self.seed, bare, self.component.domain)
        lines = PlayLines(self.lines, self.component, people)
        known = dict(zip(bare, accounts, strict=True))
        read = self._reader.read if self._reader.granted and case.component else None
        return Play(case, people, known, lines, self.clock, self.patience, read)

    def alone(self, script: Callable[[People], Script], account: Account) -> Deferred[Any]:
        """The evidence of a script that an account plays by itself: :func:`played_alone`."""
        return played_alone(script, account, self.lines, self.clock, self.patience)

    @inlineCallbacks
    def clean(self, account: Account) -> Any:
        """Empty an account's roster and refuse what waits; gives None, or the sentence why that was not possible."""
        evidence = yield self.alone(lambda people: cleaned_anew(people.me), account)
        stuck = evidence.stuck()
        return str(stuck.step["stuck"]) if stuck is not None else None

    @inlineCallbacks
    def entries(self, account: Account) -> Any:
        """The JIDs in the roster of ``account``; fails with ProbeError where it cannot be read."""
        evidence = yield self.alone(_look, account)
        answer, stuck = evidence.answer("roster"), evidence.stuck()
        if answer is None or answer.type != "result":
            why = stuck.step["stuck"] if stuck is not None else "the server does not give it."
            raise ProbeError(f"The roster of {account.bare} cannot be read: {why}")
        return [item.get("jid") or "" for item in answer.items]


def _look(people: People) -> Script:
    yield Enter("look", people.me)
    yield from fetched("look", "roster")


class PlayQueue:
    """Plays every case; ``over`` is called with each play and how many seconds it took, in the order of the ends.

    ``gone`` is called with a sentence when the server does not take part any more; then nothing else is begun.
    ``lost`` is called with one for each account that cannot be made clean and is used no more.  ``done`` fires when
    no play is under way and none will be begun.
    """

    def __init__(
        self,
        hall: Hall,
        cases: Sequence[ServerCase],
        pool: Pool,
        jobs: int,
        over: Callable[[Play, float], None],
        gone: Callable[[str], None],
        lost: Callable[[str], None],
    ) -> None:
        self.waiting = list(cases)
        self.done: Deferred[None] = Deferred()
        self._hall = hall
        self._pool = pool
        self._jobs = jobs
        self._over = over
        self._gone = gone
        self._lost = lost
        self._under_way = 0
        self._alone = False  # what is under way must not have company
        self._missed = 0
        self._stopped = False

    def start(self) -> None:
        """Begin what can be begun now."""
        for case in list(self.waiting):
            if self._under_way >= self._jobs or case not in self.waiting:
                break  # a play that is over at once has begun others
            if self._under_way and (case.alone or self._alone):
                continue
            accounts = self._pool.take(case.accounts)
            if accounts is None:
                continue
            self.waiting.remove(case)
            self._under_way += 1
            self._alone = case.alone
            self._whole(case, accounts).addErrback(self._mistake)
        if not self._under_way and not self.done.called:
            self.done.callback(None)

    def stop(self) -> None:
        """Begin no other."""
        self._stopped = True
        self.waiting.clear()

    @inlineCallbacks
    def _whole(self, case: ServerCase, accounts: Sequence[Account]) -> Any:
        """One play, after which its accounts are clean again."""
        try:
            play = self._hall.play(case, accounts)
            began = self._hall.clock.seconds()
            yield play.run(clean=True)
            self._over(play, self._hall.clock.seconds() - began)
            self._count(play)
            for account in accounts:
                if account.bare in play.unclean:
                    self._give_up(account, play.unclean[account.bare])
                else:
                    self._pool.give_back([account])
        finally:
            self._under_way -= 1
            self._hall.clock.callLater(0, self.start)

    def _count(self, play: Play) -> None:
        """How many plays in a row nobody let in, or nobody could listen to."""
        began = not play.flooded and any(True for _ in play.evidence().steps("entered"))
        self._missed = 0 if began else self._missed + 1
        stuck = play.evidence().stuck()
        if self._missed >= _MOST_MISSED and stuck is not None and not self._stopped:
            self.stop()
            self._gone(str(stuck.step["stuck"]))

    def _give_up(self, account: Account, why: str) -> None:
        self._pool.shrink()
        self._lost(f"The account {account.bare} is used no more, and wants to be emptied by hand: {why}")
        if any(case.accounts > self._pool.size for case in self.waiting) and not self._stopped:
            self.stop()
            self._gone("Too few accounts are left for the cases that wait. Empty those named above, or name others.")

    def _mistake(self, failure: Any) -> None:
        _log.failure("A play failed by a mistake of rosterkit; please report it.", failure)
