"""So many a second in the mean, and as many at once as there are in the reserve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rosterkit.net.allowance import RESERVE, Allowance


def test_somebody_who_was_quiet_may_do_much_at_once():
    """The reserve, one by one; then as many as time goes by."""
    allowance = Allowance(5)
    assert [allowance.take(100.0) for _ in range(5 * RESERVE + 3)] == [True] * 5 * RESERVE + [False] * 3
    assert [allowance.take(101.0) for _ in range(6)] == [True] * 5 + [False]


def test_without_a_rate_there_is_no_end():
    """0 is as often as one likes."""
    allowance = Allowance(0)
    assert all(allowance.take(0.0) for _ in range(10_000))


@given(st.integers(1, 50), st.lists(st.floats(0, 3), max_size=300))
def test_no_time_gives_more_than_it_may(rate: int, pauses: list[float]):
    """In any span of time there are at most rate times (its length and the reserve), and one for a beginning."""
    allowance, now, taken = Allowance(rate), 0.0, []
    for pause in pauses:
        now += pause
        if allowance.take(now):
            taken.append(now)
    for first in range(0, len(taken), 7):
        for last in range(first, len(taken), 7):
            assert last - first <= rate * (taken[last] - taken[first] + RESERVE) + 1e-6


@given(st.integers(1, 50), st.lists(st.floats(-5000, 5000), max_size=30))
def test_a_clock_that_is_set_costs_nobody_anything(rate: int, jumps: list[float]):
    """Who keeps to the rate is not refused, forward and back; who does not gets no more by a clock set back."""
    allowance, now = Allowance(rate), 10_000.0
    for jump in jumps:
        assert all(allowance.take(now + number / rate) for number in range(3))
        now += 3 / rate + jump
    while allowance.take(now):
        pass
    assert not allowance.take(now - 1000)


@given(st.integers(1, 50), st.integers(1, 300))
def test_who_keeps_to_the_rate_is_never_refused(rate: int, count: int):
    """However long."""
    allowance = Allowance(rate)
    assert all(allowance.take(number / rate) for number in range(count))
