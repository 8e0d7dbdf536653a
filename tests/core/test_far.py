"""The far world: a server for other domains, which reaches everybody else by one uplink."""

from __future__ import annotations

import itertools

import pytest
from lxml import etree
from rig import Rig
from staged import JULIET, REMOTE, Staged

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount
from rosterkit.core.effects import Send
from rosterkit.core.far import arriving, far_server
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.state import Session, Uplink
from rosterkit.core.subscription import State

TYBALT = jid.parse(REMOTE)


class FarRig:
    """A far world with tybalt in it, one of whose resources is available."""

    def __init__(self) -> None:
        numbers = itertools.count(1)
        self.server: RosterServer
        self.uplink: Uplink
        self.server, self.uplink = far_server(lambda: f"id{next(numbers)}", lambda: f"v{next(numbers)}")
        self.world = self.server.world
        self.world.domains |= {"far.test", "farther.test"}
        self.server.command(AddAccount(TYBALT, {}), 0.0)
        self.session = Session(self.world.accounts[REMOTE], TYBALT.with_resource("a"))
        self.server.open(self.session, 0.0)
        self.server.receive(self.session, Presence(), 0.0)

    def comes(self, stanza: Stanza, sender: str | None, to: str | None) -> list[Send]:
        """What a stanza leads to that comes by the uplink."""
        stanza.sender, stanza.to = jid.parse(sender) if sender else None, jid.parse(to) if to else None
        effects = self.server.receive(self.uplink, stanza, 0.0)
        self.server.commit()
        return [effect for effect in effects if isinstance(effect, Send)]


def test_whatever_is_for_somebody_else_goes_up() -> None:
    """Every kind of stanza for any other domain, with the address that it has; nothing is unreachable."""
    far = FarRig()
    for stanza in (
        Message("chat"),
        Presence("subscribe"),
        Presence(),
        Iq("get", "1", child=etree.fromstring("<x xmlns='y'/>")),
    ):
        stanza.to = jid.parse("juliet@anywhere.test/x")
        sent = [e for e in far.server.receive(far.session, stanza, 0.0) if isinstance(e, Send)]
        assert [(e.link, e.stanza.sender.domain) for e in sent] == [(far.uplink, "far.test")]  # type: ignore[union-attr]
        expected = "juliet@anywhere.test" if stanza.type == "subscribe" else "juliet@anywhere.test/x"
        assert sent[0].to == expected
    assert far.world.unreachable("nowhere.test") is None


def test_between_its_own_domains_nothing_goes_up() -> None:
    """Two remote contacts are neighbours there."""
    far = FarRig()
    paris = jid.parse("paris@farther.test")
    far.server.command(AddAccount(paris, {}), 0.0)
    other = Session(far.world.accounts[paris.bare], paris.with_resource("b"))
    far.server.open(other, 0.0)
    effects = far.server.receive(far.session, Message("chat", to=other.jid), 0.0)
    assert [effect.link for effect in effects if isinstance(effect, Send)] == [other]


def test_what_comes_down_passes_the_same_rules_as_from_a_component() -> None:
    """A request is kept and delivered, a probe is answered, a message reaches the resource, an iq its answer."""
    far = FarRig()
    (asked,) = far.comes(Presence("subscribe", "s"), JULIET, REMOTE)
    assert asked.link is far.session and far.world.accounts[REMOTE].roster.state(JULIET) is State.NONE_IN
    (denied,) = far.comes(Presence("probe"), JULIET, REMOTE)
    assert (denied.link, denied.stanza.type, denied.to) == (far.uplink, "unsubscribed", JULIET)
    (message,) = far.comes(Message("chat"), f"{JULIET}/a", REMOTE)
    assert message.link is far.session
    (answer,) = far.comes(
        Iq("get", "1", child=etree.fromstring("<ping xmlns='urn:xmpp:ping'/>")), f"{JULIET}/a", "far.test"
    )
    assert (answer.link, answer.stanza.type, answer.to) == (far.uplink, "result", f"{JULIET}/a")


@pytest.mark.parametrize(
    ("sender", "to"),
    [(None, REMOTE), (JULIET, None), ("paris@farther.test", REMOTE), (JULIET, "x@else.test"), ("far.test", REMOTE)],
)  # fmt: skip
def test_what_cannot_have_come_by_the_uplink_has_no_effect(sender: str | None, to: str | None) -> None:
    """A sender of its own domains, no sender, or a receiver elsewhere: nothing goes round in circles."""
    far = FarRig()
    assert far.comes(Message("chat"), sender, to) == []
    assert far.comes(Presence("subscribe"), sender, to) == []


def test_a_network_without_an_uplink_takes_nothing_by_one() -> None:
    """Somebody else's uplink is no link of it, and unknown domains stay unknown."""
    rig = Rig()
    other = rig.login("romeo")
    stanza = Message("chat", to=other.jid, sender=TYBALT)
    assert rig.server.receive(Uplink(), stanza, 0.0) == []
    assert rig.world.unreachable("nowhere.test") is not None


def test_an_arriving_stanza_is_another_value_with_both_addresses() -> None:
    """The one that was sent may go to others with other addresses."""
    sent = Presence(sender=TYBALT.with_resource("a"), body=b"<show>xa</show>", priority=3)
    came = arriving(Send(Uplink(), sent, JULIET))
    assert came is not sent and sent.to is None
    assert (came.to, came.sender, came.body) == (jid.parse(JULIET), sent.sender, sent.body)
    assert isinstance(came, Presence) and came.priority == 3


# As a part of the network


def test_a_remote_domain_is_like_a_component() -> None:
    """The domain answers for itself; who is not there is silent, and no stranger learns who is (§8.5.1)."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(REMOTE)
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>", "far.test", id="p")
    client.iq("get", "<query xmlns='jabber:iq:version'/>", f"{REMOTE}/rosterkit", id="q")
    client.presence("subscribe", "nobody@far.test")
    client.message("nobody@far.test")
    assert client.seen() == [
        "result p",
        "error q service-unavailable",
        "push nobody@far.test subscription=none ask=yes",
        "message error service-unavailable from nobody@far.test",
    ]


def test_the_users_server_probes_a_remote_contact() -> None:
    """A resource of the user that comes later learns of every resource of the contact (§4.2, §4.3)."""
    rig = Staged()
    first = rig.login("juliet")
    rig.contact(REMOTE, resources=[{"name": "a", "show": "away"}, {"name": "b"}])
    first.presence("subscribe", REMOTE)
    first.take()
    second = rig.connect("juliet", "second")
    second.presence()
    assert second.seen() == [
        f"presence available from {JULIET}/second",
        f"presence available from {JULIET}/a",
        f"presence available from {REMOTE}/a",
        f"presence available from {REMOTE}/b",
    ]


def test_a_contact_may_be_a_domain() -> None:
    """A gateway is subscribed to as a whole (XEP-0100)."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact("gateway.test", subscribe_back=True)
    client.presence("subscribe", "gateway.test")
    assert "presence available from gateway.test/rosterkit" in client.seen()
    assert rig.holds("gateway.test") is State.FROM_OUT
