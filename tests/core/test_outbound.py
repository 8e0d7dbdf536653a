"""What clients and components send, before it reaches anybody: stamping, faults, missing and false addresses."""

from __future__ import annotations

import pytest
from lxml import etree
from rig import Far, Rig
from scene import FAR, JULIET, ROMEO

from rosterkit.core import jid
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.subscription import State
from rosterkit.errors import BAD_REQUEST, JID_MALFORMED

#: What the decoder leaves in `sender` where a `from` is no JID.
MALFORMED = jid.Jid("", "", "", "", "")
PING = "<ping xmlns='urn:xmpp:ping'/>"


def stanza(kind: str, to: str | None = None, sender: jid.Jid | None = None) -> Stanza:
    """A stanza of one of the three kinds."""
    address = jid.parse(to) if to else None
    if kind == "iq":
        return Iq("get", "1", address, sender, child=etree.fromstring(PING))
    return Message("chat", "1", address, sender) if kind == "message" else Presence("", "1", address, sender)


KINDS = pytest.mark.parametrize("kind", ["iq", "message", "presence"])


# The sender (RFC 6120 §8.1.2.1)


@KINDS
@pytest.mark.parametrize("claimed", [None, JULIET, f"{JULIET}/a"])
def test_the_sender_is_stamped(kind: str, claimed: str | None) -> None:
    """No `from`, the own bare or the own full JID: the stanza goes out from the full JID (RFC 6120 §8.1.2.1)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.send(stanza(kind, FAR, jid.parse(claimed) if claimed else None))
    (got,) = far.stanzas()
    assert got.sender is not None and got.sender.full == f"{JULIET}/a"


@KINDS
@pytest.mark.parametrize("claimed", [ROMEO, f"{ROMEO}/a", f"{JULIET}/b", "localhost", FAR, None])
def test_another_sender_ends_the_stream(kind: str, claimed: str | None) -> None:
    """Any other `from`, also another own resource or no JID at all, ends the stream with invalid-from
    (RFC 6120 §4.9.3.9, §8.1.2.1)."""
    rig = Rig()
    client, second, other = rig.login("juliet"), rig.login("juliet", "b"), rig.login("romeo")
    rig.befriend(client, other)
    second.take()
    client.send(stanza(kind, ROMEO, jid.parse(claimed) if claimed else MALFORMED))
    assert client.closed is not None and client.closed.condition == "invalid-from"
    assert client.seen() == []
    assert other.seen() == second.seen() == [f"presence unavailable from {JULIET}/a"]
    assert second.closed is other.closed is None
    client.presence()
    assert other.seen() == [], "from a stream that has ended nothing counts"


def test_a_false_sender_is_found_before_anything_else_is_wrong() -> None:
    """invalid-from goes before a fault of the header (RFC 6120 §8.1.2.1)."""
    client = Rig().login("juliet")
    client.send(Iq("get", None, sender=jid.parse(ROMEO), fault=BAD_REQUEST))
    assert client.closed is not None and client.seen() == []


# Faults (RFC 6120 §8.1, §8.2.3)


@pytest.mark.parametrize("fault", [BAD_REQUEST, JID_MALFORMED])
@pytest.mark.parametrize(
    "wrong",
    [
        Iq("get", None),
        Iq("set", "1"),
        Iq("nonsense", "1"),
        Message("chat", "1"),
        Presence("nonsense", "1"),
        Presence("subscribe", "1"),
    ],
    ids=lambda wrong: f"{type(wrong).__name__} {wrong.type}",
)
def test_a_fault_is_answered_and_nothing_else_happens(wrong: Stanza, fault: object) -> None:
    """A header that is wrong is answered with what is wrong; the stream lives (RFC 6120 §8.2.3, §8.1.1.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    wrong.sender, wrong.fault, wrong.memo = None, fault, None  # type: ignore[assignment]
    before = rig.account("juliet").roster
    client.send(wrong)
    (answer,) = client.take()
    assert (answer.stanza.type, answer.stanza.id, answer.to) == ("error", wrong.id, f"{JULIET}/a")  # type: ignore[union-attr]
    assert type(answer.stanza) is type(wrong)  # type: ignore[union-attr]
    assert fault.condition.encode() in answer.stanza.body  # type: ignore[attr-defined,union-attr]
    assert other.seen() == [] and rig.account("juliet").roster is before and client.closed is None


@pytest.mark.parametrize("wrong", [Iq("result", None), Iq("error", None), Message("error"), Presence("error")])
def test_answers_and_errors_with_a_fault_are_not_answered(wrong: Stanza) -> None:
    """An error is never answered with an error, nor is a result (RFC 6120 §8.3.1)."""
    client = Rig().login("juliet")
    wrong.sender, wrong.fault = None, BAD_REQUEST
    client.send(wrong)
    assert client.seen() == [] and client.closed is None


# No `to`, and presence types


def test_presence_without_to_is_broadcast() -> None:
    """No type: to all who may see it; the same for unavailable (§4.2.2, §4.5.2)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.presence()
    client.presence("unavailable")
    assert other.seen() == [f"presence available from {JULIET}/a", f"presence unavailable from {JULIET}/a"]


@pytest.mark.parametrize("type", ["subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe"])
def test_other_presence_without_to_is_refused(type: str) -> None:
    """The other types name somebody: without `to` they are answered with bad-request (§3.1.1, §4.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.presence(type)
    assert client.seen() == ["presence error bad-request from nobody"]
    assert other.seen() == [] and rig.state("juliet", ROMEO) is State.BOTH


def test_presence_error_without_to_is_dropped() -> None:
    """An error is not answered and not broadcast (RFC 6120 §8.3.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.presence("error")
    assert (client.seen(), other.seen()) == ([], [])


def test_presence_error_reaches_the_named_resource() -> None:
    """Presence of type error goes to the full JID that it answers (RFC 6120 §8.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    client.presence("error", f"{ROMEO}/a")
    client.presence("error", ROMEO)
    assert other.addressed() == [f"presence error from {JULIET}/a to {ROMEO}/a"]


def test_iq_without_to_is_for_the_account() -> None:
    """The server answers for the account, from nobody (RFC 6120 §10.3.3)."""
    client = Rig().login("juliet")
    client.iq("get", PING)
    (answer,) = client.stanzas()
    assert (answer.type, answer.id, answer.sender) == ("result", "1", None)


# Domains that nobody answers for (RFC 6120 §10.4)


@pytest.mark.parametrize(
    ("domain", "condition"), [("nowhere.test", "remote-server-not-found"), ("late.test", "remote-server-timeout")]
)
@KINDS
def test_what_cannot_be_routed_is_answered(kind: str, domain: str, condition: str) -> None:
    """An unknown domain: remote-server-not-found; a component that is not connected: remote-server-timeout."""
    client = Rig(expected=("late.test",)).login("juliet")
    client.send(stanza(kind, f"x@{domain}/y"))
    (answer,) = client.take()
    assert (answer.stanza.type, answer.to, answer.stanza.id) == ("error", f"{JULIET}/a", "1")  # type: ignore[union-attr]
    assert answer.stanza.sender.full == f"x@{domain}/y"  # type: ignore[union-attr]
    assert condition.encode() in answer.stanza.body  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", [Iq("result", "1"), Iq("error", "1"), Message("error"), Presence("error")])
def test_answers_that_cannot_be_routed_are_dropped(wrong: Stanza) -> None:
    """Errors and results for a domain that nobody answers for go nowhere and get no answer (RFC 6120 §8.3.1)."""
    client = Rig().login("juliet")
    wrong.sender, wrong.fault, wrong.to = None, None, jid.parse("x@nowhere.test")
    client.send(wrong)
    assert client.seen() == []


# Components (XEP-0114 §3)


def component(rig: Rig) -> Far:
    """The component that answers for far.test."""
    return rig.component("far.test")


@KINDS
@pytest.mark.parametrize("sender", ["far.test", FAR, f"{FAR}/x"])
def test_a_component_speaks_for_its_domain(kind: str, sender: str) -> None:
    """Every address at its own domain may be the sender, and is left as it is (XEP-0114 §3)."""
    rig = Rig()
    client = rig.login("juliet")
    component(rig).send(stanza(kind, f"{JULIET}/a", jid.parse(sender)))
    (got,) = client.stanzas()
    assert got.sender is not None and got.sender.full == sender


@KINDS
@pytest.mark.parametrize("sender", [ROMEO, "localhost", "tybalt@sub.far.test", "test", "tybalt@near.test", ""])
def test_a_component_that_speaks_for_others_is_closed(kind: str, sender: str) -> None:
    """A sender of another domain, or one that is no JID, ends the component with invalid-from (XEP-0114 §3)."""
    rig = Rig()
    client, far = rig.login("juliet"), component(rig)
    far.send(stanza(kind, f"{JULIET}/a", jid.parse(sender) if sender else MALFORMED))
    assert far.closed is not None and far.closed.condition == "invalid-from"
    assert client.seen() == far.seen() == []
    far.message(FAR, f"{JULIET}/a")
    assert client.seen() == [], "from a stream that has ended nothing counts"
    client.message(FAR)
    assert client.seen() == [f"message error remote-server-not-found from {FAR}"]


@KINDS
@pytest.mark.parametrize(("sender", "to"), [(None, JULIET), (FAR, None), (None, None)])
def test_a_component_without_addresses_is_closed(kind: str, sender: str | None, to: str | None) -> None:
    """A component's stanza needs both addresses: improper-addressing otherwise (RFC 6120 §4.9.3.7)."""
    far = component(Rig())
    far.send(stanza(kind, to, jid.parse(sender) if sender else None))
    assert far.closed is not None and far.closed.condition == "improper-addressing"


def test_a_components_fault_is_answered() -> None:
    """A wrong header, a malformed `to` too, is answered to the sender; the stream lives (RFC 6120 §8.1.1.1)."""
    far = component(Rig())
    far.send(Iq("get", "1", None, jid.parse(FAR), fault=JID_MALFORMED))
    assert far.addressed() == [f"error 1 jid-malformed to {FAR}"] and far.closed is None
    far.send(Message("error", "1", None, jid.parse(FAR), fault=JID_MALFORMED))
    assert far.seen() == [] and far.closed is None


@KINDS
def test_a_component_cannot_reach_what_nobody_answers_for(kind: str) -> None:
    """A component is told as a client is (RFC 6120 §10.4)."""
    far = component(Rig(expected=("late.test",)))
    for domain, condition in (("nowhere.test", "remote-server-not-found"), ("late.test", "remote-server-timeout")):
        far.send(stanza(kind, f"x@{domain}", jid.parse(FAR)))
        (answer,) = far.take()
        assert (answer.stanza.type, answer.to) == ("error", FAR)  # type: ignore[union-attr]
        assert condition.encode() in answer.stanza.body  # type: ignore[union-attr]


def test_components_reach_each_other() -> None:
    """What one component sends to another's domain arrives as it was sent (XEP-0114)."""
    rig = Rig()
    far, near = component(rig), rig.component("near.test")
    far.message(FAR, "x@near.test/y", "chat")
    assert near.addressed() == [f"message chat from {FAR} to x@near.test/y"]


def test_a_components_errors_are_not_answered() -> None:
    """An error to a missing account ends there (RFC 6120 §8.3.1)."""
    far = component(Rig())
    for to in ("nobody@localhost", "nobody@localhost/x", "localhost", ROMEO, "x@nowhere.test"):
        far.message(FAR, to, "error")
        far.send(Iq("error", "1", jid.parse(to), jid.parse(FAR)))
        far.presence("error", FAR, to)
    assert far.seen() == []
