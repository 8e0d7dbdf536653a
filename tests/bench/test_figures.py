"""Percentiles, slopes and tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.clients.figures import milliseconds, percentile, slope, table


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    """Enough of the values are at or below it, and it is one of them."""
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_percentiles_of_a_hundred_values() -> None:
    """The median and the 99th of 1 to 100; of nothing there is none."""
    assert percentile(range(1, 101), 0.5) == 50
    assert percentile(range(1, 101), 0.99) == 99
    assert math.isnan(percentile([], 0.5))
    assert milliseconds(math.nan) == "-"
    assert milliseconds(0.0125) == "12.5"


def test_the_slope_of_a_line_is_its_own() -> None:
    """Points on a line give its slope; points at one place give none."""
    assert slope([(x, 3 * x + 7) for x in range(10)]) == pytest.approx(3)
    assert slope([(0, 0), (1, 1), (2, 0), (3, 1)]) == pytest.approx(0.2)
    assert slope([(1, 1), (1, 5)]) == 0
    assert slope([]) == 0


def test_a_table_is_aligned() -> None:
    """Names stand to the left, numbers to the right."""
    assert table([("name", "n"), ("a", "100")]) == "name    n\na     100"
