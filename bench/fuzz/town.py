"""A network in memory with its clients and its component, on the connections that real sockets get too.

Tests: ``tests/bench/fuzz/test_fuzz_invariants.py``.
"""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock

from bench.fuzz import keys
from bench.fuzz.answers import Answers
from bench.fuzz.case import WrongError
from bench.fuzz.frames import frame
from bench.fuzz.ledger import Ledger
from bench.fuzz.xml_check import Tree
from rosterkit.conformance.runner.server_end import ServerEnd
from rosterkit.core import jid
from rosterkit.core.commands import AddAccount
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Link
from rosterkit.core.world import Settings
from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.net.component import ComponentConnection, ComponentFactory
from rosterkit.net.connection import Connection
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed
from rosterkit.net.websocket import WebSocketConnection, WebSocketFactory
from rosterkit.wire.features import Settings as Switches
from rosterkit.wire.websocket_client import Fault, Message, WebSocketClient

__all__ = ["COMPONENT", "SEATS", "Seat", "Town"]

#: The clients that come, by the number of the actor: account, resource, whether over a WebSocket.
SEATS = (("juliet", "a", False), ("juliet", "b", False), ("romeo", "a", False), ("nurse", "ws", True))
#: The actor that is the component.
COMPONENT = len(SEATS)

_HEADER = (
    "<?xml version='1.0'?><stream:stream to='{to}' version='1.0' xmlns='{namespace}' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
_OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
_AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{}</auth>"
_BIND = (
    "<iq{} type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}</resource></bind></iq>"
)
_INTERESTED = "<iq{} type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"
_LONGEST_MESSAGE = 1 << 20
_SWITCHES = Switches(20_000, True, True, True, allow_plaintext=True, starttls=False)


class Seat:
    """Somebody's end of a connection.  ``inbox`` is what has come and was not taken.

    ``asked`` counts the requests that the server itself has to answer, by id and address, since the last look;
    ``versioned`` are the ids of those for a roster that named a version.
    """

    def __init__(self, connection: Connection, framed: bool = False) -> None:
        self.connection = connection
        self.inbox: list[Tree] = []
        self.asked: Counter[tuple[str | None, str | None]] = Counter()
        self.versioned: set[str | None] = set()
        self.copy: dict[str, tuple[Any, ...]] | None = None
        self.version: str | None = None
        self.looked_at: Any = None
        self.socket = WebSocketClient("localhost", "/ws", _LONGEST_MESSAGE) if framed else None
        self.end = ServerEnd(self._wrote)
        self._answers = Answers()
        connection.makeConnection(self.end)  # type: ignore[no-untyped-call]

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed it."""
        return not self.end.closed and not self.connection.closing

    def say(self, data: bytes) -> None:
        """Send."""
        if not self.end.closed:
            self.connection.dataReceived(data)

    def leave(self) -> None:
        """Be gone, without another word."""
        self.end.closed = True
        if not self.connection.ended.called:
            self.connection.connectionLost()

    def take(self) -> list[Tree]:
        """What has come since the last call."""
        taken, self.inbox = self.inbox, []
        return taken

    def _wrote(self, data: bytes) -> None:
        if self.socket is None:
            self.inbox += self._answers.read(data)
            return
        for received in self.socket.receive(data):
            if isinstance(received, Fault):
                raise WrongError(f"What was sent is no WebSocket's: {received.error.text}")
            if isinstance(received, Message):
                self.inbox += Answers().read(b"<s>" + received.data)  # each is a document of its own


class _Watched(Network):
    """Notes which requests were taken that the server itself has to answer."""

    seats: dict[Connection, Seat]

    def receive(self, link: Link, stanza: Stanza, alone: bool = False) -> None:
        """A stanza was read from a link."""
        seat = self.seats.get(link.peer)
        if seat is not None and isinstance(stanza, Iq) and stanza.type not in ("result", "error"):
            seat.asked[stanza.id, stanza.to.full if stanza.to is not None else None] += 1
            if stanza.child is not None and stanza.child.get("ver") is not None:
                seat.versioned.add(stanza.id)
        super().receive(link, stanza, alone)


class _Client(ClientConnection):
    def new_id(self) -> str:
        return keys.ID


class _Browser(WebSocketConnection):
    def new_id(self) -> str:
        return keys.ID


class _Component(ComponentConnection):
    def new_id(self) -> str:
        return keys.ID


class Town:
    """A fresh network, and a seat for everybody who comes.  Ids and versions count up: two runs are alike."""

    def __init__(self, journal: int = 0) -> None:
        self.clock = Clock()
        self.store = Ledger()
        settings = Settings(registration=True, history=20)
        components = {"far.test": keys.COMPONENT_SECRET}
        seed = Seed("fuzz", ("localhost",), settings=settings, components=components, journal=journal)
        self.network = _Watched(seed, self.clock, self.store)
        self.network.seats = {}
        self._number(self.network)
        for bare in keys.ACCOUNTS:
            self.network.command(AddAccount(jid.parse(bare), keys.credentials()))
        self.seats: dict[int, Seat] = {}

    def _number(self, network: Network) -> None:
        ids, versions = itertools.count(1), itertools.count(1)
        network.world.new_id = lambda: f"p{next(ids)}"
        network.world.new_version = lambda: f"v{next(versions)}"

    def seat(self, actor: int) -> Seat:
        """The seat of an actor, who comes, logs in and is available if not there."""
        seat = self.seats.get(actor)
        if seat is None or not seat.is_open:
            if seat is not None:
                self._remove(seat)
            seat = self._component() if actor == COMPONENT else self._client(*SEATS[actor])
            self.seats[actor] = seat
            self.turn()
        return seat

    def visit(self) -> Seat:
        """Somebody who has not logged in."""
        return self._sit(_Client(ClientFactory(self._serving, _SWITCHES, self.clock)))

    def lose(self, actor: int) -> None:
        """An actor's connection breaks."""
        seat = self.seats.pop(actor, None)
        if seat is not None:
            self._remove(seat)

    def dismiss(self, seat: Seat) -> None:
        """A visitor goes."""
        self._remove(seat)

    def turn(self) -> None:
        """End the reactor's round."""
        self.clock.advance(0)

    def _remove(self, seat: Seat) -> None:
        seat.leave()
        self.network.seats.pop(seat.connection, None)

    def _sit(self, connection: Connection, framed: bool = False) -> Seat:
        seat = self.network.seats[connection] = Seat(connection, framed)
        return seat

    def _client(self, name: str, resource: str, framed: bool) -> Seat:
        if name not in {bare.partition("@")[0] for bare in self.network.world.accounts}:
            self.network.command(AddAccount(jid.parse(f"{name}@localhost"), keys.credentials()))
        account = self.network.account(jid.parse(f"{name}@localhost"))
        if account is not None and account.credentials != keys.credentials():  # somebody has changed the password
            self.network.command(AddAccount(account.jid, keys.credentials()))
        make: Callable[[Any], ClientConnection] = _Browser if framed else _Client
        factory = (WebSocketFactory if framed else ClientFactory)(self._serving, _SWITCHES, self.clock)
        seat = self._sit(make(factory), framed)
        said = b64encode(f"\0{name}\0{keys.PASSWORD}".encode()).decode()
        header = _OPEN if framed else _HEADER.format(to="localhost", namespace="jabber:client")
        declared = " xmlns='jabber:client'" if framed else ""
        if seat.socket is not None:
            seat.say(seat.socket.open())
        for part in (header, _AUTH.format(said), header, _BIND.format(declared, resource)):
            seat.say(frame(part.encode()) if framed else part.encode())
        for part in (_INTERESTED.format(declared), f"<presence{declared}/>"):
            seat.say(frame(part.encode()) if framed else part.encode())
        return seat

    def _component(self) -> Seat:
        factory = ComponentFactory(self._expecting, _SWITCHES, self.clock)
        seat = self._sit(_Component(factory))
        seat.say(_HEADER.format(to="far.test", namespace="jabber:component:accept").encode())
        seat.say(f"<handshake>{keys.handshake()}</handshake>".encode())
        return seat

    def _serving(self, domain: str) -> Network | None:
        return self.network if domain in self.network.world.domains else None

    def _expecting(self, domain: str) -> Network | None:
        return self.network if domain in self.network.world.expected else None
