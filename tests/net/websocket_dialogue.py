"""A client for XMPP over WebSocket on a real socket: messages out, waits for messages in."""

from __future__ import annotations

import base64
from typing import Any

from dialogue import BIND
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Request, TextMessage

OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
CLOSE = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"


def client(stanza: str) -> str:
    """A stanza as a message: it says its namespace."""
    name = stanza[1:].split()[0].rstrip("/>")
    return stanza.replace(f"<{name}", f"<{name} xmlns='jabber:client'", 1)


class WebSocketDialogue(Protocol):
    """One end of a WebSocket.  ``messages`` holds what has come and was not waited for, ``events`` all the others.

    ``ended`` fires when the connection is closed, ``code`` is then that of the close frame.
    """

    transport: Any

    def __init__(self, path: str = "/xmpp-websocket") -> None:
        self.socket = WSConnection(ConnectionType.CLIENT)
        self.messages: list[str] = []
        self.events: list[Event] = []
        self.ended: Deferred[None] = Deferred()
        self.opened: Deferred[None] = Deferred()
        self.code: int | None = None
        self._path = path
        self._part = ""
        self._waiting: tuple[str, Deferred[str]] | None = None

    def connectionMade(self) -> None:
        """Twisted has connected: ask for the upgrade."""
        self.send(Request("localhost", self._path, subprotocols=["xmpp"], extra_headers=[(b"Origin", b"null")]))

    def send(self, *events: Event) -> None:
        """Send events of wsproto in one packet."""
        self.transport.write(b"".join(bytes(self.socket.send(event)) for event in events))

    def say(self, *texts: str) -> None:
        """Send messages, one for each text, in one packet."""
        self.send(*map(TextMessage, texts))

    def until(self, mark: str) -> Deferred[str]:
        """The next message that has ``mark`` in it; those before are let go."""
        waiting: Deferred[str] = Deferred()
        self._waiting = (mark, waiting)
        waiting.addTimeout(30, reactor)
        self._look()
        return waiting

    def dataReceived(self, data: bytes) -> None:
        """Twisted has bytes."""
        self.socket.receive_data(data)
        for event in self.socket.events():
            if isinstance(event, TextMessage):
                self._part += event.data
                if event.message_finished:
                    self.messages.append(self._part)
                    self._part = ""
            else:
                self._other(event)
        self._look()

    def _other(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, AcceptConnection):
            self.opened.callback(None)
        elif isinstance(event, CloseConnection):
            self.code = event.code

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted has the end."""
        if self._waiting is not None:
            mark, waiting = self._waiting
            self._waiting = None
            waiting.errback(AssertionError(f"closed before {mark!r}; last came {self.messages!r}"))
        self.ended.callback(None)

    def _look(self) -> None:
        while self._waiting is not None and self.messages:
            mark, waiting = self._waiting
            message = self.messages.pop(0)
            if mark in message:
                self._waiting = None
                waiting.callback(message)

    async def login(self, name: str, password: str, resource: str = "") -> None:
        """Authenticate with PLAIN and bind."""
        self.say(OPEN)
        await self.until("</stream:features>")
        message = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>")
        await self.until("<success")
        self.say(OPEN)
        await self.until("</stream:features>")
        self.say(client(BIND.format(f"<resource>{resource}</resource>" if resource else "")))
        await self.until("</iq>")


async def connect_websocket(where: dict[str, Any], tls: Any = None, path: str = "/ws") -> WebSocketDialogue:
    """A WebSocket to what a ready line calls ``{"host": ..., "port": ...}``; with a context it is wss."""
    endpoint: Any = HostnameEndpoint(reactor, where["host"], where["port"])
    if tls is not None:
        endpoint = wrapClientTLS(tls, endpoint)
    dialogue: WebSocketDialogue = await connectProtocol(endpoint, WebSocketDialogue(path))
    await dialogue.opened
    return dialogue
