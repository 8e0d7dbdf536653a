"""Presence on the whole server: initial, subsequent, unavailable, and who may never hear it (§4.2, §4.4, §4.5)."""

from __future__ import annotations

import pytest
from rig import Client, Rig
from scene import FAR, JULIET, ROMEO, scene

from rosterkit.core.subscription import State

STATES = pytest.mark.parametrize("state", State, ids=lambda state: state.name)


def friends(rig: Rig) -> tuple[Client, Client]:
    """Juliet and Romeo, logged in and subscribed to each other."""
    one, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(one, other)
    return one, other


# §4.2: initial presence


@STATES
def test_initial_presence_is_broadcast_to_subscribers_only(state: State) -> None:
    """It goes from the full JID to every contact with From or Both, at the bare JID, and to nobody else (§4.2.2)."""
    _, client, far = scene(state)
    client.presence("unavailable")
    far.take()
    client.presence(body="<show>away</show>", id="p1")
    available = [got for got in far.take() if got.stanza.type == ""]  # type: ignore[union-attr]
    assert len(available) == state.seen
    for got in available:
        stanza = got.stanza  # type: ignore[union-attr]
        assert (stanza.sender.full, got.to, stanza.id) == (f"{JULIET}/a", FAR, "p1")  # type: ignore[union-attr]
        assert stanza.body == b"<show>away</show>"


@STATES
def test_initial_presence_probes_those_whom_the_user_sees(state: State) -> None:
    """A probe goes from the bare JID to every contact elsewhere with To or Both and nobody else (§4.2.2, §4.3.1)."""
    _, client, far = scene(state)
    client.presence("unavailable")
    far.take()
    client.presence()
    probes = [line for line in far.addressed() if "probe" in line]
    assert probes == ([f"presence probe from {JULIET} to {FAR}"] if state.sees else [])


def test_initial_presence_reaches_all_own_available_resources() -> None:
    """All the user's available resources get it, the sender included, at the bare JID (§4.2.2)."""
    rig = Rig()
    other, connected = rig.login("juliet", "b", priority=-1), rig.connect("juliet", "c")
    client = rig.connect("juliet", "a")
    client.presence()
    line = f"presence available from {JULIET}/a to {JULIET}"
    assert (other.addressed(), connected.addressed()) == ([line], [])
    assert client.addressed() == [line, f"presence available from {JULIET}/b to {JULIET}"]


def test_a_new_resource_learns_of_the_others() -> None:
    """The presence of the other available resources is delivered to the new one as it was last sent (§4.2.2)."""
    rig = Rig()
    other = rig.connect("juliet", "b")
    other.presence()
    other.presence(body="<show>dnd</show>")
    gone = rig.login("juliet", "gone")
    gone.presence("unavailable")
    client = rig.connect("juliet", "a")
    client.presence()
    about = [stanza for stanza in client.stanzas() if stanza.sender == other.jid]
    assert [stanza.body for stanza in about] == [b"<show>dnd</show>"]


def test_local_contacts_are_answered_without_a_visible_probe() -> None:
    """The new resource is told the presence of each local contact it sees; no client sees a probe (§4.3.1)."""
    rig = Rig()
    one, other = friends(rig)
    second = rig.login("romeo", "b")
    one.take()
    client = rig.connect("juliet", "new")
    client.presence()
    assert client.addressed()[2:] == [
        f"presence available from {ROMEO}/a to {JULIET}",
        f"presence available from {ROMEO}/b to {JULIET}",
    ]
    assert one.seen() == [f"presence available from {JULIET}/new"]
    assert [line for line in other.seen() + second.seen() if "probe" in line] == []


def test_a_local_contact_that_is_not_there_is_unavailable() -> None:
    """A contact without an available resource is told as unavailable from its bare JID (§4.3.2)."""
    rig = Rig()
    _, other = friends(rig)
    other.leave()
    client = rig.connect("juliet", "new")
    client.presence()
    assert client.addressed()[-1] == f"presence unavailable from {ROMEO} to {JULIET}"


def test_a_roster_that_disagrees_is_healed_at_login() -> None:
    """Where the contact has no subscription any more, the user's entry loses To, with notice and push (§4.3.2)."""
    rig = Rig()
    one, _ = friends(rig)
    account = rig.account("romeo")
    account.roster = account.roster.without_item(JULIET, "other", 0)
    one.presence("unavailable")
    one.take()
    one.presence()
    assert one.seen()[1:] == [f"presence unsubscribed from {ROMEO}", f"push {ROMEO} subscription=from ask=no"]
    assert rig.state("juliet", ROMEO) is State.FROM


def test_initial_again_after_unavailable() -> None:
    """The first presence after unavailable is initial: probes and the contacts' presence come again (§4.5.2)."""
    _, client, far = scene(State.BOTH)
    client.presence("unavailable")
    client.presence()
    assert [line.split(" from")[0] for line in far.seen()] == [
        "presence unavailable",
        "presence available",
        "presence probe",
    ]


def test_binding_alone_shows_nothing() -> None:
    """A connected resource is not available: nobody hears of it until it sends presence (§4.2)."""
    rig = Rig()
    _, other = friends(rig)
    client = rig.connect("juliet", "new")
    client.get_roster()
    client.leave()
    assert other.seen() == []


# §4.4: subsequent presence


@STATES
def test_subsequent_presence_goes_where_initial_presence_went(state: State) -> None:
    """To contacts with From or Both only, whole, without another probe (§4.4.2)."""
    _, client, far = scene(state)
    client.presence(body="<show>xa</show><x xmlns='urn:x'/>", id="p2")
    got = [(stanza.type, stanza.id, stanza.body) for stanza in far.stanzas()]
    assert got == ([("", "p2", b"<show>xa</show><x xmlns='urn:x'/>")] if state.seen else [])


def test_subsequent_presence_reaches_all_own_available_resources() -> None:
    """The user's available resources get it, the sender included; it brings no other presence again (§4.4.2)."""
    rig = Rig()
    client, other, connected = rig.login("juliet"), rig.login("juliet", "b"), rig.connect("juliet", "c")
    client.take()
    client.presence()
    assert client.seen() == other.seen() == [f"presence available from {JULIET}/a"]
    assert connected.seen() == []


def test_inbound_presence_is_delivered_whatever_the_subscription() -> None:
    """Presence from anybody goes to all available resources of the bare JID, or to the named one (§4.2.3, §8.5)."""
    rig, client, far = scene(State.NONE)
    other = rig.login("juliet", "b")
    client.take()
    for kind in ("available", "unavailable"):
        type = "" if kind == "available" else kind
        far.presence(type, f"{FAR}/x", JULIET)
        line = f"presence {kind} from {FAR}/x to {JULIET}"
        assert (client.addressed(), other.addressed()) == ([line], [line])
        far.presence(type, f"{FAR}/x", f"{JULIET}/b")
        assert (client.addressed(), other.addressed()) == ([], [f"{line}/b"])


# §4.5: unavailable presence


@STATES
def test_unavailable_goes_to_subscribers_only(state: State) -> None:
    """It is broadcast as presence was, with what it carries, and to nobody else (§4.5.2)."""
    _, client, far = scene(state)
    client.presence("unavailable", body="<status>bye</status>")
    got = [(stanza.type, stanza.sender.full, stanza.body) for stanza in far.stanzas()]  # type: ignore[union-attr]
    assert got == ([("unavailable", f"{JULIET}/a", b"<status>bye</status>")] if state.seen else [])


@STATES
def test_a_lost_stream_is_said_for_the_resource(state: State) -> None:
    """When the stream ends without it, the server says it for the resource, to subscribers only (§4.5.2)."""
    _, client, far = scene(state)
    client.leave()
    assert far.addressed() == ([f"presence unavailable from {JULIET}/a to {FAR}"] if state.seen else [])
    client.leave()
    assert far.seen() == []


def test_unavailable_reaches_all_own_available_resources() -> None:
    """All available resources get it, the one that sent it included (§4.5.2)."""
    rig = Rig()
    client, other, connected = rig.login("juliet"), rig.login("juliet", "b"), rig.connect("juliet", "c")
    client.take()
    client.presence("unavailable")
    assert client.addressed() == other.addressed() == [f"presence unavailable from {JULIET}/a to {JULIET}"]
    assert connected.seen() == []
    client.presence()
    client.take(), other.take()
    client.leave()
    assert (client.seen(), other.seen()) == ([], [f"presence unavailable from {JULIET}/a"])


def test_a_second_unavailable_is_not_broadcast() -> None:
    """A second one in a row, and the end of the stream after it, are told nobody (§4.5.2)."""
    rig = Rig()
    one, other = friends(rig)
    one.presence("unavailable")
    assert len(other.seen()) == len(one.seen()) == 1
    one.presence("unavailable")
    one.leave()
    assert (other.seen(), one.seen()) == ([], [])


def test_never_available_broadcasts_nothing_at_its_end() -> None:
    """A resource that was never available takes nothing back, by unavailable or by leaving (§4.5.2)."""
    rig = Rig()
    _, other = friends(rig)
    for end in ("unavailable", ""):
        client = rig.connect("juliet", "silent")
        if end:
            client.presence(end)
        client.leave()
        assert other.seen() == []


def test_one_resource_leaves_the_others_alone() -> None:
    """Unavailable of one resource says nothing of another, who stays available (§4.5.2)."""
    rig = Rig()
    one, other = friends(rig)
    second = rig.login("juliet", "b")
    one.take(), other.take()
    one.presence("unavailable")
    assert other.seen() == [f"presence unavailable from {JULIET}/a"]
    second.presence()
    assert other.seen() == [f"presence available from {JULIET}/b"]


# Who may never hear it


def test_strangers_hear_nothing() -> None:
    """Whoever has no subscription hears nothing of logins, changes and ends (§4.2.2, §4.4.2, §4.5.2)."""
    rig = Rig()
    stranger = rig.login("nurse")
    one, _ = friends(rig)
    one.presence()
    one.presence("unavailable")
    one.presence()
    one.leave()
    assert stranger.seen() == []


def test_a_pending_request_hears_nothing() -> None:
    """Asking gives no presence: only an approval does (§3.1.3)."""
    rig = Rig()
    asker, asked = rig.login("romeo"), rig.login("juliet")
    asker.presence("subscribe", JULIET)
    asker.take()
    asked.presence()
    asked.presence("unavailable")
    assert asker.seen() == []


def test_after_the_cancellation_nothing_more_is_heard() -> None:
    """A contact whose subscription was cancelled hears no later presence, and no unavailable at the end (§3.2.2)."""
    rig = Rig()
    one, other = friends(rig)
    one.presence("unsubscribed", ROMEO)
    other.take()
    one.presence()
    one.leave()
    assert other.seen() == []


def test_broadcast_presence_is_one_stanza_for_all() -> None:
    """What is broadcast is the same value for all receivers, so that it is encoded once (decision 2)."""
    rig = Rig()
    one, other = friends(rig)
    one.presence()
    assert one.stanzas()[0] is other.stanzas()[0]
