"""When an attack counts as felt."""

from __future__ import annotations

import pytest

from bench.hostile.judging import GROWTH, Measured, Outcome

QUIET = Measured([0.010] * 100, 0, 50_000, 0.1)


def felt(
    beside: Measured, before: Measured = QUIET, said: str = "1 attack", failures: list[str] | None = None
) -> list[str]:
    """In what way."""
    return Outcome("any", before, beside, said, failures or []).felt


def test_an_attack_that_nobody_feels() -> None:
    """The same latencies, nobody lost, little more memory."""
    assert felt(QUIET._replace(most_kib=50_000 + GROWTH)) == []


@pytest.mark.parametrize(("slow", "expected"), [(0.029, []), (0.031, ["slow"])])
def test_three_times_the_quiet_percentile_is_slow(slow: float, expected: list[str]) -> None:
    """Two in a hundred decide the 99th percentile; one does not."""
    assert felt(QUIET._replace(latencies=[0.010] * 98 + [slow] * 2)) == expected
    assert felt(QUIET._replace(latencies=[0.010] * 99 + [slow])) == []


def test_a_quiet_value_below_the_floor_counts_as_the_floor() -> None:
    """From 1 to 14 ms is nothing that others feel; from 1 to 16 is."""
    before = QUIET._replace(latencies=[0.001] * 100)
    assert felt(QUIET._replace(latencies=[0.014] * 100), before) == []
    assert felt(QUIET._replace(latencies=[0.016] * 100), before) == ["slow"]


def test_no_answers_lost_sessions_memory_and_failures_are_felt() -> None:
    """Each by its name, and an attacker that did not attack proves nothing."""
    assert felt(QUIET._replace(latencies=[])) == ["slow"]
    assert felt(QUIET._replace(lost=1)) == ["lost"]
    assert felt(QUIET._replace(most_kib=50_001 + GROWTH)) == ["memory"]
    assert felt(QUIET, failures=("Traceback",)) == ["failures"]
    assert felt(QUIET, said="") == ["nobody attacked"]
