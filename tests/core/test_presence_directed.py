"""Directed presence (§4.6): delivered without a subscription, remembered, and taken back once."""

from __future__ import annotations

import pytest
from rig import Client, Rig
from scene import FAR, JULIET, ROMEO, scene

from rosterkit.core.subscription import State

ENDS = pytest.mark.parametrize("end", ["unavailable", "lost"])
AVAILABLE = pytest.mark.parametrize("available", [True, False], ids=["available", "never available"])


def leave(client: Client, end: str) -> None:
    """End the resource's availability in one of two ways."""
    client.presence("unavailable") if end == "unavailable" else client.leave()


def stranger(rig: Rig, available: bool) -> Client:
    """Juliet, who has or has not sent initial presence."""
    return rig.login("juliet") if available else rig.connect("juliet")


@AVAILABLE
@pytest.mark.parametrize("to", [FAR, f"{FAR}/x"])
def test_it_goes_to_the_named_address(available: bool, to: str) -> None:
    """It is sent as it is, to the bare or full JID that it names, without regard to subscription (§4.6.3)."""
    rig = Rig()
    client, far = stranger(rig, available), rig.component("far.test")
    for type in ("", "unavailable"):
        client.presence(type, to, "<x xmlns='urn:x'/>", id="d1")
        (got,) = far.take()
        stanza = got.stanza  # type: ignore[union-attr]
        assert (stanza.type, stanza.sender.full, got.to, stanza.id) == (type, f"{JULIET}/a", to, "d1")  # type: ignore[union-attr]
        assert stanza.body == b"<x xmlns='urn:x'/>"


def test_it_reaches_local_resources() -> None:
    """At a bare JID all available resources get it, at a full one that resource, available or not (§4.6.4, §8.5)."""
    rig = Rig()
    client, one, two, silent = rig.login("juliet"), *(rig.login("romeo", r) for r in "ab"), rig.connect("romeo", "c")
    one.take()
    client.presence(to=ROMEO)
    line = f"presence available from {JULIET}/a to {ROMEO}"
    assert (one.addressed(), two.addressed(), silent.addressed()) == ([line], [line], [])
    client.presence(to=f"{ROMEO}/c")
    assert (one.addressed(), two.addressed(), silent.addressed()) == ([], [], [f"{line}/c"])


def test_it_does_not_make_the_sender_available() -> None:
    """A resource that has only sent directed presence gets no messages, requests or presence (§4.6.3)."""
    rig = Rig()
    client, other = rig.connect("juliet"), rig.login("romeo")
    client.presence(to=ROMEO)
    other.take()
    other.presence("subscribe", JULIET)
    other.presence(to=JULIET)
    other.message(JULIET)
    assert client.seen() == []
    assert other.seen()[-1] == "message error service-unavailable from juliet@localhost"


def test_subsequent_presence_does_not_follow_it() -> None:
    """Later presence is not sent to directed targets (§4.4.2, §4.6.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    client.presence(to=ROMEO)
    other.take()
    client.presence(body="<show>away</show>")
    assert other.seen() == []


@AVAILABLE
@ENDS
@pytest.mark.parametrize("to", [FAR, f"{FAR}/x"])
def test_unavailable_is_sent_at_the_end(end: str, available: bool, to: str) -> None:
    """A target gets unavailable when the resource ends, whether it was available itself or not (§4.6.3)."""
    rig = Rig()
    client, far = stranger(rig, available), rig.component("far.test")
    client.presence(to=to)
    far.take()
    leave(client, end)
    assert far.addressed() == [f"presence unavailable from {JULIET}/a to {to}"]


@ENDS
def test_it_is_taken_back_once(end: str) -> None:
    """After the unavailable nothing more is sent, and a new session starts with no targets (§4.6.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence(to=FAR)
    leave(client, end)
    far.take()
    client.leave()
    again = rig.login("juliet")
    again.presence("unavailable")
    again.leave()
    assert far.seen() == []


@AVAILABLE
@ENDS
def test_directed_unavailable_ends_it(end: str, available: bool) -> None:
    """Whoever was sent directed unavailable gets none at the end (§4.6.3)."""
    rig = Rig()
    client, far = stranger(rig, available), rig.component("far.test")
    client.presence(to=FAR)
    client.presence("unavailable", FAR)
    far.take()
    leave(client, end)
    assert far.seen() == []


def test_directed_again_counts_again() -> None:
    """Available after unavailable is live again (§4.6.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    for type in ("", "unavailable", ""):
        client.presence(type, FAR)
    far.take()
    client.leave()
    assert far.seen() == [f"presence unavailable from {JULIET}/a"]


def test_every_target_and_every_resource_for_itself() -> None:
    """Each target gets one, from the resource that had shown itself (§4.6.3)."""
    rig = Rig()
    one, two, far = rig.login("juliet", "a"), rig.login("juliet", "b"), rig.component("far.test")
    one.presence(to=f"{FAR}/x")
    one.presence(to="mercutio@far.test")
    two.presence(to=f"{FAR}/x")
    far.take()
    two.leave()
    assert far.addressed() == [f"presence unavailable from {JULIET}/b to {FAR}/x"]
    one.leave()
    assert sorted(far.addressed()) == [
        f"presence unavailable from {JULIET}/a to mercutio@far.test",
        f"presence unavailable from {JULIET}/a to {FAR}/x",
    ]


@ENDS
@pytest.mark.parametrize("to", [FAR, f"{FAR}/x"])
def test_a_subscriber_who_is_a_target_gets_one_unavailable(end: str, to: str) -> None:
    """Somebody who is both subscriber and directed target hears the end once (§4.6.3)."""
    _, client, far = scene(State.FROM)
    client.presence(to=to)
    far.take()
    leave(client, end)
    assert far.addressed() == [f"presence unavailable from {JULIET}/a to {FAR}"]


@ENDS
def test_a_local_target_that_no_broadcast_reaches_is_told(end: str) -> None:
    """A subscriber's resource that is not available hears no broadcast: as a target it gets its own (§4.6.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    silent = rig.connect("romeo", "silent")
    client.presence(to=f"{ROMEO}/silent")
    silent.take()
    leave(client, end)
    assert other.addressed() == [f"presence unavailable from {JULIET}/a to {ROMEO}"]
    assert silent.addressed() == [f"presence unavailable from {JULIET}/a to {ROMEO}/silent"]


@ENDS
@pytest.mark.parametrize("resource", ["", "/a"])
def test_a_local_target_that_a_broadcast_reaches_is_told_once(end: str, resource: str) -> None:
    """A subscriber's available resource hears the broadcast, and nothing more as a target (§4.6.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.presence(to=f"{ROMEO}{resource}")
    other.take()
    leave(client, end)
    assert other.addressed() == [f"presence unavailable from {JULIET}/a to {ROMEO}"]


def test_cancelling_leaves_a_resource_that_hears_no_broadcast_a_target() -> None:
    """The unavailable of a cancellation does not reach it either, so it is told at the end (§3.2.2, §4.6.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    silent = rig.connect("romeo", "silent")
    for resource in ("silent", "a"):
        client.presence(to=f"{ROMEO}/{resource}")
    client.presence("unsubscribed", ROMEO)
    silent.take(), other.take()
    client.leave()
    assert silent.addressed() == [f"presence unavailable from {JULIET}/a to {ROMEO}/silent"]
    assert other.seen() == []


def test_a_subscriber_stays_one_after_directed_unavailable() -> None:
    """Directed unavailable to a subscriber does not end the broadcasts to it (§4.6.3)."""
    _, client, far = scene(State.FROM)
    client.presence("unavailable", FAR)
    far.take()
    client.presence()
    client.presence("unavailable")
    assert far.seen() == [f"presence available from {JULIET}/a", f"presence unavailable from {JULIET}/a"]


def test_a_cancelled_subscription_takes_directed_presence_back_too() -> None:
    """Cancelling goes before directed presence: one unavailable, and none at the end (§4.6.1, §3.2.2)."""
    _, client, far = scene(State.FROM)
    client.presence(to=f"{FAR}/x")
    far.take()
    client.presence("unsubscribed", FAR)
    assert far.seen() == [f"presence unavailable from {JULIET}/a", f"presence unsubscribed from {JULIET}"]
    client.leave()
    assert far.seen() == []


def test_cancelling_leaves_other_targets_alone() -> None:
    """Only the contact's own addresses are forgotten with its subscription (§4.6.3)."""
    _, client, far = scene(State.FROM)
    client.presence(to="mercutio@far.test/x")
    client.presence("unsubscribed", FAR)
    far.take()
    client.leave()
    assert far.addressed() == [f"presence unavailable from {JULIET}/a to mercutio@far.test/x"]


def test_a_target_who_subscribes_becomes_a_subscriber() -> None:
    """With the subscription later presence is broadcast to it (§4.6.1)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence(to=FAR)
    far.presence("subscribe", FAR, JULIET)
    client.presence("subscribed", FAR)
    far.take()
    client.presence()
    client.leave()
    assert far.seen() == [f"presence available from {JULIET}/a", f"presence unavailable from {JULIET}/a"]


@pytest.mark.parametrize("end", ["", "unavailable"])
def test_to_an_account_that_is_missing(end: str) -> None:
    """Presence for a missing account is ignored, directed or taken back (§8.5.1)."""
    client = Rig().login("juliet")
    client.presence(end, "nobody@localhost")
    client.presence(end, "nobody@localhost/x")
    client.presence(end, f"{ROMEO}/gone")
    assert client.seen() == []


def test_to_a_domain_that_nobody_answers_for() -> None:
    """The client is told, and nothing is remembered (RFC 6120 §10.4)."""
    rig = Rig()
    client = rig.login("juliet")
    client.presence(to=FAR, id="d1")
    assert client.addressed() == [f"presence error remote-server-not-found from {FAR} to {JULIET}/a"]
    far = rig.component("far.test")
    client.leave()
    assert far.seen() == []


def test_to_oneself() -> None:
    """Directed presence to the own bare JID reaches the own available resources (§8.5.2.1.2)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("juliet", "b")
    client.take()
    client.presence(to=JULIET)
    assert client.seen() == other.seen() == [f"presence available from {JULIET}/a"]
    client.presence("unavailable")
    assert client.seen() == other.seen() == [f"presence unavailable from {JULIET}/a"]


def test_many_targets_cost_what_they_are() -> None:
    """Each directed presence changes one place: nothing is copied, and a cancellation looks at its contact alone."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    for number in range(300):
        client.presence("", f"u{number}@far.test")
        client.presence("", f"u{number}@far.test/x")
    assert len(client.link.directed) == 300
    client.presence("unavailable", "u7@far.test")
    client.presence("unavailable", "u7@far.test/x")
    assert "u7@far.test" not in client.link.directed
    far.take()
    client.leave()
    assert len(far.seen()) == 598
