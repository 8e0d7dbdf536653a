"""A line over a socket: TCP, with TLS from the first byte or from STARTTLS on, or a WebSocket.

Tests: ``tests/conformance/test_probe_lines.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IDelayedCall, IHandshakeListener, IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from rosterkit.conformance.probing.driven_line import DrivenLine
from rosterkit.conformance.probing.lines import Listener
from rosterkit.conformance.probing.tls_client import explained
from rosterkit.wire.entering import Entering
from rosterkit.wire.framed import messages
from rosterkit.wire.initiating import LIMIT
from rosterkit.wire.joining import Joining
from rosterkit.wire.websocket_client import Answer, Fault, Message, Received, WebSocketClient

__all__ = ["LINGER", "Road", "TcpLine", "WebSocketLine"]

#: Seconds that a server has to close the connection after the end before it is cut.
LINGER = 5.0


class Road(NamedTuple):
    """What lines to one port have in common.

    ``where`` is the port in words, ``patience`` the seconds that a line has to be had in.  ``tls`` is None where TLS
    is not wanted, ``tls_first`` says that it comes before anything else.
    """

    reactor: Any
    where: str
    domain: str
    patience: float
    tls: IOpenSSLClientConnectionCreator | None = None
    tls_first: bool = False


@implementer(IHandshakeListener)
class TcpLine(DrivenLine, Protocol):
    """A line over TCP; ``connecting`` is what brings the connection."""

    transport: Any  # TCP, or TLS above it

    def __init__(self, label: str, machine: Entering | Joining, listener: Listener, road: Road) -> None:
        super().__init__(label, machine, listener)
        self.connecting: Deferred[Any] | None = None
        self._road = road
        self._before = ""  # what is waited for before the stream can begin
        self._has_read = False
        self._deadline: IDelayedCall | None = None
        self._cutting: IDelayedCall | None = None

    # What Twisted calls

    def connectionMade(self) -> None:
        """The connection is there."""
        self.transport.setTcpNoDelay(True)  # Nagle costs 40 ms a handshake on loopback
        self._deadline = self._road.reactor.callLater(self._road.patience, self._too_slow)
        self.entered.addBoth(self._in_time)
        if self._road.tls_first:
            self._before = "the end of the TLS handshake"
            self.transport.startTLS(self._road.tls)
        else:
            self._ready()

    def handshakeCompleted(self) -> None:
        """TLS is there, and the certificate is good."""
        if self._deaf:
            return
        if self._road.tls_first:
            self._before = ""
            self._ready()
        else:
            self._secured()

    def dataReceived(self, data: bytes) -> None:
        """The server has sent something."""
        self._has_read = True
        self._take(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        for call in (self._deadline, self._cutting):
            if call is not None and call.active():
                call.cancel()
        self._lost(self._ending(reason))

    # What the line asks of its carrier

    def _ready(self) -> None:
        """The stream can begin."""
        self._begin()

    def _transmit(self, data: bytes) -> None:
        self.transport.write(data)

    def _start_tls(self) -> None:
        self.transport.startTLS(self._road.tls)

    def _hang_up(self) -> None:
        self.transport.loseConnection()
        self._hurry()

    def _hurry(self) -> None:
        if self._cutting is None:
            self._cutting = self._road.reactor.callLater(LINGER, self._abort)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()
        elif self.connecting is not None:
            self.connecting.cancel()

    # Time and ends

    def _in_time(self, result: Any) -> Any:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        return result

    def _too_slow(self) -> None:
        if self.is_wanted:
            self._fail(
                f"The server at {self._road.where} did not get on within {self._road.patience:g} s: {self._awaited} "
                f"was waited for. {self._advice}"
            )
            self._abort()

    @property
    def _awaited(self) -> str:
        return self._before or self._machine.awaited

    @property
    def _advice(self) -> str:
        return f"Check {self._machine.options}, and look into its log."

    def _ending(self, reason: Failure) -> str:
        """How the connection has ended, in a sentence."""
        said = explained(reason.value, self._road.domain)
        if said is not None:
            return said
        if self._ended:
            return "The connection is closed."
        how = "closed the connection" if reason.check(ConnectionDone) else "broke the connection off"
        if not self.is_wanted:
            return f"The server {how} without ending the stream."
        advice = "Look into its log." if self._has_read else self._advice
        return f"The server at {self._road.where} {how} before {self._awaited} came. {advice}"


class WebSocketLine(TcpLine):
    """A line over a WebSocket (RFC 7395) at ``path`` of ``host``; what is written as on TCP becomes messages here."""

    def __init__(self, label: str, machine: Entering, listener: Listener, road: Road, host: str, path: str) -> None:
        super().__init__(label, machine, listener, road)
        self._socket = WebSocketClient(host, path, LIMIT)
        self._begun = False

    def dataReceived(self, data: bytes) -> None:
        """The server has sent something."""
        self._has_read = True
        for received in self._socket.receive(data):
            self._begin_once()
            self._receive(received)
        self._begin_once()

    def _receive(self, received: Received) -> None:
        if isinstance(received, Message):
            self._take(received.data)
        elif isinstance(received, Answer):
            self.transport.write(received.data)
        elif isinstance(received, Fault):
            self._give_up(received.error.text)
        else:
            self._give_up("The server has closed the WebSocket without <close/>.")

    def _give_up(self, text: str) -> None:
        if self.is_wanted:
            advice = "" if self._begun else " Check --transport, --port and --websocket-path."
            self._fail(f"{text}{advice}")
        elif not self._deaf:
            self.is_open = False
            self._ended = True  # there is no way to say it any more
            self._hang_up()
            self._tell_over(text)

    def _ready(self) -> None:
        self._before = "its answer to the upgrade to WebSocket"
        self.transport.write(self._socket.open())

    def _begin_once(self) -> None:
        if self._socket.is_open and not self._begun:
            self._begun = True
            self._before = ""
            self._begin()

    def _transmit(self, data: bytes) -> None:
        self.transport.write(b"".join(map(self._socket.message, messages(data))))

    def _hang_up(self) -> None:
        """Close the WebSocket; the connection is for the server to close then (RFC 6455 §7.1.1)."""
        closing = self._socket.close()
        if closing:
            self.transport.write(closing)
            self._hurry()
        else:
            super()._hang_up()
