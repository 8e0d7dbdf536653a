"""A connection of our own: the proof that the server answers, before it says so to anybody.

Tests: ``tests/net/test_service.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from rosterkit.core import markup
from rosterkit.errors import RosterkitError

__all__ = ["prove"]

#: Seconds that the server has to answer itself.
PATIENCE = 5

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # where we listen everywhere we connect to ourselves


def prove(reactor: Any, host: str, port: int, domain: str) -> Deferred[None]:
    """Fire when the server at ``port`` has offered stream features for ``domain``.

    Fails with :class:`RosterkitError` when it does not within :data:`PATIENCE` seconds.
    """
    visitor = _Visitor(domain)
    endpoint = HostnameEndpoint(reactor, _ANY_ADDRESS.get(host, host), port)
    connectProtocol(endpoint, visitor).addErrback(visitor.fail)
    visitor.done.addTimeout(PATIENCE, reactor)
    return visitor.done.addErrback(_explain, port)


class _Visitor(Protocol):
    """Opens a stream, waits for features, leaves."""

    transport: Any  # TCP

    def __init__(self, domain: str) -> None:
        self.done: Deferred[None] = Deferred()
        self._domain = domain
        self._read = b""

    def connectionMade(self) -> None:
        header = (
            f"<?xml version='1.0'?><stream:stream to='{markup.attribute(self._domain)}' version='1.0' "
            "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        self.transport.write(header.encode())

    def dataReceived(self, data: bytes) -> None:
        self._read += data
        if b"</stream:features>" in self._read and not self.done.called:
            self.transport.write(b"</stream:stream>")
            self.transport.loseConnection()
            self.done.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.fail(reason)

    def fail(self, reason: Failure) -> None:
        if not self.done.called:
            self.done.errback(reason)


def _explain(failure: Failure, port: int) -> Failure:
    raise RosterkitError(
        f"The server listens on port {port} but did not answer a connection of its own within {PATIENCE} s "
        f"({failure.getErrorMessage()}). See whether a firewall or a sandbox forbids connections to it."
    ) from failure.value
