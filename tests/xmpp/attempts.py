"""A way to a server whose attempts end when the test says so, for connections that come back."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

__all__ = ["Attempts", "Transport", "lose"]


class Transport(StringTransport):
    """Remembers how it was closed."""

    aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Twisted's transports have it."""

    def abortConnection(self) -> None:
        """Cut off."""
        self.aborted = True


class Attempts:
    """Every attempt in ``made``."""

    def __init__(self) -> None:
        self.made: list[Deferred[Any]] = []
        self._factory: Any = None

    def connect(self, factory: Any) -> Deferred[Any]:
        """One more."""
        self._factory = factory
        self.made.append(Deferred())
        return self.made[-1]

    def refuse(self) -> None:
        """It fails."""
        self.made[-1].errback(Failure(ConnectionRefusedError()))

    def accept(self) -> Any:
        """It succeeds; gives the stream."""
        stream = self._factory.buildProtocol(None)
        stream.makeConnection(Transport())
        self.made[-1].callback(stream)
        return stream


def lose(stream: Any) -> None:
    """The connection is gone."""
    stream.connectionLost(Failure(ConnectionDone()))
