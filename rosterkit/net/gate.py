"""Those who have not logged in wait for those who have: of a crowd of them one is heard in each turn of the reactor.

To check a password costs as much as dozens of stanzas.  Without this a crowd of strangers with wrong ones would
make everybody wait for all of their checks; so each session waits for one of them.

Tests: ``tests/net/test_gate.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

__all__ = ["Gate"]


class Gate:
    """Lets people pass in the order in which they came: at once while there is no crowd, else one in each turn.

    It is a crowd when somebody else comes before as much time has gone by as the one before has taken.  Who has
    passed at once, and comes again before anybody else, as in a login, is none.
    """

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._waiting: deque[Callable[[], object]] = deque()
        self._free_at = 0.0
        self._last = 0  # who passed at once, and nobody after that

    def enter(self, who: int, act: Callable[[], object]) -> bool:
        """Call ``act``, now or in a later turn; whether that is before any socket is read again.

        ``who`` is a number, not 0, that nobody else who is there has.
        """
        if not self._waiting and (who == self._last or self._reactor.seconds() >= self._free_at):
            self._last = who
            self._pass(act)
            return True
        self._waiting.append(act)
        if len(self._waiting) > 1:
            return False
        self._reactor.callLater(0, self._next)
        return True

    def _next(self) -> None:
        """A new turn: the next one passes."""
        act = self._waiting.popleft()
        if self._waiting:
            self._reactor.callLater(0, self._next)
        self._last = 0  # one in a turn, also where who has waited comes again in the same
        self._pass(act)

    def _pass(self, act: Callable[[], object]) -> None:
        begin = self._reactor.seconds()
        try:
            act()
        finally:
            end = self._reactor.seconds()
            self._free_at = end + (end - begin)
