"""An uplink that comes and goes: what has no way meanwhile, and what is said again when it is back."""

from __future__ import annotations

import pytest
from lxml import etree
from rig import Client, End, Rig

from rosterkit.core import jid
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.state import Uplink
from rosterkit.core.subscription import State
from rosterkit.errors import BAD_REQUEST

NURSE, PETER = "nurse@contacts.test", "peter@contacts.test"
JULIET, ROMEO = "juliet@localhost", "romeo@localhost"


class Up(End):
    """The server at the other end of the uplink."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig, Uplink(up=False))
        assert isinstance(self.link, Uplink)
        rig.world.uplink = self.link

    def come(self) -> list[str]:
        """The link leads to a server; what that is told."""
        self.rig.apply(self.rig.server.open(self.link, self.rig.now))
        return self.addressed()

    def go(self) -> None:
        """The link leads nowhere."""
        self.rig.apply(self.rig.server.lose(self.link, self.rig.now))

    def brings(self, stanza: Stanza, sender: str | None, to: str | None) -> None:
        """A stanza comes from elsewhere."""
        stanza.sender, stanza.to = jid.parse(sender) if sender else None, jid.parse(to) if to else None
        self.send(stanza)


@pytest.fixture
def rig() -> Rig:
    """A network for one domain, joined to a server that is not there yet."""
    return Rig((NURSE, PETER), domains=("contacts.test",))


@pytest.fixture
def up(rig: Rig) -> Up:
    """Its uplink."""
    return Up(rig)


def befriended(rig: Rig, up: Up) -> Client:
    """The nurse, online, whom juliet sees and who sees romeo; she has asked juliet too, who has not answered."""
    up.come()
    nurse = rig.login(NURSE)
    up.brings(Presence("subscribe"), JULIET, NURSE)
    nurse.presence("subscribed", JULIET)
    nurse.presence("subscribe", ROMEO)
    up.brings(Presence("subscribed"), ROMEO, NURSE)
    nurse.presence("subscribe", JULIET)
    assert rig.state(NURSE, JULIET) is State.FROM_OUT and rig.state(NURSE, ROMEO) is State.TO
    nurse.take()
    up.take()
    return nurse


@pytest.mark.parametrize("type", ["subscribe", "subscribed", "unsubscribed", "", "probe"])
def test_without_a_server_there_is_no_way(rig: Rig, up: Up, type: str) -> None:
    """Whoever says something to somebody elsewhere hears remote-server-timeout: it may be there soon."""
    nurse = rig.login(NURSE)
    up.come()
    up.brings(Presence("subscribe"), JULIET, NURSE)
    up.go()
    nurse.take()
    nurse.presence(type, JULIET)
    nurse.message(JULIET)
    assert [line for line in nurse.seen() if "error" in line] == [
        f"presence error remote-server-timeout from {JULIET}",
        f"message error remote-server-timeout from {JULIET}",
    ]
    assert up.take() == []


def test_between_neighbours_nothing_is_missing(rig: Rig, up: Up) -> None:
    """Those of its own domain reach each other all the same."""
    nurse, peter = rig.login(NURSE), rig.login(PETER)
    rig.befriend(nurse, peter)
    nurse.message(peter.jid.full)
    assert peter.seen() == [f"message normal from {nurse.jid.full}"]
    up.come()
    assert peter.seen() == [] and up.take() == []


def test_what_comes_while_it_is_down_is_nobody_s(rig: Rig, up: Up) -> None:
    """Bytes that were read after the end count for nothing."""
    nurse = rig.login(NURSE)
    up.brings(Message("chat"), JULIET, nurse.jid.full)
    assert nurse.take() == []
    up.come()
    up.brings(Message("chat"), JULIET, nurse.jid.full)
    assert nurse.seen() == [f"message chat from {JULIET}"]


def test_a_server_that_comes_back_is_told_what_it_may_have_forgotten(rig: Rig, up: Up) -> None:
    """Requests that wait (RFC 6121 §3.1.2), the presence of each resource to those who may see it (§4.2.2), probes
    of those who are seen (§4.3.1); what is broadcast while it is away is not lost thereby.
    """
    nurse = befriended(rig, up)
    up.go()
    nurse.presence(body="<show>away</show>")
    other = rig.connect(NURSE, "b")
    other.presence()
    assert up.take() == []
    assert up.come() == [
        f"presence subscribe from {NURSE} to {JULIET}",
        f"presence available from {NURSE}/a to {JULIET}",
        f"presence available from {NURSE}/b to {JULIET}",
        f"presence probe from {NURSE} to {ROMEO}",
    ]


def test_who_is_offline_shows_nothing(rig: Rig, up: Up) -> None:
    """No presence and no probe; the request that waits is the account's and is made all the same."""
    nurse = befriended(rig, up)
    nurse.presence("unavailable")
    up.go()
    up.take()
    assert up.come() == [f"presence subscribe from {NURSE} to {JULIET}"]


def test_a_probe_while_it_is_up_is_answered(rig: Rig, up: Up) -> None:
    """The user's server finds out about a contact as from any other server."""
    befriended(rig, up)
    up.brings(Presence("probe"), JULIET, NURSE)
    assert up.addressed() == [f"presence available from {NURSE}/a to {JULIET}"]


def test_who_is_blocked_is_told_nothing(rig: Rig, up: Up) -> None:
    """XEP-0191 §3.3: neither presence nor probe, nor that anything is asked."""
    nurse = befriended(rig, up)
    nurse.iq("set", "<block xmlns='urn:xmpp:blocking'><item jid='localhost'/></block>")
    up.go()
    up.take()
    assert up.come() == []


def test_another_uplink_is_none_of_its(rig: Rig, up: Up) -> None:
    """What somebody else's link does changes nothing here."""
    befriended(rig, up)
    stranger = Uplink()
    assert rig.server.open(stranger, 0.0) == []
    rig.server.lose(stranger, 0.0)
    up.brings(Presence("probe"), JULIET, NURSE)
    assert up.take() != []


def test_a_failed_commit_takes_the_coming_back(rig: Rig, up: Up) -> None:
    """Whether it is up is a change like any other."""
    rig.server.open(up.link, 0.0)
    rig.server.roll_back()
    assert rig.world.unreachable("localhost") is not None


def test_what_is_wrong_is_answered_to_whoever_sent_it(rig: Rig, up: Up) -> None:
    """An iq that cannot be read gets its error, an error none, and without a proper sender there is nobody."""
    rig.login(NURSE)
    up.come()
    for type, sender in (("get", JULIET), ("error", JULIET), ("get", None), ("get", "nobody@contacts.test")):
        iq = Iq(type, "1")
        iq.fault = BAD_REQUEST
        up.brings(iq, sender, NURSE)
    assert up.addressed() == [f"error 1 bad-request to {JULIET}"]


def test_requests_of_the_domain_are_answered(rig: Rig, up: Up) -> None:
    """A server may ask who that is."""
    up.come()
    up.brings(Iq("get", "p", child=etree.fromstring("<ping xmlns='urn:xmpp:ping'/>")), JULIET, "contacts.test")
    assert up.addressed() == [f"result p to {JULIET}"]
