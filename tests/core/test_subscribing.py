"""Subscriptions on the whole server: who is told what, in which order, and what ends with an entry (§3, §2.5)."""

from __future__ import annotations

import pytest
from rig import WAYS, Rig
from scene import FAR, JULIET, ROMEO, TYPES, push, scene, stored

from rosterkit.core import jid
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Presence
from rosterkit.core.subscription import State

# Whole flows between two users of this server


def test_a_mutual_subscription_from_beginning_to_end() -> None:
    """The whole flow of §3.1 in both directions: what each of two clients is sent, in order."""
    rig = Rig()
    one, other = rig.login("juliet"), rig.login("romeo")
    one.presence("subscribe", ROMEO)
    assert one.seen() == [f"push {ROMEO} subscription=none ask=yes"]
    assert other.seen() == [f"presence subscribe from {JULIET}"]
    other.presence("subscribed", JULIET)
    assert other.seen() == [f"push {JULIET} subscription=from ask=no"]
    assert one.seen() == [
        f"presence subscribed from {ROMEO}",
        f"push {ROMEO} subscription=to ask=no",
        f"presence available from {ROMEO}/a",
    ]
    other.presence("subscribe", JULIET)
    one.presence("subscribed", ROMEO)
    assert one.seen() == [f"presence subscribe from {ROMEO}", f"push {ROMEO} subscription=both ask=no"]
    assert other.seen() == [
        f"push {JULIET} subscription=from ask=yes",
        f"presence subscribed from {JULIET}",
        f"push {JULIET} subscription=both ask=no",
        f"presence available from {JULIET}/a",
    ]


def test_cancelling_a_subscription_between_local_users() -> None:
    """First unavailable from every available resource, then unsubscribed, then the push (§3.2.2, §3.2.3)."""
    rig = Rig()
    one, second, other = rig.login("juliet"), rig.login("juliet", "b"), rig.login("romeo")
    rig.connect("juliet", "silent")
    rig.befriend(one, other)
    second.take()
    one.presence("unsubscribed", ROMEO)
    assert other.seen() == [
        f"presence unavailable from {JULIET}/a",
        f"presence unavailable from {JULIET}/b",
        f"presence unsubscribed from {JULIET}",
        f"push {JULIET} subscription=from ask=no",
    ]
    assert one.seen() == second.seen() == [f"push {ROMEO} subscription=to ask=no"]
    one.presence()
    assert other.seen() == []


def test_unsubscribing_between_local_users() -> None:
    """The contact is told, pushed, and sends unavailable from every available resource (§3.3.3)."""
    rig = Rig()
    one, other = rig.login("juliet"), rig.login("romeo")
    second = rig.login("romeo", "b")
    rig.befriend(one, other)
    second.take()
    one.presence("unsubscribe", ROMEO)
    assert one.seen() == [
        f"push {ROMEO} subscription=from ask=no",
        f"presence unavailable from {ROMEO}/a",
        f"presence unavailable from {ROMEO}/b",
    ]
    expected = [f"presence unsubscribe from {JULIET}", f"push {JULIET} subscription=to ask=no"]
    assert other.seen() == second.seen() == expected


def test_nobody_available_shows_nothing() -> None:
    """Approving while not available shows no presence, and cancelling then takes none back (§3.1.5, §3.2.2)."""
    rig = Rig()
    client, far = rig.connect("juliet"), rig.component("far.test")
    far.presence("subscribe", FAR, JULIET)
    client.presence("subscribed", FAR)
    client.presence("unsubscribed", FAR)
    assert far.seen() == [f"presence subscribed from {JULIET}", f"presence unsubscribed from {JULIET}"]


# Who is told


def test_a_request_goes_to_every_available_resource() -> None:
    """A subscribe is delivered to available resources, interested or not, at the bare JID (§3.1.3, §2.2)."""
    rig = Rig()
    available = rig.connect("romeo", "available")
    available.presence(priority=-5)
    both, interested = rig.login("romeo", "both"), rig.connect("romeo", "interested")
    interested.get_roster()
    for client in (available, both, interested):
        client.take()
    rig.login("juliet").presence("subscribe", ROMEO)
    assert available.addressed() == both.addressed() == [f"presence subscribe from {JULIET} to {ROMEO}"]
    assert interested.seen() == []


@pytest.mark.parametrize(
    ("state", "kind"), [(State.NONE_OUT, "subscribed"), (State.TO, "unsubscribed"), (State.FROM, "unsubscribe")]
)
def test_a_notice_goes_to_interested_and_to_available_resources(state: State, kind: str) -> None:
    """What changes the state reaches every interested or available resource, pushes the interested ones (§3.1.6)."""
    rig, client, far = scene(state)
    available, interested, deaf = (rig.connect("juliet", name) for name in ("available", "interested", "deaf"))
    available.presence()
    interested.get_roster()
    for end in (client, available, interested, deaf, far):
        end.take()
    far.presence(kind, FAR, JULIET)
    notice = f"presence {kind} from {FAR}"
    after = push(rig.state("juliet", FAR))
    assert (client.seen(), interested.seen()) == ([notice, after], [notice, after])
    assert (available.seen(), deaf.seen()) == ([notice], [])


def test_an_offline_user_keeps_the_change_and_not_the_notice() -> None:
    """A notice that nobody is there for is dropped; the state change stays (§3.1.6)."""
    rig, client, far = scene(State.NONE_OUT)
    client.leave()
    far.presence("subscribed", FAR, JULIET)
    assert rig.state("juliet", FAR) is stored(rig) is State.TO
    again = rig.login("juliet", "b")
    assert again.seen() == []


# Accounts that do not exist, oneself, and domains that nobody answers for


def test_a_missing_account_stays_silent() -> None:
    """A request to a missing account looks like one that is not answered yet, to the roster too (§3.1.3, §8.5.1)."""
    rig = Rig()
    client = rig.login("juliet")
    for to in ("nobody@localhost", ROMEO):
        client.presence("subscribe", to)
        assert client.seen() == [f"push {to} subscription=none ask=yes"]
    for kind in ("unsubscribe", "subscribed", "unsubscribed"):
        client.presence(kind, "nobody@localhost")
    assert not any(line.startswith("presence") for line in client.seen())


@pytest.mark.parametrize("kind", TYPES)
def test_a_missing_account_tells_a_component_nothing(kind: str) -> None:
    """From elsewhere too a missing account answers no subscription stanza (§8.5.1)."""
    far = Rig().component("far.test")
    far.presence(kind, FAR, "nobody@localhost")
    assert far.seen() == []


@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/a", f"{JULIET}/b"])
@pytest.mark.parametrize("kind", TYPES)
def test_oneself(kind: str, to: str) -> None:
    """A subscription with oneself does nothing: no entry, no push, nothing delivered (§3.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("juliet", "b")
    client.take()
    before = rig.account("juliet").roster
    client.presence(kind, to)
    assert (client.seen(), other.seen()) == ([], []) and rig.account("juliet").roster is before


@pytest.mark.parametrize(
    ("domain", "condition"),
    [("nowhere.test", "remote-server-not-found"), ("far.test", "remote-server-timeout")],
)
def test_a_domain_that_nobody_answers_for(domain: str, condition: str) -> None:
    """The entry is made with ask, and the client gets the error (§3.1.2, RFC 6120 §10.4)."""
    rig = Rig(expected=("far.test",))
    client = rig.login("juliet")
    client.presence("subscribe", f"tybalt@{domain}/x", id="s1")
    push, error = client.take()
    assert push[1] == Item(f"tybalt@{domain}", ask=True)
    assert (error.stanza.type, error.stanza.id, error.to) == ("error", "s1", f"{JULIET}/a")  # type: ignore[union-attr]
    assert condition.encode() in error.stanza.body  # type: ignore[union-attr]


def test_cancelling_where_nobody_answers() -> None:
    """A subscription can be cancelled while the contact's domain is away (§3.2.2)."""
    rig, client, far = scene(State.BOTH)
    far.leave()
    client.presence("unsubscribed", FAR)
    assert rig.state("juliet", FAR) is State.TO
    assert client.seen() == [push(State.TO), "presence error remote-server-not-found from tybalt@far.test"]


@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/a"])
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_an_error_coming_back_changes_no_state(state: State, to: str) -> None:
    """Presence of type error from a contact leaves the subscription as it is (§3.1.2)."""
    rig, _, far = scene(state)
    before = rig.account("juliet").roster
    far.presence("error", FAR, to)
    assert rig.account("juliet").roster is before


@pytest.mark.parametrize("kind", TYPES)
def test_no_to(kind: str) -> None:
    """Without `to` the four types are refused and never broadcast (§3.1.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.presence(kind, id="p1")
    assert client.seen() == ["presence error bad-request from nobody"]
    assert other.seen() == []


# Removing an entry (§2.5.2)


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_removing_an_entry_ends_what_stood(state: State) -> None:
    """To and a request out: unsubscribe; From: unavailable, unsubscribed; a request in: unsubscribed (§2.5.2)."""
    rig, client, far = scene(state)
    client.set_item(f"<item jid='{FAR}' name='T'/>")
    client.take()
    client.set_item(f"<item jid='{FAR}' subscription='remove'/>", id="2")
    expected = []
    if state.sees or state.ask:
        expected.append(f"presence unsubscribe from {JULIET} to {FAR}")
    if state.seen:
        expected.append(f"presence unavailable from {JULIET}/a to {FAR}")
    if state.seen or state.pending_in:
        expected.append(f"presence unsubscribed from {JULIET} to {FAR}")
    assert far.addressed() == expected
    assert client.seen() == [f"push {FAR} subscription=remove ask=no", "result 2"]
    assert rig.state("juliet", FAR) is stored(rig) is State.NONE
    client.presence()
    assert far.seen() == []


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_removal_between_local_users_clears_both_sides(state: State) -> None:
    """After a removal the other user's roster has nothing left with the account (§2.5.2, §3.2.3, §3.3.3)."""
    rig = Rig()
    one, other = rig.login("juliet"), rig.login("romeo")
    for way in WAYS[state]:
        direction, _, type = way.partition(" ")
        (one if direction == "out" else other).presence(type, ROMEO if direction == "out" else JULIET)
    one.set_item(f"<item jid='{ROMEO}'/>")
    one.set_item(f"<item jid='{ROMEO}' subscription='remove'/>")
    assert (rig.state("juliet", ROMEO), rig.state("romeo", JULIET)) == (State.NONE, State.NONE)
    assert dict(rig.account("romeo").roster.requests) == {}


def test_a_removed_contact_may_ask_again() -> None:
    """Removal leaves nothing behind that would answer or swallow a new request (§2.5.2)."""
    _, client, far = scene(State.BOTH)
    client.set_item(f"<item jid='{FAR}' subscription='remove'/>")
    client.take()
    far.presence("subscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}"]


# Healing: subscribe and unsubscribe are routed always (§A.2)


def test_repeated_subscribe_reaches_a_contact_that_has_forgotten() -> None:
    """A subscribe in T is routed and answered by a server that has no subscription with a new request (§A.2.1)."""
    rig, client, far = scene(State.TO)
    for _ in range(2):
        client.presence("subscribe", FAR)
    assert far.seen() == [f"presence subscribe from {JULIET}"] * 2
    far.presence("unsubscribed", FAR, JULIET)
    client.presence("subscribe", FAR)
    far.presence("subscribed", FAR, JULIET)
    assert rig.state("juliet", FAR) is State.TO


@pytest.mark.parametrize(("first", "second"), [(first, second) for first in TYPES for second in TYPES])
def test_any_two_stanzas_of_strangers_end_in_a_defined_state(first: str, second: str) -> None:
    """Whatever a stranger sends, the state stays one of the nine, and nobody gains a subscription (§A.1)."""
    rig, client, far = scene(State.NONE)
    for kind in (first, second):
        far.presence(kind, FAR, JULIET)
    assert rig.state("juliet", FAR) in (State.NONE, State.NONE_IN)
    client.presence()
    assert not any("available from juliet" in line for line in far.seen())


def test_a_domain_as_a_contact() -> None:
    """A contact may be a bare domain: the same rules (§3.1.2)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence("subscribe", "far.test")
    far.presence("subscribed", "far.test", JULIET)
    assert rig.state("juliet", "far.test") is State.TO


def test_the_own_domain_as_a_contact() -> None:
    """The server itself is nobody's contact: the request stays without an answer (§8.5.1)."""
    rig = Rig()
    client = rig.login("juliet")
    client.presence("subscribe", "localhost")
    assert client.seen() == ["push localhost subscription=none ask=yes"]


def test_language_and_children_of_a_subscription_stanza_arrive() -> None:
    """What a client adds to a subscription stanza is carried on (§3.1.2)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.send(Presence("subscribe", "s1", jid.parse(FAR), lang="cs", body=b"<status>ahoj</status>"))
    (stanza,) = far.stanzas()
    assert (stanza.lang, stanza.body, stanza.id) == ("cs", b"<status>ahoj</status>", "s1")
