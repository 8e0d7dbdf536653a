"""A network's own time: that of the reactor, and how far a test has moved it forward.

Tests: ``tests/net/test_clock.py``.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

__all__ = ["MOST_TIMERS", "NetworkClock", "Timer"]

#: How much is done in one call: a contact that does something each 10 ms has 8,640,000 of them in a day.
MOST_TIMERS = 10_000


class Timer:
    """Something to be done at a time, unless it is cancelled before."""

    __slots__ = ("act", "at")

    def __init__(self, at: float, act: Callable[[], Any]) -> None:
        self.at = at
        self.act: Callable[[], Any] | None = act

    def cancel(self) -> None:
        """Do nothing at that time; again, or afterwards, is a no-op."""
        self.act = None


class NetworkClock:
    """Time in seconds since the network was made, and what is to be done at a time.

    Two things that are due at the same time are done in the order in which they were asked for.
    """

    def __init__(self, reactor: IReactorTime) -> None:
        self.reactor = reactor
        self.offset = 0.0
        self._born = reactor.seconds()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._call: IDelayedCall | None = None

    def seconds(self) -> float:
        """Now."""
        return self.reactor.seconds() - self._born + self.offset

    def at(self, time: float, act: Callable[[], Any]) -> Timer:
        """Do ``act`` at ``time``, or in the next turn of the reactor where that is over."""
        timer = Timer(time, act)
        heapq.heappush(self._timers, (time, next(self._order), timer))
        self._schedule()
        return timer

    def after(self, seconds: float, act: Callable[[], Any]) -> Timer:
        """Do ``act`` in so many seconds."""
        return self.at(self.seconds() + seconds, act)

    def forward(self, seconds: float, settle: Callable[[], object] = lambda: None) -> bool:
        """Move the time forward, and do what is due on the way, each at its own time, in order.

        ``settle`` is called after each, before the next.  After :data:`MOST_TIMERS` of them the time stays where it
        is then; False says so.
        """
        goal = self.offset + seconds
        target = self.seconds() + seconds
        try:
            for _ in range(MOST_TIMERS):
                if not self._timers or self._timers[0][0] > target:
                    self.offset = goal
                    return True
                time, _, timer = heapq.heappop(self._timers)
                self.offset += min(max(0.0, time - self.seconds()), goal - self.offset)
                _do(timer)
                settle()
            return False
        finally:
            self._schedule()

    def reset(self) -> None:
        """Begin at 0 again, with nothing to do."""
        self._timers.clear()
        self._cancel()
        self.offset = 0.0
        self._born = self.reactor.seconds()

    def _schedule(self) -> None:
        self._cancel()
        if self._timers:
            self._call = self.reactor.callLater(max(0.0, self._timers[0][0] - self.seconds()), self._due)

    def _due(self) -> None:
        self._call = None
        now, last = self.seconds(), next(self._order)  # what is asked for meanwhile is for the next turn
        try:
            while self._timers and self._timers[0][0] <= now and self._timers[0][1] < last:
                _do(heapq.heappop(self._timers)[2])
        finally:
            self._schedule()

    def _cancel(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None


def _do(timer: Timer) -> None:
    act, timer.act = timer.act, None
    if act is not None:
        act()
