"""Subscription requests that wait for an answer: kept whole, delivered again, invisible in the roster (§3.1.3)."""

from __future__ import annotations

import pytest
from rig import Rig
from scene import FAR, JULIET, ROMEO, scene, stored

from rosterkit.core import jid
from rosterkit.core.roster import Item, Kept
from rosterkit.core.stanza import Presence
from rosterkit.core.subscription import State


def test_a_request_is_kept_whole_and_delivered_at_every_initial_presence() -> None:
    """Kept with all children until answered; delivered again whenever any resource becomes available (§3.1.3)."""
    rig = Rig()
    body = "<nick xmlns='http://jabber.org/protocol/nick'>Romeo</nick><status>hi</status>"
    rig.login("romeo").presence("subscribe", JULIET, body)
    client = rig.connect("juliet", "a")
    client.presence()
    for _ in range(2):
        asked = [stanza for stanza in client.stanzas() if stanza.type == "subscribe"]
        assert [(stanza.sender.full, stanza.body) for stanza in asked] == [(ROMEO, body.encode())]  # type: ignore[union-attr]
        client.presence()
        assert not any("subscribe" in line for line in client.seen())
        client.presence("unavailable")
        client.presence()
    other = rig.connect("juliet", "b")
    other.presence()
    client.take()
    assert other.addressed()[-1] == f"presence subscribe from {ROMEO} to {JULIET}"
    assert client.seen() == []


def test_a_request_is_kept_also_when_it_was_delivered() -> None:
    """A request that an available resource has seen is kept all the same (§3.1.3)."""
    rig = Rig()
    client = rig.login("juliet")
    rig.login("romeo").presence("subscribe", JULIET)
    client.leave()
    again = rig.connect("juliet")
    again.presence()
    assert f"presence subscribe from {ROMEO}" in again.seen()


def test_a_kept_request_survives_a_restart() -> None:
    """A kept request is stored with its children (§3.1.3)."""
    rig = Rig()
    rig.login("romeo").presence("subscribe", JULIET, "<status>hi</status>")
    client = rig.restarted().connect("juliet")
    client.presence()
    (asked,) = (stanza for stanza in client.stanzas() if stanza.type == "subscribe")
    assert (asked.sender.full, asked.body) == (ROMEO, b"<status>hi</status>")  # type: ignore[union-attr]


def test_one_request_per_sender_and_the_newest_wins() -> None:
    """A repeated request is not delivered again now; the newest one is kept, also in its place (§3.1.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.presence("subscribe", FAR, JULIET, "<status>1</status>")
    far.presence("subscribe", f"{FAR}/x", JULIET, "<status>2</status>")
    assert client.seen() == [f"presence subscribe from {FAR}"]
    again = rig.connect("juliet", "b")
    again.presence()
    asked = [stanza.body for stanza in again.stanzas() if stanza.type == "subscribe"]
    assert asked == [b"<status>2</status>"]
    restarted = rig.restarted().connect("juliet")
    restarted.presence()
    assert [s.body for s in restarted.stanzas() if s.type == "subscribe"] == [b"<status>2</status>"]


def test_a_request_keeps_its_id_and_language() -> None:
    """The complete stanza is kept (§3.1.3) and delivered later as it was, over a restart too."""
    rig = Rig()
    rig.connect("romeo").send(
        Presence("subscribe", "s1", jid.parse(JULIET), lang="de", body=b"<status>Hallo</status>")
    )
    for place in (rig, rig.restarted()):
        client = place.connect("juliet", "late")
        client.presence()
        (asked,) = [stanza for stanza in client.stanzas() if stanza.type == "subscribe"]
        assert (asked.id, asked.lang, asked.body) == ("s1", "de", b"<status>Hallo</status>")


def test_other_stanzas_of_the_asker_leave_the_request_whole() -> None:
    """What else comes from or goes to the asker does not replace the kept request (§3.1.3)."""
    rig, client, far = scene(State.NONE_OUT)
    far.presence("subscribe", FAR, JULIET, "<status>please</status>")
    far.presence("subscribed", FAR, JULIET, "<status>yes</status>")
    far.presence("unsubscribed", FAR, JULIET, "<status>no</status>")
    client.presence("subscribe", FAR, "<status>me too</status>")
    client.presence("unsubscribe", FAR)
    client.set_item(f"<item jid='{FAR}' name='T'/>")
    assert dict(rig.account("juliet").roster.requests) == {FAR: Kept(b"<status>please</status>")}


def test_requests_of_several_senders_are_all_kept() -> None:
    """Each sender has a kept request of its own; a roster change loses none of them (§3.1.3)."""
    rig = Rig()
    client, far = rig.connect("juliet"), rig.component("far.test")
    for name in "abc":
        far.presence("subscribe", f"{name}@far.test", JULIET)
    client.set_item("<item jid='a@far.test' name='A'/>")
    client.set_item("<item jid='x@far.test'/>", id="2")
    client.set_item("<item jid='x@far.test' subscription='remove'/>", id="3")
    client.presence("subscribed", "b@far.test")
    client.take()
    client.presence()
    assert [line for line in client.seen() if "subscribe " in line] == [
        "presence subscribe from a@far.test",
        "presence subscribe from c@far.test",
    ]


@pytest.mark.parametrize("answer", ["subscribed", "unsubscribed"])
def test_an_answered_request_is_gone(answer: str) -> None:
    """An answered request is not delivered again (§3.1.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.presence("subscribe", FAR, JULIET)
    client.presence(answer, FAR)
    other = rig.connect("juliet", "b")
    other.presence()
    assert not any("subscribe " in line for line in other.seen())
    assert dict(rig.account("juliet").roster.requests) == {}


def test_a_withdrawn_request_is_gone() -> None:
    """Pending In and an inbound unsubscribe: the request is dropped and the user is told (§3.3.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.presence("subscribe", FAR, JULIET)
    far.presence("unsubscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}", f"presence unsubscribe from {FAR}"]
    assert dict(rig.account("juliet").roster.requests) == {}
    assert stored(rig) is State.NONE


def test_a_denied_request_may_come_again() -> None:
    """After a denial a new request is delivered (§A.3.1)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.presence("subscribe", FAR, JULIET)
    client.presence("unsubscribed", FAR)
    client.take()
    far.presence("subscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}"]


def test_pending_in_is_invisible_and_pending_out_is_not() -> None:
    """A request in is neither in results nor pushed; a request out is none with ask (§3.1.2, §3.1.3)."""
    rig, client, far = scene(State.NONE)
    far.presence("subscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}"]
    assert dict(rig.account("juliet").roster.items) == {}
    client.presence("subscribe", FAR)
    assert client.seen() == [f"push {FAR} subscription=none ask=yes"]
    assert dict(rig.account("juliet").roster.items) == {FAR: Item(FAR, ask=True)}


def test_denying_somebody_invisible_pushes_nothing() -> None:
    """A denied request that made no entry leaves no entry (§3.2.2)."""
    rig, client, _ = scene(State.NONE_IN)
    client.presence("unsubscribed", FAR)
    assert client.seen() == [] and dict(rig.account("juliet").roster.items) == {}
