"""What the sides on Twisted share: a login over a transport in memory, in Wokkel's StreamManager, and the clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from side import Side, request_id
from twisted.internet.interfaces import IReactorTime
from twisted.words.protocols.jabber import client
from twisted.words.protocols.jabber.jid import JID
from twisted.words.protocols.jabber.xmlstream import ConnectAuthenticator
from wokkel.subprotocols import StreamManager


class Transport:
    """Remembers what is written.  Twisted's own one for tests would bring Trial, and its memory, along."""

    disconnecting = False

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Remember it."""
        self._written.append(data)

    def sent(self) -> bytes:
        """What was written since the last call."""
        data, self._written = b"".join(self._written), []
        return data

    def setTcpNoDelay(self, enabled: bool) -> None:
        """There is no delay."""

    def loseConnection(self) -> None:
        """There is no connection."""

    abortConnection = loseConnection


class BindOnly(ConnectAuthenticator):
    """Binds, without TLS and SASL."""

    namespace = "jabber:client"

    def __init__(self, jid: JID) -> None:
        super().__init__(jid.host)
        self.jid = jid

    def associateWithStream(self, xs: Any) -> None:
        """Called by the factory for each new stream."""
        super().associateWithStream(xs)
        bind = client.BindInitializer(xs)
        bind.required = True
        xs.initializers = [client.CheckVersionInitializer(xs), bind]


class Manager(StreamManager):
    """With the bound address, as ``wokkel.client.XMPPClient`` has it."""

    def _authd(self, xs: Any) -> None:
        self.jid = xs.authenticator.jid
        super()._authd(xs)


def log_in(side: Side, factory: Any, clock: IReactorTime, handlers: Iterable[Any]) -> tuple[Any, Transport, str]:
    """Log in with ``handlers``: the stream, its transport, and the id of the roster request that one of them sent."""
    manager = Manager(factory, reactor=clock)
    for handler in handlers:
        handler.setHandlerParent(manager)
    stream, transport = factory.buildProtocol(None), Transport()
    stream.makeConnection(transport)
    id_ = ""
    for phase in ("header", "bound"):
        transport.sent()
        stream.dataReceived(b"".join(side.chunks(phase, id_)))
        id_ = request_id(transport.sent())
    return stream, transport, id_


def measure(side: Side, phase: str, stream: Any, id_: str = "") -> None:
    """Everything is done when the last chunk has been taken: nothing here waits."""
    chunks = side.chunks(phase, id_)
    with side.measured(phase):
        for chunk in chunks:
            stream.dataReceived(chunk)
