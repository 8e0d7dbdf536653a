"""Waiting until something is so, looked at after each change.

Tests: ``tests/client/test_waiting.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

__all__ = ["Waiting"]


class Waiting:
    """Those who wait for a condition."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._waiting: dict[Deferred[None], Callable[[], object]] = {}

    def until(self, condition: Callable[[], object], timeout: float | None, what: str) -> Deferred[None]:
        """Fire as soon as ``condition`` is true, perhaps at once; what it raises fails the Deferred.

        ``TimeoutError`` after ``timeout`` seconds, None waits without an end.  Cancelling it ends the wait.
        """
        waiting: Deferred[None] = Deferred(self._forget)
        self._waiting[waiting] = condition
        self._look(waiting)
        if timeout is None or waiting.called:
            return waiting

        def late(_result: object, _timeout: float) -> Failure:
            return Failure(TimeoutError(f"After {timeout:g} s {what} has not come about."))

        return waiting.addTimeout(timeout, self._clock, late)

    def look(self) -> None:
        """Something has changed."""
        for waiting in list(self._waiting):
            if waiting in self._waiting:
                self._look(waiting)

    def _forget(self, waiting: Deferred[None]) -> None:
        self._waiting.pop(waiting, None)

    def _look(self, waiting: Deferred[None]) -> None:
        try:
            if not self._waiting[waiting]():
                return
        except Exception:  # noqa: BLE001  # the condition is the application's own: it hears of it
            if self._waiting.pop(waiting, None) is not None:
                waiting.errback(Failure())
            return
        if self._waiting.pop(waiting, None) is not None:  # the condition itself may have ended the wait
            waiting.callback(None)
