"""A network in memory: the rules driven by stanzas written as XML, and what each client is sent.

Everything runs on the pure server: no bytes, no sockets, no clock.  After each input the effects are checked for
their order (saves first) and applied: saves to a memory store, the rest to the inboxes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lxml import etree

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount
from rosterkit.core.effects import Close, Effect, Push, Save, SaveAccount, Send, SendRoster
from rosterkit.core.roster import Item
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.state import Account, Component, Link, Session, Visitor
from rosterkit.core.subscription import State
from rosterkit.core.world import Settings, World
from rosterkit.errors import StreamError
from rosterkit.store.memory import MemoryStore

ROSTER = "jabber:iq:roster"

#: How a contact is brought from nothing into each of the nine states: what goes out to it and what comes in from it.
WAYS = {
    State.NONE: (),
    State.NONE_OUT: ("out subscribe",),
    State.NONE_IN: ("in subscribe",),
    State.NONE_OUT_IN: ("out subscribe", "in subscribe"),
    State.TO: ("out subscribe", "in subscribed"),
    State.TO_IN: ("out subscribe", "in subscribed", "in subscribe"),
    State.FROM: ("in subscribe", "out subscribed"),
    State.FROM_OUT: ("in subscribe", "out subscribed", "out subscribe"),
    State.BOTH: ("in subscribe", "out subscribed", "out subscribe", "in subscribed"),
}


class End:
    """One end of a link: what it was sent, in order, as effects."""

    def __init__(self, rig: Rig, link: Link) -> None:
        self.rig = rig
        self.link = link
        link.peer = self
        self.inbox: list[Send | SendRoster | tuple[str, Item, str | None]] = []
        self.closed: StreamError | None = None

    def take(self) -> list[Send | SendRoster | tuple[str, Item, str | None]]:
        """What came since the last call; a push is ``(id, item, version)``."""
        taken, self.inbox = self.inbox, []
        return taken

    def stanzas(self) -> list[Stanza]:
        """The stanzas among what came since the last call."""
        return [got.stanza for got in self.take() if isinstance(got, Send)]

    def seen(self) -> list[str]:
        """What came since the last call, a line each: enough to compare whole conversations.

        ``presence available from romeo@localhost/b``, ``push romeo@localhost subscription=both ask=no``,
        ``result 1``, ``error 1 bad-request``, ``roster [...]``, ``message chat from ...``.
        """
        return [_line(got) for got in self.take()]

    def addressed(self) -> list[str]:
        """The same lines, each stanza's with the ``to`` that it was sent with."""
        return [f"{_line(got)} to {got.to}" if isinstance(got, Send) else _line(got) for got in self.take()]

    def pushes(self) -> list[tuple[str, Item, str | None]]:
        """The pushes among what came since the last call."""
        return [got for got in self.take() if isinstance(got, tuple) and not isinstance(got, Send | SendRoster)]

    def send(self, stanza: Stanza) -> None:
        """Hand a stanza to the rules as if this end had sent it."""
        self.rig.apply(self.rig.server.receive(self.link, stanza, self.rig.now))


class Client(End):
    """A bound client of an account."""

    link: Session

    @property
    def jid(self) -> jid.Jid:
        """Its full JID."""
        return self.link.jid

    def presence(
        self, type: str = "", to: str | None = None, body: str = "", priority: int = 0, id: str | None = None
    ) -> None:
        """Send presence."""
        self.send(Presence(type, id, jid.parse(to) if to else None, body=body.encode(), priority=priority))

    def message(self, to: str | None, type: str = "normal", body: str = "<body>hi</body>") -> None:
        """Send a message."""
        self.send(Message(type, to=jid.parse(to) if to else None, body=body.encode()))

    def iq(self, type: str, payload: str, to: str | None = None, id: str = "1") -> None:
        """Send a get or set with the payload given as XML."""
        self.send(Iq(type, id, jid.parse(to) if to else None, child=etree.fromstring(payload)))

    def answer(self, type: str, to: str | None = None, id: str = "1") -> None:
        """Send the answer to an iq: a ``result``, or an ``error``."""
        self.send(Iq(type, id, jid.parse(to) if to else None))

    def get_roster(self, ver: str | None = None, id: str = "1") -> None:
        """Ask for the roster."""
        attribute = f" ver='{ver}'" if ver is not None else ""
        self.iq("get", f"<query xmlns='{ROSTER}'{attribute}/>", id=id)

    def set_item(self, item: str, id: str = "1") -> None:
        """Send a roster set with ``item`` given as XML."""
        self.iq("set", f"<query xmlns='{ROSTER}'>{item}</query>", id=id)

    def leave(self) -> None:
        """Lose the connection."""
        self.rig.apply(self.rig.server.lose(self.link, self.rig.now))


class Far(End):
    """A component's end: somebody elsewhere, at the component's domain."""

    def presence(self, type: str, sender: str, to: str, body: str = "", id: str | None = None) -> None:
        """Send presence from one address there."""
        self.send(Presence(type, id, jid.parse(to), jid.parse(sender), body=body.encode()))

    def message(self, sender: str, to: str, type: str = "normal", body: str = "<body>hi</body>") -> None:
        """Send a message."""
        self.send(Message(type, None, jid.parse(to), jid.parse(sender), body=body.encode()))

    def iq(self, type: str, payload: str, sender: str, to: str, id: str = "1") -> None:
        """Send a get or set with the payload given as XML."""
        self.send(Iq(type, id, jid.parse(to), jid.parse(sender), child=etree.fromstring(payload)))

    def leave(self) -> None:
        """Lose the connection."""
        self.rig.apply(self.rig.server.lose(self.link, self.rig.now))


class Guest(End):
    """Somebody who has not logged in and may only register."""

    def iq(self, type: str, payload: str, id: str = "1") -> None:
        """Send a get or set with the payload given as XML."""
        self.send(Iq(type, id, child=etree.fromstring(payload)))


class Rig:
    """One network with its accounts; ``store`` holds what was saved."""

    def __init__(
        self,
        accounts: Sequence[str] = ("juliet", "romeo", "nurse"),
        settings: Settings = Settings(),  # noqa: B008  # immutable
        expected: Sequence[str] = (),
        domains: Sequence[str] = ("localhost",),
    ) -> None:
        numbers = itertools.count(1)
        self.now = 0.0
        self.store = MemoryStore()
        self.world = World(
            domains,
            new_id=lambda: f"id{next(numbers)}",
            new_version=lambda: f"v{next(numbers)}",
            derive=lambda password: {},
            settings=settings,
            expected=expected,
        )
        self.server = RosterServer(self.world)
        for name in accounts:
            address = jid.parse(name if "@" in name else f"{name}@{domains[0]}")
            self.apply(self.server.command(AddAccount(address, {}), self.now))

    def account(self, name: str) -> Account:
        """The account ``name`` at localhost, or the one with that bare JID."""
        return self.world.accounts[name if "@" in name else f"{name}@localhost"]

    def connect(self, name: str, resource: str = "a") -> Client:
        """A bound client that has sent nothing yet."""
        account = self.account(name)
        client = Client(self, Session(account, account.jid.with_resource(resource)))
        self.apply(self.server.open(client.link, self.now))
        return client

    def login(self, name: str, resource: str = "a", priority: int = 0) -> Client:
        """A client that is interested and available, with an empty inbox."""
        client = self.connect(name, resource)
        client.get_roster()
        client.presence(priority=priority)
        client.take()
        return client

    def component(self, domain: str) -> Far:
        """A connected component."""
        component = Far(self, Component(domain))
        self.apply(self.server.open(component.link, self.now))
        return component

    def guest(self, domain: str = "localhost") -> Guest:
        """Somebody who has not logged in."""
        return Guest(self, Visitor(domain))

    def state(self, name: str, contact: str) -> State:
        """Where the subscription of account ``name`` with ``contact`` stands."""
        return self.account(name).roster.state(contact)

    def bring(self, client: Client, far: Far, contact: str, state: State) -> None:
        """Bring ``contact``, who is at ``far``, into ``state`` by stanzas, and empty both inboxes."""
        for way in WAYS[state]:
            direction, _, type = way.partition(" ")
            if direction == "out":
                client.presence(type, contact)
            else:
                far.presence(type, contact, client.jid.bare)
        assert self.state(client.jid.bare, contact) is state
        client.take()
        far.take()

    def restarted(self) -> Rig:
        """A network that has loaded what this one has stored, without anybody connected."""
        other = Rig((), self.world.settings, tuple(self.world.expected), tuple(self.world.domains))
        other.store = self.store
        other.world.new_version, other.world.new_id = self.world.new_version, self.world.new_id
        other.server.load(self.store.load())
        return other

    def befriend(self, one: Client, other: Client) -> None:
        """Bring two logged-in clients to subscription ``both`` by the real flow, and empty their inboxes."""
        for asker, answerer in ((one, other), (other, one)):
            asker.presence("subscribe", answerer.jid.bare)
            answerer.presence("subscribed", asker.jid.bare)
        one.take()
        other.take()

    def apply(self, effects: Sequence[Effect]) -> None:
        """Commit and deliver; all saves must stand before the rest (decision: save, then send)."""
        kinds = [isinstance(effect, Save | SaveAccount) for effect in effects]
        assert kinds == sorted(kinds, reverse=True), "a save stands behind a send"
        self.store.append([effect for effect in effects if isinstance(effect, Save | SaveAccount)])
        self.server.commit()
        for effect in effects:
            _deliver(effect)


def _deliver(effect: Effect) -> None:
    if isinstance(effect, Send):
        effect.link.peer.inbox.append(effect)
    elif isinstance(effect, SendRoster):
        effect.session.peer.inbox.append(effect)
    elif isinstance(effect, Push):
        for session, push_id in effect.receivers:
            session.peer.inbox.append((push_id, effect.item, effect.version))
    elif isinstance(effect, Close):
        effect.link.peer.closed = effect.error


def _line(got: Send | SendRoster | tuple[str, Item, str | None]) -> str:
    if isinstance(got, SendRoster):
        return f"roster {sorted(got.roster.items)}"
    if not isinstance(got, Send):
        _, item, _ = got
        approved = " approved" if item.approved else ""
        return f"push {item.jid} subscription={item.subscription} ask={'yes' if item.ask else 'no'}{approved}"
    stanza = got.stanza
    if isinstance(stanza, Iq):
        return f"{stanza.type} {stanza.id}{_condition(stanza)}"
    kind = "presence" if isinstance(stanza, Presence) else "message"
    sender = stanza.sender.full if stanza.sender else "nobody"
    return f"{kind} {stanza.type or 'available'}{_condition(stanza)} from {sender}"


def _condition(stanza: Stanza) -> str:
    if stanza.type != "error" or not stanza.body:
        return ""
    return " " + etree.fromstring(stanza.body)[0].tag.partition("}")[2]
