"""A peer and a server of our own in one memory: both on one clock, the bytes between them on a fake wire."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from rosterkit.core import jid
from rosterkit.core.roster import Roster
from rosterkit.core.state import Session
from rosterkit.net.component import ComponentFactory
from rosterkit.net.network import Network
from rosterkit.net.outlet import Peer
from rosterkit.net.seed import Seed, SeedAccount, new_version
from rosterkit.peer.connecting import pause
from rosterkit.peer.network import PeerNetwork
from rosterkit.peer.service import PeerService
from rosterkit.peer_config import PeerConfig
from rosterkit.wire import decode
from rosterkit.wire.negotiate import Settings

DOMAIN, SECRET, PLACE = "contacts.test", "s3cr3t", "server.test:5347"
NURSE, JULIET = "nurse@contacts.test", "juliet@localhost"
_SETTINGS = Settings(262_144, True, True, False, True, False)


def longest(failures: int) -> float:
    """The pauses of a peer, none of them shortened at random."""
    return pause(failures, lambda: 0.0)


class End:
    """One end of a fake wire, as a transport of Twisted's; what is written arrives when the clock is advanced."""

    def __init__(self, clock: Clock, protocol: Any) -> None:
        self.protocol = protocol
        self.other: End
        self.open = True
        self._clock = clock

    def write(self, data: bytes) -> None:
        """Bytes for the other end."""
        if self.open:
            self._clock.callLater(0, self.other.arrive, data)

    def writeSequence(self, pieces: list[bytes]) -> None:
        """The same in pieces."""
        self.write(b"".join(pieces))

    def arrive(self, data: bytes) -> None:
        """Bytes from the other end."""
        if self.open:
            self.protocol.dataReceived(data)

    def loseConnection(self) -> None:
        """Close after what was written."""
        if self.open:
            self._clock.callLater(0, self.lost, ConnectionDone())
            self._clock.callLater(0, self.other.lost, ConnectionDone())

    def abortConnection(self) -> None:
        """Close at once."""
        self.lost(ConnectionLost())
        self._clock.callLater(0, self.other.lost, ConnectionLost())

    def lost(self, why: Exception) -> None:
        """It is closed; once."""
        if self.open:
            self.open = False
            self.protocol.connectionLost(Failure(why))

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Twisted's transports have it."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """They have this too."""


class Wire:
    """The way to a server, whose connections ``accept`` makes; None where nobody listens."""

    def __init__(self, clock: Clock, accept: Callable[[], Any] | None = None) -> None:
        self.accept = accept
        self.attempts = 0
        self.ends: list[End] = []
        self._clock = clock

    def connect(self, factory: Any) -> Deferred[Any]:
        """One attempt."""
        self.attempts += 1
        if self.accept is None:
            return fail(ConnectionRefusedError())
        ours, theirs = factory.buildProtocol(None), self.accept()
        near, far = End(self._clock, ours), End(self._clock, theirs)
        near.other, far.other = far, near
        self.ends.append(near)
        theirs.makeConnection(far)
        ours.makeConnection(near)
        return succeed(ours)

    def cut(self) -> None:
        """The connection that there is breaks off."""
        self.ends[-1].abortConnection()


class User(Peer):
    """A client of the server that is always there; ``got`` is what it was sent, as XML."""

    def __init__(self, network: Network, account: str = JULIET, resource: str = "balcony") -> None:
        self.network = network
        self.got: list[str] = []
        self._collected: list[bytes] = []
        bare = jid.parse(account)
        self.link = Session(network.world.accounts[account], bare.with_resource(resource))
        self.link.peer = self
        network.open(self.link)

    def say(self, xml: str) -> None:
        """Send a stanza."""
        stream = etree.fromstring(f"<stream xmlns='jabber:client'>{xml}</stream>")
        stanza = decode.stanza(stream[0])
        assert stanza is not None
        self.network.receive(self.link, stanza)

    def take(self) -> list[str]:
        """What came since the last call, a line each: ``subscribed from nurse@contacts.test``."""
        got, self.got = self.got, []
        return [_line(xml) for xml in got]

    def write(self, *pieces: bytes) -> bool:
        """The network has something for it."""
        self.got.append(b"".join(pieces).decode())
        return False

    def flush(self) -> None:
        """Nothing is kept back."""


class Joined:
    """A server with juliet, and a peer that joins it; ``script`` is the nurse's in TOML, ``config`` the peer's."""

    def __init__(
        self, folder: Path, script: str = "", components: tuple[str, ...] = (DOMAIN,), **config: Any
    ) -> None:
        self.clock = Clock()
        self.server = self._network(components)
        self.factory = ComponentFactory(self._find, _SETTINGS, self.clock)
        self.wire = Wire(self.clock, lambda: self.factory.buildProtocol(None))
        contacts = folder / "contacts.toml"
        contacts.write_text(f'["{NURSE}"]\n{script}\n')
        values = {"host": "server.test", "port": 5347, "domain": DOMAIN, "secret": SECRET, "contacts": contacts}
        self.service = PeerService(PeerConfig(**(values | config)), self.clock, self.wire.connect, longest)
        self.ready: list[Any] = []
        self.service.ready.addBoth(self.ready.append)

    @property
    def network(self) -> PeerNetwork:
        """The peer's."""
        assert self.service.network is not None
        return self.service.network

    def start(self, seconds: float = 0) -> None:
        """Start the peer, and let so much time pass."""
        self.service.startService()
        self.later(seconds)

    def later(self, seconds: float = 0) -> None:
        """Let time pass, in steps of 10 ms, and everything that is due happen at its time."""
        for _ in range(round(seconds / 0.01)):
            self.clock.advance(0.01)
        self.clock.advance(0)

    def user(self, resource: str = "balcony") -> User:
        """Juliet, available."""
        user = User(self.server, resource=resource)
        user.say("<presence/>")
        self.later()
        user.take()
        return user

    def befriended(self) -> User:
        """Juliet, who sees the nurse."""
        user = self.user()
        user.say(f"<presence type='subscribe' to='{NURSE}'/>")
        self.later(1)
        assert f"subscribed from {NURSE}" in user.take()
        return user

    def goes_down(self) -> None:
        """The server ends: its connections are closed, and nobody listens."""
        self.wire.accept = None
        for connection in list(self.factory.connections):
            connection.end()
        self.later()

    def comes_up(self) -> None:
        """The server listens again."""
        self.wire.accept = lambda: self.factory.buildProtocol(None)

    def notes(self) -> list[str]:
        """Every sentence in the peer's journal."""
        assert self.network.journal is not None
        return [entry.text for entry in self.network.journal.since(0) if entry.direction == "note"]

    def passed(self, session: str | None) -> list[str]:
        """What has passed on one connection, or was said by and to contacts: ``in <presence ...>``."""
        assert self.network.journal is not None
        entries = [entry for entry in self.network.journal.since(0) if entry.direction != "note"]
        return [f"{e.direction} {e.data.decode()}" for e in entries if e.session == session]

    def _network(self, components: tuple[str, ...]) -> Network:
        account = SeedAccount(jid.parse(JULIET), {}, Roster.new(new_version()))
        secrets = dict.fromkeys(components, SECRET)
        return Network(Seed("main", ("localhost",), (account,), components=secrets), self.clock)

    def _find(self, domain: str) -> Network | None:
        return self.server if domain in self.server.world.expected else None


def _line(xml: str) -> str:
    element = etree.fromstring(xml)
    kind = element.get("type", "available" if element.tag == "presence" else element.tag)
    return f"{kind} from {element.get('from', 'nobody')}"
