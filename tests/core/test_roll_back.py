"""A change that is taken back leaves no trace: every input is done, taken back, compared, and done again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from lxml import etree
from rig import ROSTER, Client, Far, Rig
from scene import FAR, JULIET, ROMEO

from rosterkit.core import accounts, jid, presence
from rosterkit.core.commands import AddAccount, Command, RemoveAccount
from rosterkit.core.effects import Effect, Push, Save, SaveAccount, Send, SendRoster
from rosterkit.core.ext import blocking
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import MESSAGE_TYPES, PRESENCE_TYPES, Iq, Message, Presence, Stanza
from rosterkit.core.state import Component, Link, Session
from rosterkit.core.world import Settings
from rosterkit.errors import BAD_REQUEST


def block(*jids: str) -> str:
    """The request to block some JIDs."""
    items = "".join(f"<item jid='{text}'/>" for text in jids)
    return f"<block xmlns='{blocking.NAMESPACE}'>{items}</block>"


class Rehearsed(RosterServer):
    """Does every input twice: the first time it is taken back, and the world must be what it was before."""

    links: list[Link]
    inputs = 0

    def open(self, link: Link, now: float) -> list[Effect]:
        """A link opens."""
        if link not in self.links:
            self.links.append(link)
        return self._twice(lambda: super(Rehearsed, self).open(link, now))

    def receive(self, link: Link, stanza: Stanza, now: float) -> list[Effect]:
        """A stanza is read."""
        return self._twice(lambda: super(Rehearsed, self).receive(link, stanza, now))

    def lose(self, link: Link, now: float) -> list[Effect]:
        """A link is lost."""
        return self._twice(lambda: super(Rehearsed, self).lose(link, now))

    def command(self, command: Command, now: float) -> list[Effect]:
        """A command is given."""
        return self._twice(lambda: super(Rehearsed, self).command(command, now))

    def _twice(self, do: Callable[[], list[Effect]]) -> list[Effect]:
        self.inputs += 1
        before = self.snapshot()
        first = do()
        self.roll_back()
        assert self.snapshot() == before, "taking the input back has left a trace"
        second = do()
        assert sorted(map(shape, second)) == sorted(map(shape, first)), "done again, it is something else"
        return second

    def snapshot(self) -> dict[str, Any]:
        """Everything that the world holds, deeply; who is who by identity."""
        world = self.world
        return {
            "accounts": {
                bare: (id(a), a.jid, id(a.roster), deep(a.roster), dict(a.credentials), dict(a.sessions))
                for bare, a in world.accounts.items()
            },
            "components": dict(world.components),
            "links": [
                (
                    id(link),
                    link.presence,
                    link.interested,
                    link.follows_blocklist,
                    link.directed,
                    link.account,
                    link.jid,
                )
                for link in self.links
                if isinstance(link, Session)
            ],
            "in flight": list(world.queue),
            "effects": world.take(),
        }


def deep(roster: Any) -> tuple[Any, ...]:
    """A roster's content, copied."""
    return roster.version, dict(roster.items), dict(roster.requests), tuple(roster.log), list(roster.blocked)


def shape(effect: Effect) -> str:
    """What an effect is, without the ids and versions that are drawn anew."""
    if isinstance(effect, Push):
        return f"push {[session.jid.full for session, _ in effect.receivers]} {effect.item}"
    if isinstance(effect, Save):
        item, blocked = effect.roster.items.get(effect.contact), effect.contact in effect.roster.blocked
        return f"save {effect.account} {effect.contact} {item} {blocked}"
    if isinstance(effect, SaveAccount):
        return f"save account {effect.account} {effect.credentials} {effect.roster is None}"
    if isinstance(effect, SendRoster):
        return f"roster {sorted(effect.roster.items)}"
    if isinstance(effect, Send):
        stanza = effect.stanza
        return f"send {id(effect.link)} {effect.to} {type(stanza)} {stanza.type} {stanza.sender} {stanza.body!r}"
    return f"close {id(effect.link)} {effect.error}"


class RehearsedRig(Rig):
    """A network whose every input is rehearsed."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.server: Rehearsed = Rehearsed(self.world)
        self.server.links = []


@pytest.fixture
def rig() -> RehearsedRig:
    """A network with registration, a component to come, and two local domains."""
    return RehearsedRig(settings=Settings(registration=True, history=5), expected=("late.test",))


def test_a_long_conversation(rig: RehearsedRig) -> None:
    """Each kind of input, one after another, leaves no trace when it is taken back (decision 1)."""
    one, two, other = rig.login("juliet"), rig.login("juliet", "b", -1), rig.login("romeo")
    far = rig.component("far.test")
    rig.befriend(one, other)
    for kind in ("subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", ""):
        one.presence(kind, FAR)
        far.presence(kind, FAR, JULIET)
        one.presence(kind, ROMEO)
        other.presence(kind, f"{JULIET}/b")
        one.presence(kind, "x@nowhere.test")
    one.set_item("<item jid='romeo@localhost' name='R'><group>a</group></item>")
    one.set_item("<item jid='@'/>")
    one.presence("subscribe", "nurse@localhost")
    rig.login("nurse").set_item(f"<item jid='{JULIET}'/>")
    one.set_item("<item jid='nurse@localhost' subscription='remove'/>")
    one.presence("subscribed", "nurse@localhost")
    rig.login("nurse", "b").presence("subscribe", JULIET)
    two.get_roster(rig.account("juliet").roster.log[0].version)
    for end in (one, other):
        end.presence("unavailable")
        end.message(JULIET, "chat")
        end.presence()
    one.presence(to=f"{FAR}/x")
    one.presence(to="nurse@localhost/b")
    one.iq("get", f"<blocklist xmlns='{blocking.NAMESPACE}'/>")
    one.iq("set", block("romeo@localhost", "far.test", f"{JULIET}/b"))
    one.iq("set", block("romeo@localhost", "far.test", "nurse@localhost/b"))
    other.message(JULIET)
    other.presence("probe", JULIET)
    one.presence(to=ROMEO)
    one.presence()
    one.iq("set", f"<unblock xmlns='{blocking.NAMESPACE}'/>")
    newer = rig.connect("juliet", "a")
    newer.get_roster("unknown")
    newer.presence(to=f"{FAR}/x")
    newer.send(Presence(sender=jid.parse(ROMEO)))
    other.iq("set", "<query xmlns='jabber:iq:register'><password>new</password></query>")
    rig.guest().iq("set", "<query xmlns='jabber:iq:register'><username>x</username><password>y</password></query>")
    rig.apply(rig.server.command(AddAccount(jid.parse(ROMEO), {}), 0.0))
    far.send(Message("chat", None, jid.parse(JULIET), jid.parse(ROMEO)))
    rig.component("far.test").leave()
    rig.apply(rig.server.command(RemoveAccount(jid.parse(JULIET)), 0.0))
    other.iq("set", "<query xmlns='jabber:iq:register'><remove/></query>")
    assert set(rig.world.accounts) == {"nurse@localhost", "x@localhost"}
    assert rig.server.inputs > 70


def test_a_rule_that_fails_leaves_no_trace(rig: RehearsedRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a rule raises half way, taking back also drops what was in flight and the effects so far."""
    one, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(one, other)
    before = rig.server.snapshot()

    def fail(world: object, account: object) -> None:
        presence.lost(rig.world, one.link)
        raise RuntimeError

    monkeypatch.setattr(accounts, "remove", fail)
    with pytest.raises(RuntimeError):
        one.iq("set", "<query xmlns='jabber:iq:register'><remove/></query>")
    rig.server.roll_back()
    assert rig.server.snapshot() == before
    one.message(ROMEO)
    assert other.seen() == [f"message normal from {JULIET}/a"]


def test_several_inputs_are_taken_back_together() -> None:
    """Without a commit between them, all inputs of a turn are taken back in one go (decision 1)."""
    rig = RehearsedRig()
    one, other = rig.login("juliet"), rig.login("romeo")
    before = rig.server.snapshot()
    server = RosterServer(rig.world)
    newer = Session(one.link.account, one.jid)
    server.receive(one.link, Presence("subscribe", None, jid.parse(ROMEO)), 0.0)
    server.receive(other.link, Presence("subscribed", None, jid.parse(JULIET)), 0.0)
    server.receive(one.link, Presence("unavailable"), 0.0)
    server.open(newer, 0.0)
    server.receive(newer, Presence(), 0.0)
    server.open(Component("far.test"), 0.0)
    server.command(RemoveAccount(jid.parse(JULIET)), 0.0)
    server.roll_back()
    assert rig.server.snapshot() == before


# Anything at all

ADDRESSES = [
    None,
    *(JULIET, ROMEO, "nurse@localhost", "nobody@localhost", "localhost", "localhost/x"),
    *(f"{JULIET}/a", f"{JULIET}/b", f"{ROMEO}/a", f"{ROMEO}/gone", "far.test", FAR, f"{FAR}/x"),
    *("x@late.test", "x@nowhere.test"),
]
PAYLOADS = [
    *(f"<query xmlns='{ROSTER}'/>", f"<query xmlns='{ROSTER}' ver=''/>"),
    *(
        f"<query xmlns='{ROSTER}'><item jid='{to}' name='n'><group>g</group></item></query>"
        for to in (ROMEO, FAR, "@")
    ),
    *(f"<query xmlns='{ROSTER}'><item jid='{to}' subscription='remove'/></query>" for to in (JULIET, ROMEO, FAR)),
    *("<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<x/>"),
    *(block(ROMEO, FAR), block("localhost"), block(f"{ROMEO}/a", f"{FAR}/x"), block("far.test", "@")),
    *(f"<unblock xmlns='{blocking.NAMESPACE}'/>", f"<blocklist xmlns='{blocking.NAMESPACE}'/>"),
    *("<query xmlns='jabber:iq:register'/>", "<query xmlns='jabber:iq:register'><password>p</password></query>"),
]
REMOVE = "<query xmlns='jabber:iq:register'><remove/></query>"


class Crowd:
    """Clients and a component that do anything, from one seed."""

    def __init__(self, rig: RehearsedRig, random: Random) -> None:
        self.rig, self.random = rig, random
        self.clients: list[Client] = []
        self.far: Far = rig.component("far.test")

    def address(self) -> jid.Jid | None:
        """Somebody, or nobody."""
        text = self.random.choice(ADDRESSES)
        return jid.parse(text) if text else None

    def stanza(self) -> Stanza:
        """Any stanza; now and then one with a fault."""
        choose = self.random.choice
        kind, to = choose(["iq", "iq", "message", "presence", "presence", "presence", "presence"]), self.address()
        made: Stanza
        if kind == "message":
            made = Message(choose(sorted(MESSAGE_TYPES)), choose(["m", None]), to)
        elif kind == "presence":
            type = choose([*sorted(PRESENCE_TYPES), "subscribe", "subscribed", "", ""])
            made = Presence(type, None, to, body=choose([b"", b"<x xmlns='urn:x'/>"]), priority=choose([-1, 0, 5]))
        elif choose([True, True, False]):
            made = Iq(choose(["get", "set"]), "i", to, child=etree.fromstring(choose(PAYLOADS)))
        else:
            made = Iq(choose(["result", "error"]), "i", to)
        made.fault = BAD_REQUEST if self.random.random() < 0.02 else None
        return made

    def act(self) -> None:
        """One input."""
        roll, choose = self.random.random(), self.random.choice
        accounts = sorted(self.rig.world.accounts)
        if roll < 0.15 and accounts:
            self.clients.append(self.rig.connect(choose(accounts), choose("ab")))
        elif roll < 0.20 and self.clients:
            choose(self.clients).leave()
        elif roll < 0.22:
            address = jid.parse(choose([JULIET, ROMEO, "nurse@localhost"]))
            commands: list[Command] = [AddAccount(address, {}), RemoveAccount(address)]
            self.rig.apply(self.rig.server.command(choose(commands), 0.0))
        elif roll < 0.24:
            self.far.leave()
            self.far = self.rig.component("far.test")
        elif roll < 0.245 and self.clients:
            choose(self.clients).iq("set", REMOVE)
        elif roll < 0.45:
            stanza = self.stanza()
            stanza.sender = jid.parse(choose(["far.test", FAR, f"{FAR}/x", "mercutio@far.test"]))
            stanza.to = stanza.to or jid.parse(JULIET)
            self.far.send(stanza)
        elif self.clients:
            choose(self.clients[-6:]).send(self.stanza())


@pytest.mark.parametrize("seed", range(6))
def test_anything_at_all(rig: RehearsedRig, seed: int) -> None:
    """Whatever comes in any order: no rule raises, no trace is left, and what is stored is what is known."""
    crowd = Crowd(rig, Random(seed))
    for _ in range(150):
        crowd.act()
        for account in rig.world.accounts.values():
            for contact in {*account.roster.items, *account.roster.requests}:
                assert account.roster.state(contact)
            assert account.jid.bare not in {*account.roster.items, *account.roster.requests}
    assert {bare: roster for bare, _, roster in rig.store.load()} == {
        bare: account.roster for bare, account in rig.world.accounts.items()
    }
