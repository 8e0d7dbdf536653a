"""A raw client on a real socket: bytes out, waits for bytes in."""

from __future__ import annotations

import base64
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

HEADER = (
    "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{}</bind></iq>"


class Dialogue(Protocol):
    """One end of a connection.  ``ended`` fires when it is closed; ``reason`` is then how."""

    transport: Any

    def __init__(self) -> None:
        self.read = b""
        self.ended: Deferred[None] = Deferred()
        self._waiting: tuple[bytes, Deferred[bytes]] | None = None

    def say(self, text: str | bytes) -> None:
        """Write."""
        self.transport.write(text.encode() if isinstance(text, str) else text)

    def until(self, mark: str) -> Deferred[bytes]:
        """What comes up to and with ``mark``; fails when the connection ends first or half a minute passes."""
        waiting: Deferred[bytes] = Deferred()
        self._waiting = (mark.encode(), waiting)
        waiting.addTimeout(30, reactor)
        self._look()
        return waiting

    def dataReceived(self, data: bytes) -> None:
        """Twisted has bytes."""
        self.read += data
        self._look()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted has the end."""
        self.reason = reason
        if self._waiting is not None:
            mark, waiting = self._waiting
            self._waiting = None
            waiting.errback(AssertionError(f"closed before {mark!r}; last came {self.read!r}"))
        if not self.ended.called:
            self.ended.callback(None)

    def _look(self) -> None:
        if self._waiting is None:
            return
        mark, waiting = self._waiting
        at = self.read.find(mark)
        if at >= 0:
            self._waiting = None
            found, self.read = self.read[: at + len(mark)], self.read[at + len(mark) :]
            waiting.callback(found)

    async def login(self, name: str, password: str, resource: str = "", domain: str = "localhost") -> None:
        """Authenticate with PLAIN and bind; the connection is new, or its TLS has just begun."""
        header = HEADER.replace("localhost", domain)
        self.say(header)
        await self.until("</stream:features>")
        message = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>")
        await self.until("<success")
        self.say(header)
        await self.until("</stream:features>")
        self.say(BIND.format(f"<resource>{resource}</resource>" if resource else ""))
        await self.until("</iq>")

    async def starttls(self, context: Any) -> None:
        """Open a stream and go over to TLS."""
        self.say(HEADER)
        await self.until("</stream:features>")
        self.say(STARTTLS)
        await self.until("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.transport.startTLS(context)


async def connect(where: dict[str, Any], tls: Any = None) -> Dialogue:
    """Connect to what a ready line calls ``{"host": ..., "port": ...}``; with a context, TLS comes first."""
    endpoint: Any = HostnameEndpoint(reactor, where["host"], where["port"])
    if tls is not None:
        endpoint = wrapClientTLS(tls, endpoint)
    dialogue: Dialogue = await connectProtocol(endpoint, Dialogue())
    return dialogue
