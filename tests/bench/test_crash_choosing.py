"""What clients of ``make crash`` do."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.crash.choosing import FAR, choose
from bench.soak.model import Set, Subscription

ACCOUNTS = ["a@localhost", "b@localhost", "c@localhost"]


@given(st.integers(0, 10**6))
def test_everybody_changes_what_is_his_own_among_few(seed: int) -> None:
    """The account is the client's, the contact another account or listed only; nobody far is sent anything."""
    operation = choose(Random(seed), ACCOUNTS[0], ACCOUNTS, "17")
    assert operation.account == ACCOUNTS[0]
    assert operation.contact in (*ACCOUNTS[1:], *FAR)
    assert not (isinstance(operation, Subscription) and operation.contact in FAR)


@given(st.integers(0, 10**6))
def test_the_parts_of_an_entry_bear_one_mark(seed: int) -> None:
    """So halves of two changes can be told from a whole."""
    operation = choose(Random(seed), ACCOUNTS[0], ACCOUNTS, "17")
    if isinstance(operation, Set):
        assert {part.partition(" ")[2] for part in (str(operation.name), *operation.groups)} == {"17"}
