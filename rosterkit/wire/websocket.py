"""The server's side of one WebSocket (RFC 6455) for the subprotocol ``xmpp`` (RFC 7395): bytes in, messages out.

The protocol itself is the library wsproto's; here are its limits and what is refused.  The HTTP request is bounded,
and a message that is too long is refused as soon as more of it has come than is allowed.  No extension is taken, so
nothing grows by being unpacked.

Tests: ``tests/wire/test_websocket.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import ClassVar, NamedTuple, TypeAlias

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

from rosterkit.errors import STREAM_BAD_FORMAT, STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, StreamError

__all__ = ["HEAD_LIMIT", "SUBPROTOCOL", "Answer", "Fault", "Left", "Message", "Received", "Refusal", "WebSocket"]

SUBPROTOCOL = "xmpp"
#: The most bytes of the HTTP request.
HEAD_LIMIT = 16_384

_HEAD_END = re.compile(rb"\n\r?\n")
_UPGRADE = re.compile(rb"\nupgrade[ \t]*:[ \t]*websocket", re.IGNORECASE)
_PORT = "This is a port for XMPP over WebSocket (RFC 7395)"
_BINARY = STREAM_BAD_FORMAT.saying("A message was binary; XMPP takes text messages only (RFC 7395 3.2).")


class Answer(NamedTuple):
    """Bytes that go out at once: the answer to the upgrade or to a ping."""

    data: bytes


class Message(NamedTuple):
    """A text message has come whole; ``data`` is its UTF-8."""

    data: bytes


class Refusal(NamedTuple):
    """There is no WebSocket: the HTTP answer that says why; the connection is to be closed."""

    data: bytes


class Fault(NamedTuple):
    """Something that no WebSocket client of XMPP may send: the stream is to be ended with ``error``."""

    error: StreamError


class Left(NamedTuple):
    """The other side has closed the WebSocket; :meth:`WebSocket.close` gives the answer."""


Received: TypeAlias = Answer | Message | Refusal | Fault | Left


class WebSocket:
    """One connection; ``limit`` is the most bytes of a message.

    After a :class:`Refusal`, a :class:`Fault` or a :class:`Left` nothing is read any more.
    """

    _side: ClassVar[ConnectionType] = ConnectionType.SERVER

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._protocol = WSConnection(self._side)
        self._head = bytearray()
        self._message = bytearray()
        self._reading = True
        self._code: int = CloseReason.NORMAL_CLOSURE  # with which we close

    def receive(self, data: bytes) -> Iterator[Received]:
        """Give what the next bytes lead to, in order; how they were cut makes no difference.  Never raises."""
        if self._reading and self._protocol.state is ConnectionState.CONNECTING:
            answer, data = self._shake_hands(data)
            if answer is not None:
                yield answer
        if not (self._reading and data):
            return
        self._protocol.receive_data(data)
        for event in takewhile(lambda _: self._reading, self._protocol.events()):
            received = self._received(event)
            if received is not None:
                yield received

    def message(self, data: bytes) -> bytes:
        """The bytes that send ``data`` as a text message; none where the WebSocket is not open any more or yet."""
        if self._protocol.state is not ConnectionState.OPEN:
            return b""
        return bytes(self._protocol.send(TextMessage(data.decode("utf-8", "replace"))))

    def close(self) -> bytes:
        """The bytes that close the WebSocket, or answer its closing; none where it is not open any more or yet."""
        self._reading = False
        if self._protocol.state not in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            return b""
        return bytes(self._protocol.send(CloseConnection(self._code)))

    def ping(self) -> bytes:
        """The bytes of a ping, which the other WebSocket answers; none where this is not open any more or yet."""
        return bytes(self._protocol.send(Ping())) if self._protocol.state is ConnectionState.OPEN else b""

    def busy(self, sentence: str) -> Refusal:
        """The answer to somebody for whom there is no room, whatever is asked."""
        return self._refuse("503 Service Unavailable", sentence)

    # The upgrade

    def _shake_hands(self, data: bytes) -> tuple[Received | None, bytes]:
        """What the head of HTTP leads to, and the bytes behind it."""
        self._head += data
        found = _HEAD_END.search(self._head, max(0, len(self._head) - len(data) - 3))
        objection = self._objection(found.end() if found else len(self._head))
        if found is None or objection is not None:
            return objection, b""
        head, rest = bytes(self._head[: found.end()]), bytes(self._head[found.end() :])
        self._head.clear()
        return self._upgrade(head), rest

    def _objection(self, length: int) -> Received | None:
        """What speaks against a head of which so many bytes are there."""
        if self._head and not self._head[:1].isalpha():
            return self._refuse("400 Bad Request", f"{_PORT}, and what came is no HTTP.")
        if length > HEAD_LIMIT:
            said = f"A request may have {HEAD_LIMIT} bytes; this one has more."
            return self._refuse("431 Request Header Fields Too Large", said)
        return None

    def _upgrade(self, head: bytes) -> Received | None:
        """What a whole head leads to."""
        if not _UPGRADE.search(head):
            return self._refuse("426 Upgrade Required", f"{_PORT}: connect with a WebSocket client.")
        try:
            self._protocol.receive_data(head)
            request = next(self._protocol.events(), None)
        except RemoteProtocolError as error:
            old = isinstance(error.event_hint, RejectConnection) and error.event_hint.status_code == 426
            return self._refuse("426 Upgrade Required" if old else "400 Bad Request", f"{error}.")
        except ValueError:
            return self._refuse("400 Bad Request", "A header of the request cannot be read.")
        if not isinstance(request, Request):
            return self._refuse("400 Bad Request", f"{_PORT}, and what came is no request.")
        return self._judge(request)

    def _judge(self, request: Request) -> Answer | Refusal:
        """The upgrade, unless something speaks against it.

        Any path will do.  So will any Origin: that header guards servers that know a browser by its cookies or by
        its address, from pages of other sites.  Here each stream logs in with a password, which no such page has, or
        as nobody, where the server takes anybody.
        """
        for name, value in request.extra_headers:
            if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
                return self._refuse("400 Bad Request", "A request for a WebSocket has no body.")
        if SUBPROTOCOL not in request.subprotocols:
            return self._refuse("400 Bad Request", f"{_PORT}: ask for the subprotocol {SUBPROTOCOL}.")
        return Answer(self._protocol.send(AcceptConnection(subprotocol=SUBPROTOCOL)))

    def _refuse(self, status: str, sentence: str) -> Refusal:
        self._reading = False
        head = [
            f"HTTP/1.1 {status}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(sentence) + 1}",
            "Connection: close" if not status.startswith("426") else "Connection: close, Upgrade",
        ]
        if status.startswith("426"):  # RFC 9110 §15.5.22, RFC 6455 §4.4
            head += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        return Refusal("\r\n".join([*head, "", sentence + "\n"]).encode())

    # After it

    def _received(self, event: Event) -> Received | None:
        if isinstance(event, TextMessage):
            return self._collect(event)
        if isinstance(event, BytesMessage):
            return self._fault(_BINARY, CloseReason.UNSUPPORTED_DATA)
        if isinstance(event, Ping):
            return Answer(self._protocol.send(event.response()))
        if isinstance(event, CloseConnection):
            return self._closed(event)
        return None  # a pong, which nobody asked for

    def _collect(self, part: TextMessage) -> Message | Fault | None:
        self._message += part.data.encode()
        if len(self._message) > self._limit:
            error = STREAM_POLICY_VIOLATION.saying(f"A message may have {self._limit} bytes; this one has more.")
            return self._fault(error, CloseReason.MESSAGE_TOO_BIG)
        if not part.message_finished:
            return None
        whole = bytes(self._message)
        self._message.clear()
        return Message(whole)

    def _closed(self, event: CloseConnection) -> Left | Fault:
        """The other side's closing, or what wsproto says when it cannot go on."""
        if self._protocol.state is ConnectionState.OPEN:
            error = STREAM_BAD_FORMAT.saying(f"This is not what WebSocket takes: {event.reason}.")
            if event.code == CloseReason.INVALID_FRAME_PAYLOAD_DATA:  # its reason counts from where a packet was cut
                error = STREAM_NOT_WELL_FORMED.saying("A message is not UTF-8.")
            return self._fault(error, event.code)
        self._reading = False
        self._code = event.code
        return Left()

    def _fault(self, error: StreamError, code: int) -> Fault:
        self._reading = False
        self._code = code
        return Fault(error)
