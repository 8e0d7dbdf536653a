"""The component's end of the connection: stanzas from the server into the network, the network's to the server.

To Wokkel's stream manager it is a handler, to the network a connection like any other, that of its uplink.

Tests: ``tests/peer/test_server_link.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml.etree import _Element
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.error import StreamError as SentError

from rosterkit.errors import StreamError
from rosterkit.net.outlet import kind_of
from rosterkit.net.sockets import unsent
from rosterkit.wire import decode
from rosterkit.wire.encode import STREAM_END
from rosterkit.xmpp.handlers import XMPPHandler

if TYPE_CHECKING:
    from rosterkit.peer.network import PeerNetwork
    from rosterkit.peer.privileges import Privileges

__all__ = ["MOST_UNREAD", "ServerLink"]

_log = Logger()

#: The most bytes that may wait for a server before it is given up.
MOST_UNREAD = 64 * 1024 * 1024


class ServerLink(XMPPHandler):  # type: ignore[misc]  # Wokkel has no types
    """The connection for ``domain``, one after another; it is a :class:`~rosterkit.net.network.Party`.

    ``network`` is set by the network whose uplink it is.  What is about ``privileges`` does not reach it.
    """

    account = None

    def __init__(self, domain: str, privileges: Privileges) -> None:
        super().__init__()
        self.network: PeerNetwork | None = None
        self.label = ""
        self.jid = domain
        self.is_up = False
        self._privileges = privileges
        self._collected: list[bytes] = []

    # What Wokkel calls

    def connectionMade(self) -> None:
        """There is a connection: from its first byte on it is remembered what passes."""
        stream = self.xmlstream
        stream.transport.setTcpKeepAlive(True)  # a server whose machine is gone says nothing
        stream.taps.append(self._read)
        stream.rawDataOutFn = self._said
        stream.authenticator.watch = lambda header: self._remember("in", "stream", header)

    def connectionInitialized(self) -> None:
        """The server has taken the component."""
        self.is_up = True
        if self.network is not None:
            self.network.server_came()

    def connectionLost(self, reason: Failure) -> None:
        """The connection is gone; the network hears of it where it had one that it could use."""
        super().connectionLost(reason)
        self._down()

    def _down(self) -> None:
        """Nothing passes any more; the network hears of it where it had a server."""
        self._collected.clear()
        was_up, self.is_up = self.is_up, False
        if was_up and self.network is not None:
            self.network.server_went()
        self._privileges.forget()

    def _said(self, data: bytes) -> None:
        """Bytes of the stream's own are written; behind its end no stanza may be."""
        self._remember("out", "stream", data)
        if data == STREAM_END:
            self._down()

    def _read(self, element: _Element) -> bool:
        """An element of the server's: a stanza for the network, or something of the stream's own."""
        stanza = decode.stanza(element) if self.is_up else None
        self._remember("in", kind_of(stanza) if stanza is not None else "stream", decode.xml(element))
        if stanza is None:
            return False
        if not self._privileges.take(element, stanza) and self.network is not None:
            self.network.hear(stanza)
        return True

    # What the network calls

    def write(self, *pieces: bytes) -> bool:
        """Collect one stanza, in pieces; True where nothing was waiting before."""
        first = not self._collected
        self._collected += pieces
        return first

    def emit(self, kind: str, data: bytes, fault: str | None = None) -> bool:
        """Collect one stanza, which the network remembers; without a server it is dropped."""
        if not self.is_up:
            return False
        self._remember("out", kind, data, fault)
        return self.write(data)

    def flush(self) -> None:
        """Send what was collected; a server that has stopped reading is given up."""
        collected, self._collected = self._collected, []
        if not collected or not self.is_up:
            return
        waiting = unsent(self.xmlstream.transport)
        if waiting > MOST_UNREAD:
            text = f"The server of {self.jid} does not read: {waiting} bytes wait for it. The connection is cut."
            _log.warn("{text}", text=text)
            self._note(text)
            self.xmlstream.transport.abortConnection()  # and another one is tried
        else:
            self.xmlstream.transport.write(b"".join(collected))  # not by send(), which would remember it again

    def close(self, error: StreamError) -> None:
        """End the stream with an error; another one follows."""
        self.flush()
        if self.is_up:
            self.xmlstream.sendStreamError(SentError(error.condition, text=error.text or None))

    def hang_up(self) -> None:
        """End the stream; another one follows."""
        self.flush()
        if self.is_up:
            self.xmlstream.hang_up()

    def leave(self, error: StreamError) -> None:  # noqa: ARG002  # what other connections end with
        """The network begins anew or ends: the connection stays, for the server has done nothing."""
        self._collected.clear()

    def _note(self, text: str) -> None:
        if self.network is not None:
            self.network.note("session", text, self)

    def _remember(self, direction: str, kind: str, data: bytes, fault: str | None = None) -> None:
        if self.network is not None:
            self.network.record(self, direction, kind, data, fault)
