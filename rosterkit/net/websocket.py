"""Client connections over WebSocket (RFC 7395): the same streams and sessions, in messages instead of bytes.

Tests: ``tests/net/test_c2s_websocket.py``.
"""

from __future__ import annotations

from twisted.internet.interfaces import IAddress

from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.wire.framed import FramedStream, messages
from rosterkit.wire.websocket import Answer, Fault, Left, Message, Refusal, WebSocket

__all__ = ["WebSocketConnection", "WebSocketFactory"]


class WebSocketFactory(ClientFactory):
    """Makes the connections of a port for WebSocket, with TLS below it where ``direct_tls`` says so.

    There is no STARTTLS here: whether a port without TLS takes passwords is for its ``settings`` to say.
    """

    def buildProtocol(self, addr: IAddress | None) -> ClientConnection:
        """A connection for somebody who has just come."""
        return WebSocketConnection(self)


class WebSocketConnection(ClientConnection):
    """One client's connection.  Everything is written as on TCP and becomes messages here."""

    transport_name = "websocket"

    def _begin(self) -> None:
        self.stream = FramedStream(self, secured=self._direct_tls)
        self._socket = WebSocket(self.settings.limit)

    def _read(self, data: bytes) -> None:
        for received in self._socket.receive(data):  # which ends when this side hangs up
            if isinstance(received, Message):
                super()._read(received.data)
            elif isinstance(received, Answer | Refusal):
                self._reply(received.data)
            elif isinstance(received, Fault):
                self.say(self.stream.fail(received.error))
            if isinstance(received, Refusal | Fault | Left):
                self.end()

    def _reply(self, data: bytes) -> None:
        """Write what is no message: not within one that is half written, and not for ever to a slow reader."""
        if self._faults is None or not self._faults.put_behind(data):
            self._write_now(data)

    def _send_away(self, sentence: str) -> None:
        super()._send([self._socket.busy(sentence).data])
        self.hang_up()

    def _keep_alive(self) -> None:
        """White space between stanzas is no message (RFC 7395 §3.8); WebSocket has pings of its own."""
        self.said_at = self._reactor.seconds()
        super()._send([self._socket.ping()])

    def write(self, *pieces: bytes) -> bool:
        """Collect one stanza, in pieces, as a message of its own; True where nothing was waiting before."""
        return super().write(*messages(b"".join(pieces)))

    def _send(self, pieces: list[bytes]) -> None:
        super()._send([self._socket.message(piece) for piece in pieces])

    def _framed(self, data: bytes) -> bytes:
        return b"".join(map(self._socket.message, messages(data)))

    def hang_up(self) -> None:
        """Send what was collected, close the WebSocket and then the connection, as on TCP."""
        self.flush()
        if not self._closing:
            super()._send([self._socket.close()])
        super().hang_up()
