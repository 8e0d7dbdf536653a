"""Connections that say nothing: what is due for each, and one clock that looks at all of them.

A client that never logs in is sent away.  One that is quiet is sent a space, which tells routers on the way that the
connection lives, or a ping, which it must answer: so a client is found that is gone without a word, and its contacts
learn of it (RFC 6120 §4.6).

Tests: ``tests/net/test_patience.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.limits import Limits

__all__ = ["Due", "Patience", "Quiet", "due"]

_log = Logger()

#: Seconds between two looks, at most; and how many looks there are in the shortest time that is waited for.
_LONGEST_STEP, _LOOKS = 5.0, 8


class Due(Enum):
    """What is to be done about a connection."""

    SPACE = auto()
    PING = auto()
    TOO_SLOW = auto()
    GONE = auto()


class Quiet(Protocol):
    """A connection, as patience sees it; times are in seconds of the reactor's clock.

    ``entered`` says that it needs no more time to log in, ``answers`` that it can be asked something.  ``asked_at``
    is when it was asked last, None where it has said something since.
    """

    limits: Limits
    opened_at: float
    heard_at: float
    said_at: float
    asked_at: float | None

    @property
    def entered(self) -> bool:
        """Whether a resource is bound, or a component has shaken hands."""

    @property
    def answers(self) -> bool:
        """Whether it is a session, which answers pings."""

    def attend(self, what: Due) -> None:
        """Do what is due."""


def due(one: Quiet, now: float) -> Due | None:
    """What is due for a connection at ``now``; nothing where nobody has to wait any longer for it."""
    limits = one.limits
    if not one.entered:
        late = limits.login_time and now - one.opened_at >= limits.login_time
        return Due.TOO_SLOW if late else None
    if limits.ping and one.answers:
        if one.asked_at is not None:
            if now - one.asked_at >= limits.ping:
                return Due.GONE
        elif now - one.heard_at >= limits.ping:
            return Due.PING
    if limits.keep_alive and now - max(one.said_at, one.heard_at) >= limits.keep_alive:
        return Due.SPACE
    return None


class Patience:
    """Looks at all ``connections`` every few seconds, at the latest an eighth of a limit after it has passed.

    It runs from :meth:`begin` to :meth:`end`; with ``limits`` that wait for nothing it never runs.
    """

    def __init__(self, limits: Limits, connections: Callable[[], Iterable[Quiet]], reactor: IReactorTime) -> None:
        times = [time for time in (limits.login_time, limits.keep_alive, limits.ping) if time]
        self._step = min(_LONGEST_STEP, min(times) / _LOOKS) if times else None
        self._connections = connections
        self._reactor = reactor
        self._next: IDelayedCall | None = None

    def begin(self) -> None:
        """Look from now on."""
        if self._step is not None:
            self._next = self._reactor.callLater(self._step, self._look)

    def end(self) -> None:
        """Look no more; again is a no-op."""
        if self._next is not None and self._next.active():
            self._next.cancel()
        self._next = None

    def _look(self) -> None:
        self.begin()
        now = self._reactor.seconds()
        for connection in list(self._connections()):
            what = due(connection, now)
            if what is not None:
                self._attend(connection, what)

    def _attend(self, connection: Quiet, what: Due) -> None:
        try:
            connection.attend(what)
        except Exception:  # noqa: BLE001  # or nobody behind it would be looked at any more
            _log.failure("{what} failed by a mistake of rosterkit; please report it.", what=what)
