"""The accounts of a run: nobody has one that another has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.probing.pool import Pool
from rosterkit.wire.entering import Account

ACCOUNTS = [Account(name, "capulet.test", "secret") for name in ("juliet", "nurse", "peter", "sampson")]


@given(st.lists(st.integers(1, 4)))
def test_no_account_is_taken_twice(counts: list[int]):
    """Whatever is asked for and given back, in whatever order."""
    pool, taken = Pool(ACCOUNTS), []
    for count in counts:
        got = pool.take(count)
        if got is None:
            assert pool.free < count
            if taken:
                pool.give_back(taken.pop(0))
            continue
        assert len(got) == count
        assert not {one for other in taken for one in other} & set(got)
        taken.append(got)
    assert pool.free == len(ACCOUNTS) - sum(map(len, taken))


def test_an_account_that_is_used_no_more():
    """It is never handed out again, and the pool knows how many there are."""
    pool = Pool(ACCOUNTS)
    pool.take(4)
    pool.shrink()
    assert pool.size == 3
    pool.give_back(ACCOUNTS[1:])
    assert pool.take(4) is None
