"""What a circle does next."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.soak.choosing import choose
from bench.soak.model import Model, Remove, Set

ACCOUNTS = ["a@localhost", "b@localhost", "c@localhost"]


@given(st.integers(0, 10**6))
def test_operations_beside_each_other_do_not_meet(seed: int) -> None:
    """Several at once are edits, of a different account each, and remove nobody who would feel it."""
    chosen = choose(Random(seed), Model(ACCOUNTS), ["r@far.test"])
    if len(chosen) > 1:
        assert [one.account for one in chosen] == ACCOUNTS
        for one in chosen:
            assert isinstance(one, Set | Remove)
            assert isinstance(one, Set) or one.contact.endswith("@stranger.test")


def test_the_same_seed_does_the_same() -> None:
    """A run can be repeated."""
    assert [choose(Random(5), Model(ACCOUNTS), []) for _ in range(2)] == [choose(Random(5), Model(ACCOUNTS), [])] * 2
