"""Delivery of iqs: on behalf of an account, to a resource that may be asked, and back (§8.5, RFC 6120 §8.2.3)."""

from __future__ import annotations

import pytest
from rig import WAYS, Client, Far, Rig
from scene import FAR, JULIET, ROMEO, SEVERAL, crowd, reached

from rosterkit.core.subscription import State

PING = "<ping xmlns='urn:xmpp:ping'/>"
ANY = "<query xmlns='urn:x:any'/>"


@pytest.mark.parametrize("type", ["get", "set"])
@pytest.mark.parametrize("to", [ROMEO, "nobody@localhost"])
@pytest.mark.parametrize("sender", ["client", "component"])
def test_iq_to_a_bare_jid_is_never_forwarded(sender: str, to: str, type: str) -> None:
    """The server answers on behalf of the account or says service-unavailable; no resource sees it (§8.5.2.1.3)."""
    rig = Rig()
    clients = crowd(rig, SEVERAL)
    source: Client | Far
    if sender == "client":
        source = rig.login("juliet")
        source.iq(type, ANY, to)
    else:
        source = rig.component("far.test")
        source.iq(type, ANY, FAR, to)
    assert source.seen() == ["error 1 service-unavailable"]
    assert reached(clients) == {}


@pytest.mark.parametrize("type", ["result", "error"])
@pytest.mark.parametrize("to", [ROMEO, "nobody@localhost", f"{ROMEO}/gone", "localhost"])
def test_iq_answers_to_nobody_are_ignored(to: str, type: str) -> None:
    """A result or error that no resource is named for is dropped without an answer (RFC 6120 §8.2.3)."""
    rig = Rig()
    clients, client = crowd(rig, SEVERAL), rig.login("juliet")
    client.answer(type, to)
    assert (reached(clients), client.seen()) == ({}, [])


@pytest.mark.parametrize("type", ["result", "error"])
def test_iq_answers_reach_the_resource(type: str) -> None:
    """A result or error passes to an existing full JID, whoever sends it (§8.5.3.1)."""
    rig = Rig()
    clients, client = crowd(rig, SEVERAL), rig.login("juliet")
    client.answer(type, f"{ROMEO}/silent")
    assert reached(clients) == {"silent": [f"{ROMEO}/silent"]}
    assert client.seen() == []


@pytest.mark.parametrize("type", ["get", "set"])
@pytest.mark.parametrize("to", [f"{ROMEO}/gone", "nobody@localhost/x", "localhost/x"])
def test_iq_to_a_resource_that_is_not_there(to: str, type: str) -> None:
    """service-unavailable (§8.5.3.2.3)."""
    rig = Rig()
    clients, client = crowd(rig, SEVERAL), rig.login("juliet")
    client.iq(type, PING, to)
    assert (reached(clients), client.seen()) == ({}, ["error 1 service-unavailable"])


@pytest.mark.parametrize("type", ["get", "set"])
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_iq_to_a_resource_by_subscription(state: State, type: str) -> None:
    """Only who may know the resource's presence reaches it; to others it looks as if it were not there (§8.5.3.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    for way in WAYS[state]:
        direction, _, kind = way.partition(" ")
        (client if direction == "out" else other).presence(kind, ROMEO if direction == "out" else JULIET)
    client.take(), other.take()
    other.iq(type, PING, f"{JULIET}/a")
    if state.seen:
        assert client.addressed() == [f"{type} 1 to {JULIET}/a"] and other.seen() == []
    else:
        assert client.seen() == [] and other.addressed() == [f"error 1 service-unavailable to {ROMEO}/a"]


def test_a_refused_iq_looks_like_a_missing_resource() -> None:
    """The refusal and the answer of a missing resource differ in nothing but the address (§8.5.3.1)."""
    rig = Rig()
    client, _ = rig.login("juliet"), rig.login("romeo")
    bodies = []
    for to in (f"{ROMEO}/a", f"{ROMEO}/gone", "nobody@localhost/a"):
        client.iq("get", PING, to)
        bodies += [(stanza.type, stanza.body) for stanza in client.stanzas()]
    assert len(bodies) == 3 and len(set(bodies)) == 1


@pytest.mark.parametrize("shown_to", [JULIET, f"{JULIET}/a"])
def test_iq_to_a_resource_by_directed_presence(shown_to: str) -> None:
    """Directed presence opens the resource that sent it, to whom it was sent, until it is taken back (§8.5.3.1)."""
    rig = Rig()
    client, other, third = rig.login("juliet"), rig.connect("romeo"), rig.login("romeo", "b")
    other.presence(to=shown_to)
    client.take()
    client.iq("get", PING, f"{ROMEO}/a")
    client.iq("get", PING, f"{ROMEO}/b", id="2")
    assert (other.seen(), third.seen()) == (["get 1"], [])
    assert client.seen() == ["error 2 service-unavailable"]
    rig.login("juliet", "c").iq("get", PING, f"{ROMEO}/a")
    assert bool(other.seen()) == (shown_to == JULIET)
    other.presence("unavailable", shown_to)
    client.take()
    client.iq("get", PING, f"{ROMEO}/a", id="3")
    assert client.seen() == ["error 3 service-unavailable"]


def test_iq_between_resources_of_one_account() -> None:
    """They always pass, also to a resource that is not available, and to the sender itself (§8.5.3.1)."""
    rig = Rig()
    client, other = rig.connect("juliet", "a"), rig.connect("juliet", "b")
    client.iq("set", ANY, f"{JULIET}/b")
    client.iq("get", ANY, f"{JULIET}/a", id="2")
    assert (other.addressed(), client.addressed()) == ([f"set 1 to {JULIET}/b"], [f"get 2 to {JULIET}/a"])


def test_iq_from_a_component() -> None:
    """A component's iq passes to an existing full JID, and its answer goes back (XEP-0114)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.iq("get", ANY, FAR, f"{JULIET}/a", id="c1")
    (iq,) = client.stanzas()
    assert (iq.sender.full, iq.id) == (FAR, "c1")  # type: ignore[union-attr]
    client.answer("result", FAR, "c1")
    assert far.addressed() == [f"result c1 to {FAR}"]
    far.iq("get", ANY, FAR, f"{JULIET}/gone", id="c2")
    assert far.seen() == ["error c2 service-unavailable"]
