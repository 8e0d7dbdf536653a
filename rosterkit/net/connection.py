"""What client and component connections have in common: collecting bytes, closing, ending.

Tests: ``tests/net/test_c2s.py``, ``tests/net/test_component.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from rosterkit.core.ext import ping
from rosterkit.core.state import Link, Session
from rosterkit.errors import STREAM_CONNECTION_TIMEOUT, STREAM_POLICY_VIOLATION, StreamError
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.net import sockets
from rosterkit.net.addresses import Addresses
from rosterkit.net.backlog import Backlog
from rosterkit.net.faults import OutgoingFaults
from rosterkit.net.gate import Gate
from rosterkit.net.network import Network
from rosterkit.net.patience import Due

__all__ = ["LINGER", "Connection", "ConnectionFactory"]

#: Seconds that a peer has to take the last bytes and close before the connection is cut.
LINGER = 5.0


class Stream(Protocol):
    """What both kinds of stream can do.  ``watch`` is shown what is read, with its kind as in the journal."""

    watch: Callable[[str, bytes], None] | None

    def fail(self, error: StreamError) -> bytes:
        """The bytes that end the stream with ``error``."""


class ConnectionFactory(Factory):
    """What all the connections of a port have in common; ``connections`` are those that are open."""

    noisy = False

    def __init__(self, reactor: IReactorTime) -> None:
        self.reactor = reactor
        self.connections: set[Connection] = set()
        self.limits = UNLIMITED
        self.addresses = Addresses()
        self.gate: Gate | None = None

    def guard(self, limits: Limits, addresses: Addresses, gate: Gate) -> None:
        """Keep ``limits`` from now on.

        ``addresses`` counts connections by address, over all the ports that share it; those who have not logged in
        wait at the ``gate``.
        """
        self.limits, self.addresses, self.gate = limits, addresses, gate


class Connection(TwistedProtocol):
    """One connection and the link behind it, once there is one.  It is a :class:`~rosterkit.net.network.Party`.

    ``ended`` fires when the connection is gone.
    """

    #: How it is reached: ``tcp``, ``tls`` (from the first byte), ``websocket``.
    transport_name = "tcp"

    stream: Stream
    transport: Any  # a TCP or TLS transport

    def __init__(self, factory: ConnectionFactory) -> None:
        self.ended: Deferred[None] = Deferred()
        self.limits = factory.limits
        self.opened_at = self.heard_at = self.said_at = factory.reactor.seconds()
        self.asked_at: float | None = None
        self.network: Network | None = None
        self.link: Link | None = None
        self.label = ""
        #: Whether stanzas are written through turns of the network, so that what the stream says must be too.
        self.in_turns = False
        self._reactor = factory.reactor
        self._open = factory.connections
        self._addresses = factory.addresses
        self._host: str | None = None
        self._backlog = Backlog(factory.limits.backlog)
        self._collected: list[bytes] = []
        self._faults: OutgoingFaults | None = None
        self._closing = False
        self._cut: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Somebody has connected; who comes from an address with too many connections is sent away."""
        self._open.add(self)
        self.transport.setTcpNoDelay(True)  # Nagle costs 40 ms a handshake on loopback
        sockets.read_little(self.transport)
        self._begin()
        most = self.limits.connections
        if most:
            self._host = self.transport.getPeer().host
            count = self._addresses.enter(self._host)
            if count > 2 * most:  # even to say so would cost too much
                self.cut()
            elif count > most:
                self._send_away(f"An address may have {most} connections; yours has them.")

    def _begin(self) -> None:
        """Make what reads the connection."""
        raise NotImplementedError

    def _send_away(self, sentence: str) -> None:
        self.close(STREAM_POLICY_VIOLATION.saying(sentence))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone; the rules hear of it, however it went."""
        self._open.discard(self)
        if self._host is not None:
            self._addresses.leave(self._host)
        self._closing = True
        if self._cut is not None and self._cut.active():
            self._cut.cancel()
        if self._faults is not None:
            self._faults.stop()
        if self.network is not None:
            self.network.detach(self)
            if self.link is not None:
                self.network.lose(self.link)
            self.network.note("session", "The connection is gone.", self)
        self.ended.callback(None)

    @property
    def account(self) -> str | None:
        """The bare JID that has logged in."""
        return None

    @property
    def jid(self) -> str | None:
        """The full JID, once it is bound; of a component its domain."""
        return None

    @property
    def closing(self) -> bool:
        """Whether the end has been sent: what is read from now on counts for nothing."""
        return self._closing

    # What the hub calls

    def write(self, *pieces: bytes) -> bool:
        """Collect one stanza, in pieces; True where nothing was waiting before."""
        if self._is_behind(sum(map(len, pieces))):
            return False
        first = not self._collected
        self._collected += pieces
        return first

    def _is_behind(self, size: int) -> bool:
        """Whether too much waits for the other side to take ``size`` bytes more; it is closed then."""
        waiting = self._backlog.too_much(size, self.transport, self._collected)
        if not waiting:
            return False
        self._collected.clear()
        self.close(
            STREAM_POLICY_VIOLATION.saying(f"{waiting} bytes wait to be read; at most {self.limits.backlog} may.")
        )
        self._reactor.callLater(0, self._let_go)  # the turn that has caused it is under way
        return True

    def _let_go(self) -> None:
        """Tell the rules that the link is over, before the connection is."""
        if self.network is not None and self.link is not None:
            self.network.lose(self.link)

    def emit(self, kind: str, data: bytes, fault: str | None = None) -> bool:
        """Collect one stanza of a watched network, which remembers it."""
        network = self.network
        if network is None or self._closing:
            return self.write(data)
        if (network.faults and kind != "stream") or (self._faults is not None and self._faults.busy):
            self._lie(network, kind, data, fault)
            return False
        network.record(self, "out", kind, data, fault)
        if network.journal is not None and kind in ("push", "roster"):  # a later fault may need the version
            self._filter(network).see(kind, data)
        return self.write(data)

    def _lie(self, network: Network, kind: str, data: bytes, fault: str | None) -> None:
        """Let the faults of the network have what is sent; what was collected before goes first."""
        self.flush()
        self._filter(network).pass_on(kind, data, fault, self.account, self.label, self.jid or "")

    def _filter(self, network: Network) -> OutgoingFaults:
        if self._faults is None:
            self._faults = OutgoingFaults(
                network.faults, network.clock, self._record, self._write_now, self._cut_soon, self._framed
            )
        return self._faults

    def _record(self, kind: str, data: bytes, fault: str | None, withheld: bool) -> None:
        if self.network is not None:
            self.network.record(self, "out", kind, data, fault, withheld)

    def _framed(self, data: bytes) -> bytes:
        """What stands for a stanza on the wire."""
        return data

    def _write_now(self, data: bytes) -> None:
        """Send what was collected, then ``data`` as it is."""
        self.flush()
        if not self._is_behind(len(data)) and not self._closing:
            Connection._send(self, [data])

    def _cut_soon(self) -> None:
        """Cut when the reactor has passed on what was written: TLS and long stanzas would be lost otherwise."""

        def cut() -> None:
            if not self.ended.called:
                self.cut()

        self._reactor.callLater(0, lambda: self._reactor.callLater(0, cut))

    def flush(self) -> None:
        """Send what was collected; after the end nothing is sent any more."""
        collected, self._collected = self._collected, []
        if collected and not self._closing:
            self.said_at = self._reactor.seconds()
            self._send(collected)

    def close(self, error: StreamError) -> None:
        """Send what was collected, the error and the end of the stream, then hang up; again is a no-op."""
        if not self._closing:
            self.emit("stream", self.stream.fail(error))
            self.hang_up()

    def leave(self, error: StreamError) -> None:
        """Close with ``error``, and have nothing to do with the network from now on."""
        self.close(error)
        self.network = self.link = None
        self.in_turns = False

    @property
    def encrypted(self) -> bool:
        """Whether there is TLS."""
        return not sockets.is_plain(self.transport)

    def cut(self) -> None:
        """Break the connection off, as a failing network does."""
        self.transport.abortConnection()

    def hang_up(self) -> None:
        """Send what was collected and the end; a peer that has not closed after :data:`LINGER` is cut off.

        Until then its bytes are read and dropped: a socket that is closed over unread bytes resets the connection,
        and the peer may lose the error that it was just sent (RFC 6120 §4.4).
        """
        self.flush()
        if not self._closing:
            if self._faults is not None:
                self._faults.stop()
            self._closing = True
            if sockets.is_plain(self.transport):
                self.transport.loseWriteConnection()
            else:
                self.transport.loseConnection()  # TLS reads on by itself until the peer's closing alert
            self._cut = self._reactor.callLater(LINGER, self.transport.abortConnection)

    def _send(self, pieces: list[bytes]) -> None:
        sockets.write(self.transport, pieces)

    # Silence

    @property
    def entered(self) -> bool:
        """Whether there is a link: a resource is bound, or a component has shaken hands."""
        return self.link is not None

    @property
    def answers(self) -> bool:
        """Whether it is a session, which answers pings."""
        return isinstance(self.link, Session)

    def attend(self, what: Due) -> None:
        """Do what is due for a connection that is silent."""
        if self._closing:
            return
        if what is Due.TOO_SLOW:
            self.close(STREAM_CONNECTION_TIMEOUT.saying(f"A login may take {self.limits.login_time} s."))
        elif what is Due.GONE:
            sentence = f"A ping was not answered within {self.limits.ping} s."
            self.close(STREAM_CONNECTION_TIMEOUT.saying(sentence))
            self._let_go()
        elif self._faults is not None and self._faults.busy:
            return  # a space may not stand in what is half written, and a ping behind it would be heard too late
        elif what is Due.PING:
            self.asked_at = self._reactor.seconds()
            self._ask()
        else:
            self._keep_alive()

    def _ask(self) -> None:
        """Send a ping (XEP-0199)."""
        if self.network is not None and isinstance(self.link, Session):
            self.network.cause(ping.question(self.network.world, self.link))

    def _keep_alive(self) -> None:
        """Send what means nothing."""
        self.said_at = self._reactor.seconds()
        self._send([b" "])

    # What the streams say

    def join(self, network: Network | None) -> None:
        """Belong to ``network`` from now on; again with the same one is a no-op."""
        if network is None or network is self.network:
            return
        self.network = network
        network.attach(self)
        if network.journal is not None:
            self.stream.watch = self._saw

    def _saw(self, kind: str, data: bytes) -> None:
        if self.network is not None:
            if kind == "roster":
                self._filter(self.network).see(kind, data)
            self.network.record(self, "in", kind, data)

    def say(self, data: bytes) -> None:
        """Write bytes of the stream's own, after whatever stanzas were caused before."""
        if self.network is not None and self.in_turns:
            self.network.say(self, data)
        else:
            self.emit("stream", data)
            self.flush()

    def end(self) -> None:
        """The stream is over: the link is lost, and the connection closes when all is sent."""
        if self.network is not None and self.in_turns:
            if self.link is not None:
                self.network.lose(self.link)
            self.network.hang_up(self)
        else:
            self.hang_up()
