"""Accounts and sessions as tables, and how every change of them is taken back."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core import jid
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Account, Session, Undo

JULIET = jid.parse("juliet@localhost")


def account(*resources: str) -> Account:
    """An account with sessions in this order."""
    made = Account(JULIET, Roster.new("v0"), {})
    for resource in resources:
        made.sessions[resource] = Session(made, JULIET.with_resource(resource))
    return made


def test_available_and_interested_are_two_things() -> None:
    """A resource is available through presence and interested through a roster get; both in the order of binding."""
    here = account("a", "b", "c")
    a, b, c = here.sessions.values()
    c.presence, a.presence = Presence(), Presence("", priority=-1)
    c.interested = b.interested = True
    assert here.available == [a, c]
    assert here.interested == [b, c]


def test_a_fresh_session_is_neither() -> None:
    """A resource that was just bound has told and asked nothing."""
    here = account("a")
    assert (here.available, here.interested, here.sessions["a"].follows_blocklist) == ([], [], False)
    assert here.sessions["a"].directed == {}


@pytest.mark.parametrize(
    ("listed", "other", "blocked"),
    [
        ("romeo@x.test/a", "romeo@x.test/a", True),
        ("romeo@x.test/a", "romeo@x.test", False),
        ("romeo@x.test", "romeo@x.test/a", True),
        ("x.test", "romeo@x.test/a", True),
        ("x.test", "x.test", True),
        ("x.test/a", "romeo@x.test/a", False),
        ("x.test", "romeo@sub.x.test", False),
        ("localhost", "romeo@localhost", True),
        ("localhost", "juliet@localhost/a", False),
        ("localhost", "localhost", False),
    ],
)
def test_who_is_blocked(listed: str, other: str, blocked: bool) -> None:
    """A listed JID means itself and what is under it (XEP-0191 §6), never the account itself or its server (§5)."""
    here = account()
    assert not here.blocks(jid.parse(other))
    here.roster = here.roster.with_blocked([listed])
    assert here.blocks(jid.parse(other)) is blocked


def test_put_is_taken_back() -> None:
    """An attribute has its old value again, the very object."""
    undo, here = Undo(), account()
    before = here.roster
    undo.put(here, "roster", Roster.new("v1"))
    undo.put(here, "roster", Roster.new("v2"))
    assert here.roster.version == "v2"
    undo.roll_back()
    assert here.roster is before


def test_insert_and_remove_are_taken_back() -> None:
    """A new key is gone, a replaced and a removed one have their values; also where the value was None."""
    undo = Undo()
    table: dict[str, Any] = {"replaced": 1, "removed": 2, "none": None}
    before = dict(table)
    undo.insert(table, "new", 9)
    undo.insert(table, "replaced", 9)
    undo.insert(table, "none", 9)
    undo.remove(table, "removed")
    assert table == {"replaced": 9, "none": 9, "new": 9}
    undo.roll_back()
    assert table == before


def test_removing_what_is_not_there_leaves_nothing_to_take_back() -> None:
    """The KeyError comes before anything is noted."""
    undo, table = Undo(), {"a": 1}
    try:
        undo.remove(table, "b")
    except KeyError:
        undo.roll_back()
    assert table == {"a": 1}


def test_what_is_committed_stays() -> None:
    """Rolling back goes to the last commit and no further, and a second time does nothing."""
    undo, here = Undo(), account()
    undo.put(here, "roster", Roster.new("v1"))
    undo.commit()
    undo.put(here, "roster", Roster.new("v2"))
    undo.roll_back()
    assert here.roster.version == "v1"
    undo.roll_back()
    assert here.roster.version == "v1"


STEPS = st.lists(st.tuples(st.sampled_from(["put", "insert", "remove"]), st.sampled_from("abc"), st.integers(0, 9)))


@given(first=STEPS, second=STEPS)
def test_any_changes_are_taken_back_to_the_last_commit(first: list[Any], second: list[Any]) -> None:
    """Whatever happened to attributes and keys, in any order and again and again, leaves no trace."""
    undo, here = Undo(), account()
    table: dict[str, int] = {}

    def happen(steps: list[Any]) -> None:
        for kind, key, value in steps:
            if kind == "put":
                undo.put(here, "roster", Roster.new(str(value)))
            elif kind == "insert":
                undo.insert(table, key, value)
            elif key in table:
                undo.remove(table, key)

    happen(first)
    undo.commit()
    roster, before = here.roster, copy.copy(table)
    happen(second)
    undo.roll_back()
    assert here.roster is roster
    assert table == before


def test_the_first_value_of_a_turn_is_all_that_is_kept() -> None:
    """However often an attribute changes, only what it was before is remembered, and taken back."""
    undo, here = Undo(), account()
    before = here.roster
    for number in range(50):
        undo.put(here, "roster", Roster.new(str(number)))
    assert len(undo._steps) == 1
    undo.roll_back()
    assert here.roster is before
    undo.put(here, "roster", Roster.new("again"))
    undo.roll_back()
    assert here.roster is before
