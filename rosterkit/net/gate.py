"""Those who have not logged in wait for those who have: one of them is heard in each turn of the reactor.

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
    """Lets one pass in each turn, in the order in which they came."""

    def __init__(self, reactor: IReactorTime) -> None:
        self._reactor = reactor
        self._waiting: deque[Callable[[], object]] = deque()
        self._passed = False

    def is_free(self) -> bool:
        """Whether somebody who comes now may pass at once, and then has; nobody else can in this turn."""
        if self._passed:
            return False
        self._passed = True
        self._reactor.callLater(0, self._next)
        return True

    def wait(self, turn: Callable[[], object]) -> None:
        """Call ``turn`` in a later turn, after all who wait already; for whom :meth:`is_free` was not."""
        self._waiting.append(turn)

    def _next(self) -> None:
        """A new turn: the next one passes, and it is free again where nobody waits."""
        if not self._waiting:
            self._passed = False
            return
        self._reactor.callLater(0, self._next)
        self._waiting.popleft()()
