"""Rosters made whole: in each of the nine states, and the other side of each."""

from __future__ import annotations

from itertools import product

import pytest
from rig import WAYS
from scene import TYPES
from staged import JULIET, LOCAL, REMOTE, Staged

from rosterkit.core import jid
from rosterkit.core.commands import PutEntry
from rosterkit.core.contact import Order
from rosterkit.core.roster import Item, Kept
from rosterkit.core.seed import in_state, mirrored, mirrored_roster, seeded_roster
from rosterkit.core.subscription import State

STATES = pytest.mark.parametrize("state", State, ids=lambda state: state.name)
WHERE = pytest.mark.parametrize("who", [LOCAL, REMOTE], ids=["local", "remote"])


@STATES
def test_the_mirror_of_a_state(state: State) -> None:
    """One sees exactly who is seen by the other and asks just where a request is kept; twice is where it began."""
    other = mirrored(state)
    assert (other.sees, other.seen, other.ask, other.pending_in) == (
        state.seen,
        state.sees,
        state.pending_in,
        state.ask,
    )
    assert mirrored(other) is state


@STATES
def test_what_is_held_in_a_state(state: State) -> None:
    """Item and request spell the state; nothing shows where nothing stands; what was known of the item stays."""
    item, kept = in_state(JULIET, state)
    roster = seeded_roster([item] if item else [], {JULIET: kept} if kept else {}, "v")
    assert roster.state(JULIET) is state
    assert (item is None) == (state in (State.NONE, State.NONE_IN)) and (kept is None) == (not state.pending_in)
    known, request = in_state(JULIET, state, Item(JULIET, "Juliet", ("Capulet",), "both"), Kept(b"<x/>", "i"))
    assert known is not None and (known.name, known.groups) == ("Juliet", ("Capulet",))
    assert request == (Kept(b"<x/>", "i") if state.pending_in else None)


@pytest.mark.parametrize(
    ("subscription", "ask", "pending"), list(product(("none", "to", "from", "both", "remove"), (0, 1), (0, 1)))
)
def test_only_the_nine_states_can_be_seeded(subscription: str, ask: int, pending: int) -> None:
    """Anything else is refused with the contact and what is wrong with it (§A.1)."""
    item = Item(JULIET, subscription=subscription, ask=bool(ask))
    requests = {JULIET: Kept(b"")} if pending else {}
    if any(state.value == (subscription, ask, pending) for state in State):
        assert seeded_roster([item], requests, "v").state(JULIET).value == (subscription, ask, pending)
    else:
        with pytest.raises(ValueError, match=f"{JULIET}: the subscription '{subscription}'"):
            seeded_roster([item], requests, "v")


def test_a_seeded_roster_is_a_first_state() -> None:
    """Its version is known, and what a client had before is not."""
    roster = seeded_roster([Item(JULIET)], {}, "v1")
    assert roster.changes_since("v1") == [] and roster.changes_since("v0") is None


def test_a_mirrored_roster_has_everybody_who_knows_the_contact() -> None:
    """Each account that holds something of it, whether an entry or a request, and no other; never itself."""
    rig = Staged()
    juliet = rig.login("juliet")
    rig.login("romeo").presence("subscribe", "nurse@localhost")
    juliet.presence("subscribe", "romeo@localhost")
    mirror = mirrored_roster(rig.world.accounts.values(), "nurse@localhost", "v")
    assert dict(mirror.items) == {} and dict(mirror.requests) == {"romeo@localhost": Kept(b"")}
    mirror = mirrored_roster(rig.world.accounts.values(), "romeo@localhost", "v")
    assert list(mirror.items.values()) == [Item("nurse@localhost", ask=True)] and list(mirror.requests) == [JULIET]


def seeded(who: str, state: State, **script: object) -> Staged:
    """Juliet in ``state`` with a contact that is made after her roster, online with both sides agreed."""
    rig = Staged()
    item, kept = in_state(who, state)
    rig.apply(rig.server.command(PutEntry(jid.parse(JULIET), who, item, kept), rig.now))
    rig.contact(who, **{"answer": "ignore", **script})
    return rig


@WHERE
@STATES
def test_both_sides_of_a_seed_agree(who: str, state: State) -> None:
    """A contact that is made for a user in any state holds the mirror of it, and going online changes neither."""
    rig = seeded(who, state)
    juliet = rig.login("juliet")
    assert (rig.state("juliet", who), rig.holds(who)) == (state, mirrored(state))
    assert juliet.seen() == []
    rig.tell(who, "presence", show="away")
    assert juliet.seen() == ([f"presence available from {who}/rosterkit"] if state.sees else [])


@WHERE
@STATES
def test_after_any_stanza_of_either_both_sides_still_agree(who: str, state: State) -> None:
    """All nine states and eight stanzas: what a seed leads to is what the flows would have led to."""
    assert set(State) == set(WAYS)
    for side, type in product(("user", "contact"), TYPES):
        rig = seeded(who, state)
        juliet = rig.login("juliet")
        if side == "user":
            juliet.presence(type, who)
        else:
            rig.tell(who, type, to=JULIET)
        rig.later(10)
        assert rig.holds(who) is mirrored(rig.state("juliet", who)), (side, type)


@WHERE
@STATES
def test_a_kept_request_of_a_seed_is_answered(who: str, state: State) -> None:
    """The contact finds it when it goes online, once for all its resources."""
    rig = seeded(who, state, answer="accept", resources=[{"name": "a"}, {"name": "b"}])
    asked = mirrored(state).pending_in
    assert rig.holds(who).seen == (mirrored(state).seen or asked)
    assert rig.holds(who) is mirrored(rig.state("juliet", who))
    assert len(rig.said(who, "subscribed")) == asked


@WHERE
def test_a_roster_of_its_own_is_taken_instead(who: str) -> None:
    """Nothing is mirrored then; two sides that disagree are healed by the first probe (§4.3.2)."""
    rig = Staged()
    rig.contact(who, seeded_roster([Item(JULIET, "J", (), "both")], {}, "v"), resources=[])
    assert (rig.state("juliet", who), rig.holds(who)) == (State.NONE, State.BOTH)
    rig.tell(who, "presence")
    assert (rig.state("juliet", who), rig.holds(who)) == (State.NONE, State.FROM)


@WHERE
def test_the_side_of_a_contact_can_be_put_later(who: str) -> None:
    """What it holds about one user is replaced, without a stanza to anybody."""
    rig = seeded(who, State.NONE)
    juliet = rig.login("juliet")
    rig.playing.put_entry(jid.parse(who), JULIET, *in_state(JULIET, State.TO_IN), rig.now)
    rig.play()
    assert (rig.holds(who), juliet.seen()) == (State.TO_IN, [])
    rig.playing.order(jid.parse(who), Order("subscribed", jid.parse(JULIET)), rig.now)
    rig.play()
    assert rig.holds(who) is State.BOTH
