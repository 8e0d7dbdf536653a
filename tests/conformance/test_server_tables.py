"""The tables that servers are judged by, and those that our own server lives by: written down twice, and the same."""

from __future__ import annotations

import pytest

from rosterkit.conformance.server.tables import INBOUND, NAMES, OUTBOUND, STATES, TYPES, mirrored
from rosterkit.core.subscription import TABLE, Action, Event, State

OURS = dict(zip(STATES, State, strict=True))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", ["out", "in"])
def test_both_tables_agree(way: str, state: str, type_: str):
    """A cell that one of them has wrong is seen here, and not on somebody's server."""
    cell = (OUTBOUND if way == "out" else INBOUND)[state, type_]
    action, after = TABLE[OURS[state], Event(f"{way} {type_}")]
    assert OURS[cell.after] is after
    assert cell.passes is (action in (Action.ROUTE, Action.DELIVER))
    assert cell.replies is (action is Action.REPLY)


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_what_it_says(state: str):
    """What the roster shows of it, and whether a request waits."""
    told = STATES[state]
    assert (told.subscription, told.ask, told.pending_in) == OURS[state].value


@pytest.mark.parametrize("state", STATES)
def test_a_path_leads_to_its_state(state: str):
    """Each stanza of the path, by the tables: that is how a server is brought there."""
    here = "N"
    for who, type_ in STATES[state].path:
        here = (OUTBOUND if who == "user" else INBOUND)[here, type_].after
    assert here == state


@pytest.mark.parametrize("state", STATES)
def test_a_path_leads_to_the_mirrored_state_at_the_other_end(state: str):
    """The contact's roster agrees with the user's, since both are told of every stanza that passes."""
    here, there = "N", "N"
    for who, type_ in STATES[state].path:
        mine, theirs = (OUTBOUND, INBOUND) if who == "user" else (INBOUND, OUTBOUND)
        here, there = mine[here, type_].after, theirs[there, type_].after
    assert there == mirrored(state)
    assert mirrored(mirrored(state)) == state


def test_every_state_has_a_name_of_its_own():
    """Ids of cases are made of them."""
    assert len(set(NAMES.values())) == len(STATES) == len(NAMES)
