"""Presence probes (§4.3, §4.6.6): what they are answered, to whom, and that they tell strangers nothing."""

from __future__ import annotations

import pytest
from rig import Rig
from scene import FAR, JULIET, ROMEO, scene

from rosterkit.core.subscription import State

STATES = pytest.mark.parametrize("state", State, ids=lambda state: state.name)


# From elsewhere


@STATES
@pytest.mark.parametrize("sender", [FAR, f"{FAR}/x"])
def test_a_probe_tells_subscribers_and_nobody_else(state: State, sender: str) -> None:
    """F and B get each available resource's last presence, all others unsubscribed from the bare JID (§4.3.2)."""
    rig, client, far = scene(state)
    rig.login("juliet", "b").presence(body="<show>dnd</show>")
    client.take(), far.take()
    far.presence("probe", sender, JULIET, id="probe1")
    got = [(s.stanza.type, s.stanza.sender.full, s.to, s.stanza.body) for s in far.take()]  # type: ignore[union-attr]
    if state.seen:
        assert got == [("", f"{JULIET}/a", FAR, b""), ("", f"{JULIET}/b", FAR, b"<show>dnd</show>")]
    else:
        assert got == [("unsubscribed", JULIET, FAR, b"")]
    assert client.seen() == [], "a probe is never delivered to a client"


@STATES
def test_a_probe_of_somebody_who_is_not_there(state: State) -> None:
    """F and B get unavailable from the bare JID with the probe's id; others are told nothing different (§4.3.2)."""
    _, client, far = scene(state)
    client.leave()
    far.take()
    far.presence("probe", FAR, JULIET, id="probe1")
    (answer,) = far.stanzas()
    kind = "unavailable" if state.seen else "unsubscribed"
    assert (answer.type, answer.sender.full, answer.id) == (kind, JULIET, "probe1")  # type: ignore[union-attr]


@pytest.mark.parametrize("to", ["nobody@localhost", "nobody@localhost/x", "localhost"])
def test_a_probe_of_a_missing_account(to: str) -> None:
    """The answer is the one that a stranger gets of an existing account (§4.3.2, §8.5.1)."""
    far = Rig().component("far.test")
    far.presence("probe", FAR, to)
    assert far.addressed() == [f"presence unsubscribed from {to.partition('/')[0]} to {FAR}"]


def test_a_probe_changes_nothing() -> None:
    """The answer unsubscribed cancels no pre-approval and no request (§4.3.2)."""
    rig, client, far = scene(State.NONE_IN)
    client.presence("subscribed", "mercutio@far.test")
    before = rig.account("juliet").roster
    for sender in (FAR, "mercutio@far.test"):
        far.presence("probe", sender, JULIET)
    assert rig.account("juliet").roster is before


@STATES
@pytest.mark.parametrize(("resource", "there"), [("a", True), ("silent", False), ("gone", False)])
def test_a_probe_of_a_full_jid_tells_of_that_resource_only(state: State, resource: str, there: bool) -> None:
    """A subscriber learns whether that resource is available and nothing else, strangers nothing (§4.3.2)."""
    rig, client, far = scene(state)
    client.presence(body="<show>away</show>")
    rig.login("juliet", "b"), rig.connect("juliet", "silent")
    far.take()
    far.presence("probe", FAR, f"{JULIET}/{resource}")
    (answer,) = far.take()
    stanza = answer.stanza  # type: ignore[union-attr]
    if state.seen:
        assert (stanza.type, stanza.sender.full) == ("" if there else "unavailable", f"{JULIET}/{resource}")  # type: ignore[union-attr]
    else:
        assert (stanza.type, stanza.sender.full) == ("unsubscribed", JULIET)  # type: ignore[union-attr]
    assert (stanza.body, answer.to) == (b"", FAR)  # type: ignore[union-attr]


def test_a_subscriber_may_probe_a_resource_that_has_only_shown_itself_to_it() -> None:
    """Directed presence of a resource that is not available counts for a subscriber too (§4.6.6)."""
    rig, _, far = scene(State.FROM)
    rig.connect("juliet", "silent").presence(to=FAR)
    far.take()
    far.presence("probe", FAR, f"{JULIET}/silent")
    assert far.addressed() == [f"presence available from {JULIET}/silent to {FAR}"]


@pytest.mark.parametrize("shown_to", [FAR, f"{FAR}/x"])
def test_a_directed_target_may_probe_the_resource(shown_to: str) -> None:
    """Whoever has directed presence learns of that resource, mere availability, while it lasts (§4.6.6)."""
    rig = Rig()
    client, far = rig.connect("juliet"), rig.component("far.test")
    rig.login("juliet", "b")
    client.presence(to=shown_to, body="<show>away</show>")
    far.take()
    far.presence("probe", f"{FAR}/x", f"{JULIET}/a")
    (answer,) = far.take()
    assert (answer.stanza.type, answer.stanza.sender.full) == ("", f"{JULIET}/a")  # type: ignore[union-attr]
    assert (answer.stanza.body, answer.to) == (b"", f"{FAR}/x")  # type: ignore[union-attr]
    for nothing in (f"{JULIET}/b", JULIET, f"{JULIET}/gone"):
        far.presence("probe", f"{FAR}/x", nothing)
        assert far.addressed() == [f"presence unsubscribed from {JULIET} to {FAR}"]
    client.presence("unavailable", shown_to)
    far.take()
    far.presence("probe", f"{FAR}/x", f"{JULIET}/a")
    assert far.addressed() == [f"presence unsubscribed from {JULIET} to {FAR}"]


def test_directed_presence_to_one_opens_nothing_to_another() -> None:
    """Directed presence is for the address it named and no other of that domain or account (§4.6.6)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence(to=f"{FAR}/x")
    far.take()
    for other in (f"{FAR}/y", FAR, "mercutio@far.test", "far.test"):
        far.presence("probe", other, f"{JULIET}/a")
        assert [stanza.type for stanza in far.stanzas()] == ["unsubscribed"]


# By a client


def test_a_client_probes_a_local_contact() -> None:
    """The answer goes straight to the resource that asked; the contact sees nothing (§4.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    second = rig.login("juliet", "b")
    client.take(), other.take()
    client.presence("probe", ROMEO)
    assert client.addressed() == [f"presence available from {ROMEO}/a to {JULIET}"]
    assert (second.seen(), other.seen()) == ([], [])
    other.leave()
    client.take()
    client.presence("probe", ROMEO, id="p1")
    (answer,) = client.stanzas()
    assert (answer.type, answer.sender.full, answer.id) == ("unavailable", ROMEO, "p1")  # type: ignore[union-attr]


@pytest.mark.parametrize("to", [ROMEO, f"{ROMEO}/a", f"{ROMEO}/gone", "nobody@localhost", "nobody@localhost/a"])
def test_a_client_probes_a_local_stranger(to: str) -> None:
    """A stranger, there or not, existing or not, is answered unsubscribed; no roster changes (§4.3.2)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    client.presence("subscribe", to)
    client.take(), other.take()
    before = rig.account("juliet").roster
    client.presence("probe", to)
    assert client.addressed() == [f"presence unsubscribed from {to.partition('/')[0]} to {JULIET}"]
    assert other.seen() == [] and rig.account("juliet").roster is before


def test_an_answered_probe_does_not_pass_the_inbound_table() -> None:
    """The answer to a client's own probe ends no subscription, also where the contact has none (§4.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    account = rig.account("romeo")
    account.roster = account.roster.without_item(JULIET, "other", 0)
    client.presence("probe", ROMEO)
    assert client.seen() == [f"presence unsubscribed from {ROMEO}"]
    assert rig.state("juliet", ROMEO) is State.BOTH


def test_a_client_probes_a_resource_that_has_shown_itself() -> None:
    """A local stranger's resource that sent directed presence is told, to the one it was sent to (§4.6.6)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    other.presence(to=f"{JULIET}/a")
    client.take()
    client.presence("probe", f"{ROMEO}/a")
    assert client.addressed() == [f"presence available from {ROMEO}/a to {JULIET}/a"]


@pytest.mark.parametrize(("to", "sender"), [(FAR, JULIET), (f"{FAR}/x", f"{JULIET}/a")])
def test_a_client_probes_a_contact_elsewhere(to: str, sender: str) -> None:
    """The probe is routed, to a bare JID from the bare JID; the client gets no error for it (§4.3)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence("probe", to, id="p1")
    (got,) = far.take()
    stanza = got.stanza  # type: ignore[union-attr]
    assert (stanza.type, stanza.sender.full, got.to, stanza.id) == ("probe", sender, to, "p1")  # type: ignore[union-attr]
    assert client.seen() == []


def test_a_client_probes_itself() -> None:
    """One is implicitly subscribed to oneself: all own available resources are told (§4.3)."""
    rig = Rig()
    client, _ = rig.login("juliet"), rig.login("juliet", "b")
    client.take()
    client.presence("probe", JULIET)
    assert client.seen() == [f"presence available from {JULIET}/a", f"presence available from {JULIET}/b"]
    client.presence("probe", f"{JULIET}/b")
    assert client.seen() == [f"presence available from {JULIET}/b"]


def test_the_answer_to_a_routed_probe_passes_the_table() -> None:
    """`unsubscribed` as the answer of another server ends the user's subscription (§4.3.2)."""
    rig, client, far = scene(State.TO)
    far.presence("unsubscribed", FAR, JULIET)
    assert rig.state("juliet", FAR) is State.NONE
    assert client.seen() == [f"presence unsubscribed from {FAR}", f"push {FAR} subscription=none ask=no"]
