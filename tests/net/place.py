"""A network on a fake clock with two people logged in, for tests of turns."""

from __future__ import annotations

import itertools

from lxml import etree
from twisted.internet.task import Clock

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount
from rosterkit.core.stanza import Iq, Presence
from rosterkit.core.state import Session
from rosterkit.core.world import Settings, World
from rosterkit.errors import StreamError
from rosterkit.net.turns import Turns
from rosterkit.store import Store

JULIET, ROMEO = jid.parse("juliet@localhost"), jid.parse("romeo@localhost")


class Wire:
    """A peer that keeps what left it, flush by flush."""

    def __init__(self, link: Session) -> None:
        link.peer = self
        self.collected: list[bytes] = []
        self.left: list[bytes] = []
        self.error: StreamError | None = None
        self.hung_up = False

    def write(self, *pieces: bytes) -> bool:
        """Collect."""
        first = not self.collected
        self.collected += pieces
        return first

    def flush(self) -> None:
        """Let it leave."""
        self.left.append(b"".join(self.collected))
        self.collected = []

    def close(self, error: StreamError) -> None:
        """Remember why."""
        self.error = error

    def hang_up(self) -> None:
        """Remember that."""
        self.hung_up = True


class Place:
    """A network over ``store`` with juliet and romeo logged in."""

    def __init__(self, store: Store) -> None:
        numbers = itertools.count()
        self.clock = Clock()
        world = World(
            ["localhost"],
            new_id=lambda: f"id{next(numbers)}",
            new_version=lambda: f"v{next(numbers)}",
            derive=lambda password: {},
            settings=Settings(),
        )
        self.network = Turns(world, store, self.clock)
        for address in (JULIET, ROMEO):
            self.network.command(AddAccount(address, {}))
        self.juliet, self.romeo = self.login(JULIET), self.login(ROMEO)

    def login(self, address: jid.Jid) -> Session:
        """An interested and available session with nothing on its wire."""
        account = self.network.account(address)
        assert account is not None
        session = Session(account, address.with_resource("a"))
        wire = Wire(session)
        self.network.open(session)
        self.network.receive(session, roster_get())
        self.network.receive(session, Presence())
        self.turn()
        wire.left.clear()
        return session

    def turn(self) -> None:
        """End the reactor's round."""
        self.clock.advance(0)

    def wire(self, session: Session) -> Wire:
        """What a session writes to."""
        assert isinstance(session.peer, Wire)
        return session.peer


def roster_get() -> Iq:
    """A roster get."""
    return Iq("get", "g", child=etree.fromstring("<query xmlns='jabber:iq:roster'/>"))


def roster_set(contact: str, id: str = "s") -> Iq:
    """A roster set for one contact."""
    xml = f"<query xmlns='jabber:iq:roster'><item jid='{contact}'/></query>"
    return Iq("set", id, child=etree.fromstring(xml))
