"""Pre-approval of a subscription (§3.4)."""

from __future__ import annotations

import pytest
from rig import Client, Rig
from scene import FAR, JULIET, ROMEO, push, scene, stored

from rosterkit.core.roster import Item
from rosterkit.core.subscription import State


def approve(rig: Rig, client: Client) -> None:
    """Pre-approve the contact and forget what came of it."""
    client.presence("subscribed", FAR)
    client.take()


@pytest.mark.parametrize("state", [State.NONE, State.NONE_OUT, State.TO])
def test_pre_approval_is_noted_pushed_and_not_routed(state: State) -> None:
    """`subscribed` without a request marks the entry, new or not, pushes it and routes nothing (§3.4.2)."""
    rig, client, far = scene(state)
    client.presence("subscribed", FAR)
    assert client.seen() == [push(state) + " approved"]
    assert far.seen() == [] and rig.state("juliet", FAR) is state
    client.presence("subscribed", FAR)
    assert client.seen() == [], "a second one changes nothing"


@pytest.mark.parametrize("state", [state for state in State if state.seen or state.pending_in])
def test_no_pre_approval_where_there_is_a_request_or_a_subscription(state: State) -> None:
    """In F, F+PO and B `subscribed` is ignored; an answer to a request sets no mark (§3.4.2)."""
    rig, client, _ = scene(state)
    client.presence("subscribed", FAR)
    assert not rig.account("juliet").roster.items[FAR].approved
    assert bool(client.seen()) == state.pending_in


@pytest.mark.parametrize(
    ("state", "after"), [(State.NONE, State.FROM), (State.NONE_OUT, State.FROM_OUT), (State.TO, State.BOTH)]
)
def test_a_pre_approved_request_is_granted(state: State, after: State) -> None:
    """It is not delivered; the server answers subscribed and presence, and pushes From with the mark (§3.4.2)."""
    rig, client, far = scene(state)
    approve(rig, client)
    far.presence("subscribe", FAR, JULIET)
    assert rig.state("juliet", FAR) is stored(rig) is after
    assert client.seen() == [push(after) + " approved"]
    assert far.addressed() == [
        f"presence subscribed from {JULIET} to {FAR}",
        f"presence available from {JULIET}/a to {FAR}",
    ]


def test_the_mark_outlives_the_request() -> None:
    """The mark stays: after the contact unsubscribes, its next request is granted too (§3.4.2)."""
    rig, client, far = scene(State.NONE)
    approve(rig, client)
    for kind in ("subscribe", "unsubscribe"):
        far.presence(kind, FAR, JULIET)
    assert rig.account("juliet").roster.items[FAR] == Item(FAR, approved=True)
    far.presence("subscribe", FAR, JULIET)
    assert rig.state("juliet", FAR) is State.FROM


@pytest.mark.parametrize("state", [State.NONE, State.NONE_OUT, State.TO])
def test_unsubscribed_cancels_a_pre_approval(state: State) -> None:
    """`unsubscribed` clears the mark with a push and is not routed; the next request is delivered (§3.2.2)."""
    rig, client, far = scene(state)
    approve(rig, client)
    client.presence("unsubscribed", FAR)
    assert client.seen() == [push(state)]
    assert far.seen() == []
    far.presence("subscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}"]


@pytest.mark.parametrize("state", [State.NONE, State.NONE_OUT, State.TO])
def test_unsubscribed_clears_the_mark_after_it_was_used(state: State) -> None:
    """In every state the mark goes with `unsubscribed`, in one push with the subscription (§3.4.2)."""
    rig, client, far = scene(state)
    approve(rig, client)
    far.presence("subscribe", FAR, JULIET)
    client.take()
    client.presence("unsubscribed", FAR)
    assert client.seen() == [push(state)]
    assert rig.state("juliet", FAR) is state


def test_removing_the_entry_removes_the_pre_approval() -> None:
    """Without the entry there is no mark, and nothing is routed (§3.4.2)."""
    rig, client, far = scene(State.NONE)
    approve(rig, client)
    client.set_item(f"<item jid='{FAR}' subscription='remove'/>")
    client.set_item(f"<item jid='{FAR}'/>")
    client.take()
    far.presence("subscribe", FAR, JULIET)
    assert client.seen() == [f"presence subscribe from {FAR}"]
    assert far.seen() == []


def test_a_roster_set_keeps_the_mark() -> None:
    """A set changes name and groups, not the pre-approval (§2.1.2.1)."""
    rig, client, _ = scene(State.NONE)
    approve(rig, client)
    client.set_item(f"<item jid='{FAR}' name='T' approved='false'/>")
    assert rig.account("juliet").roster.items[FAR] == Item(FAR, "T", approved=True)


@pytest.mark.parametrize("state", [State.NONE, State.NONE_OUT, State.TO])
def test_without_the_feature_there_is_no_pre_approval(state: State) -> None:
    """Where the server does not offer it, `subscribed` without a request does nothing (§3.4.1, §A.2.3)."""
    rig, client, far = scene(state, pre_approval=False)
    before = rig.account("juliet").roster
    client.presence("subscribed", FAR)
    assert rig.account("juliet").roster is before
    assert (client.seen(), far.seen()) == ([], [])


def test_pre_approval_between_local_users() -> None:
    """A pre-approved request of a local user ends in one go (§3.4)."""
    rig = Rig()
    one, other = rig.login("juliet"), rig.login("romeo")
    one.presence("subscribed", ROMEO)
    one.take()
    other.presence("subscribe", JULIET)
    assert one.seen() == [f"push {ROMEO} subscription=from ask=no approved"]
    assert other.seen() == [
        f"push {JULIET} subscription=none ask=yes",
        f"presence subscribed from {JULIET}",
        f"push {JULIET} subscription=to ask=no",
        f"presence available from {JULIET}/a",
    ]


@pytest.mark.parametrize("pre_approval", [True, False])
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_an_account_that_grants_treats_every_request_as_approved(state: State, pre_approval: bool) -> None:
    """Where approval means anything, the request is granted; elsewhere it is handled as ever (§3.4.3)."""
    rig, client, far = scene(state, pre_approval)
    rig.account("juliet").grants = True
    far.presence("subscribe", FAR, JULIET)
    after = {State.NONE: State.FROM, State.NONE_OUT: State.FROM_OUT, State.TO: State.BOTH}.get(state, state)
    assert rig.state("juliet", FAR) is stored(rig) is after
    assert client.seen() == ([] if after is state else [push(after) + " approved"])
    item = rig.account("juliet").roster.items.get(FAR)
    assert (item is not None and item.approved) == (after is not state)
    assert bool(far.seen()) == after.seen
