"""Clients that come by themselves: the account that one logs in to chooses the case.

Tests: ``tests/conformance/test_guests.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.case import Case
from rosterkit.conformance.runner.actors import GuestActor, Obedience
from rosterkit.conformance.runner.checking import Checking
from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.scene import CASE_DOMAIN
from rosterkit.core.jid import Jid
from rosterkit.errors import STREAM_CONFLICT
from rosterkit.net.network import Network

__all__ = ["FIXED", "Guests"]

#: The account whose next case the control API sets.
FIXED = "client"
#: Seconds for which an account must be left alone before its case, which is over, begins again.
_QUIET = 5.0
_AGAIN = STREAM_CONFLICT.saying(
    f"The case is over. It begins again for whoever logs in after {_QUIET:g} s in which nobody has tried to."
)


class Guests:
    """Plays the cases of guests; ``over`` is called when one is over.

    An account whose case is over begins again, for whoever comes after a while in which nobody has tried to.
    """

    def __init__(
        self, checking: Checking, obedience: Obedience, reactor: IReactorTime, over: Callable[[], None]
    ) -> None:
        self._checking = checking
        self._obedience = obedience
        self._reactor = reactor
        self._over = over
        self._accounts = {case.account: case for case in checking.plan.cases}
        self._next_case: Case | None = None
        self._plays: dict[str, Play] = {}
        self._tried: dict[str, float] = {}

    def claim(self, account: Jid) -> Network | None:
        """The network of the case whose account somebody wants to log in to.

        A case that is over begins again, but not for a client that comes back at once by itself: that one is told so.
        """
        if account.domain != CASE_DOMAIN:
            return None
        play = self._plays.get(account.bare)
        if play is not None and not play.over:
            return play.network
        case = self._next_case if account.local == FIXED else self._accounts.get(account.local)
        if case is None:
            return None
        if play is not None and play.case is case and play.came and self._is_tried(account.bare):
            play.network.farewell = _AGAIN
            return play.network
        play = self._plays[account.bare] = self._checking.play(
            case, account.bare, GuestActor(self._obedience), self._finished
        )
        play.begin()
        return play.network

    def _is_tried(self, account: str) -> bool:
        """Whether somebody has been there within the quiet time, which begins anew by this."""
        now: float = self._reactor.seconds()
        last, self._tried[account] = self._tried.get(account, -_QUIET), now
        return now - last < _QUIET

    def choose(self, case: Case) -> None:
        """The next login of the fixed account is for ``case``, whatever is under way or was over there."""
        self._next_case = case
        play = self._plays.pop(f"{FIXED}@{CASE_DOMAIN}", None)
        if play is not None:
            play.give_up("Another case was chosen for the account before this one was over.")

    def _finished(self, play: Play) -> None:
        self._tried[play.scene.me] = self._reactor.seconds()
        self._over()
