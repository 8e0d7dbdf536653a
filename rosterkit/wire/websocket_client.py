"""The client's side of one WebSocket (RFC 6455) for the subprotocol ``xmpp`` (RFC 7395): bytes in, messages out.

What follows the upgrade is read as by the server's side, with the same limits: the answer's head is bounded, and a
message that is too long is refused as soon as more of it has come than is allowed.  No extension is offered.

Tests: ``tests/wire/test_websocket_client.py``.
"""

from __future__ import annotations

from wsproto import ConnectionType
from wsproto.events import AcceptConnection, RejectConnection, Request
from wsproto.utilities import RemoteProtocolError

from rosterkit.errors import STREAM_BAD_FORMAT, STREAM_POLICY_VIOLATION
from rosterkit.wire.conditions import shown
from rosterkit.wire.websocket import HEAD_LIMIT, SUBPROTOCOL, Answer, Fault, Left, Message, Received, WebSocket

__all__ = ["Answer", "Fault", "Left", "Message", "Received", "WebSocketClient"]

_HTTP = b"HTTP/"


class WebSocketClient(WebSocket):
    """One connection that asks for ``path`` of ``host`` (a name or an address, with a port where it matters).

    :meth:`open` gives the request; ``is_open`` says that the server has granted it.  What is no upgrade is a
    :class:`~rosterkit.wire.websocket.Fault` like what is no frame: nothing is read after it.
    """

    _side = ConnectionType.CLIENT

    def __init__(self, host: str, path: str, limit: int) -> None:
        super().__init__(limit)
        self.is_open = False
        self._host = host
        self._path = path

    def open(self) -> bytes:
        """The bytes that ask for the upgrade."""
        return bytes(self._protocol.send(Request(self._host, self._path, subprotocols=[SUBPROTOCOL])))

    def _objection(self, length: int) -> Received | None:
        begin = bytes(self._head[: len(_HTTP)])
        if begin != _HTTP[: len(begin)]:
            return self._no("What answers there speaks no HTTP.")
        if length > HEAD_LIMIT:
            return self._no(f"The head of the HTTP answer has more than {HEAD_LIMIT} bytes.", too_much=True)
        return None

    def _upgrade(self, head: bytes) -> Received | None:
        try:
            self._protocol.receive_data(head)
            event = next(self._protocol.events(), None)
        except RemoteProtocolError as error:
            return self._no(f"The answer to the upgrade is wrong: {shown(str(error))}.")
        except ValueError:
            return self._no("The answer to the upgrade is wrong: a header of it cannot be read.")
        if isinstance(event, RejectConnection):
            return self._no(f"The server answers {self._path} with the HTTP status {event.status_code}.")
        if not isinstance(event, AcceptConnection) or event.subprotocol != SUBPROTOCOL:
            return self._no(f"The server's WebSocket at {self._path} is not for XMPP: it takes no subprotocol xmpp.")
        self.is_open = True
        return None

    def _no(self, text: str, too_much: bool = False) -> Fault:
        self._reading = False
        error = STREAM_POLICY_VIOLATION if too_much else STREAM_BAD_FORMAT
        return Fault(error.saying(text))
