"""Appendix A as a table, every cell of it, and pre-approval laid over it (RFC 6121 §3.4)."""

from __future__ import annotations

import itertools
import re

import pytest
from test_subscribing_table import IN, OUT, cells

from rosterkit.core.subscription import TABLE, Action, Event, State, Step, state_of, step

ACTIONS = {
    "out": {"route": Action.ROUTE, "no": Action.KEEP},
    "in": {"deliver": Action.DELIVER, "no": Action.DROP, "reply": Action.REPLY},
}
#: Every cell as it was typed in from the appendix: the state, the event, what happens, the state after.
WRITTEN = {
    (before, Event(f"{way} {kind}")): (ACTIONS[way][what], after)
    for way, table in (("out", OUT), ("in", IN))
    for before, kind, what, after in cells(table)
}
BOTH_WAYS = list(itertools.product(State, Event))
#: Where a pre-approval may be given, and where it leads when the contact asks (§3.4.2, §3.1.3).
GRANTED = {State.NONE: State.FROM, State.NONE_OUT: State.FROM_OUT, State.TO: State.BOTH}


def called(value: State | Event) -> str:
    """A name for a state or an event."""
    return value.name


def test_the_table_is_total() -> None:
    """Nine states and eight events, a cell for each and none besides."""
    assert set(TABLE) == set(BOTH_WAYS) == set(WRITTEN)
    assert len(TABLE) == 9 * 8


@pytest.mark.parametrize(("state", "event"), BOTH_WAYS, ids=called)
def test_each_cell_is_that_of_the_appendix(state: State, event: Event) -> None:
    """What happens to the stanza, and the state after (§A.2, §A.3)."""
    assert TABLE[state, event] == WRITTEN[state, event]


@pytest.mark.parametrize(("state", "event"), BOTH_WAYS, ids=called)
@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize("offered", [False, True])
def test_pre_approval_over_each_cell(state: State, event: Event, approved: bool, offered: bool) -> None:
    """The mark is set, used and cleared where §3.4 says so; everywhere else it stays and the table alone decides."""
    expected = Step(*WRITTEN[state, event], approved)
    if event is Event.OUT_SUBSCRIBED and state in GRANTED and offered:
        expected = expected._replace(approved=True)  # §3.4.2
    elif event is Event.OUT_UNSUBSCRIBED:
        expected = expected._replace(approved=False)  # §3.4.2: in every state
    elif event is Event.IN_SUBSCRIBE and state in GRANTED and approved:
        expected = Step(Action.REPLY, GRANTED[state], True)  # §3.1.3
    assert step(state, event, approved, offered) == expected


def test_a_pre_approval_routes_nothing() -> None:
    """Giving one and cancelling one stay within the server (§3.4.2)."""
    for state in GRANTED:
        assert step(state, Event.OUT_SUBSCRIBED) == Step(Action.KEEP, state, True)
        assert step(state, Event.OUT_UNSUBSCRIBED, approved=True) == Step(Action.KEEP, state, False)


def test_the_states_spell_what_the_roster_shows() -> None:
    """Subscription, ask and kept request name a state and a state names them (§A.1)."""
    assert {state.name: (state.subscription, state.ask, state.pending_in) for state in State} == {
        "NONE": ("none", False, False),
        "NONE_OUT": ("none", True, False),
        "NONE_IN": ("none", False, True),
        "NONE_OUT_IN": ("none", True, True),
        "TO": ("to", False, False),
        "TO_IN": ("to", False, True),
        "FROM": ("from", False, False),
        "FROM_OUT": ("from", True, False),
        "BOTH": ("both", False, False),
    }
    for state in State:
        assert state_of(state.subscription, state.ask, state.pending_in) is state


def test_other_combinations_are_no_state() -> None:
    """Of the sixteen combinations seven are outside §A.1, such as a request to somebody who has agreed already."""
    sixteen = itertools.product(["none", "to", "from", "both"], [False, True], [False, True])
    outside = [combination for combination in sixteen if combination not in {state.value for state in State}]
    assert len(outside) == 7
    for combination in outside:
        with pytest.raises(KeyError):
            state_of(*combination)


def test_who_sees_whom() -> None:
    """To and Both receive presence, From and Both are seen (§4.2.2, §4.3.1)."""
    assert {state.name for state in State if state.sees} == {"TO", "TO_IN", "BOTH"}
    assert {state.name for state in State if state.seen} == {"FROM", "FROM_OUT", "BOTH"}


@pytest.mark.parametrize("state", State, ids=called)
def test_healing_is_possible_from_each_state(state: State) -> None:
    """Both subscribe and unsubscribe are always routed, also when nothing changes: that is how two servers heal."""
    assert step(state, Event.OUT_SUBSCRIBE).action is Action.ROUTE
    assert step(state, Event.OUT_UNSUBSCRIBE).action is Action.ROUTE


def test_every_state_can_be_reached_and_left_for_none() -> None:
    """From None each state can be reached, and from each state the way back to None exists."""
    after = {state: {step(state, event).state for event in Event} for state in State}

    def reached(start: State) -> set[State]:
        found, todo = {start}, [start]
        while todo:
            new = after[todo.pop()] - found
            found |= new
            todo += new
        return found

    assert reached(State.NONE) == set(State)
    assert all(State.NONE in reached(state) for state in State)


def test_labels_are_those_of_the_rfc() -> None:
    """RFC 6121 §A.1."""
    assert [state.label for state in State] == [
        "None", "None + Pending Out", "None + Pending In", "None + Pending Out/In", "To", "To + Pending In", "From",
        "From + Pending Out", "Both",
    ]  # fmt: skip


def test_a_state_is_spelled_as_one_word() -> None:
    """Each as another one, of small letters and hyphens."""
    spelled = [state.spelled for state in State]
    assert len(set(spelled)) == len(State)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", word) for word in spelled)
    assert State.NONE_OUT_IN.spelled == "none-out-in"
