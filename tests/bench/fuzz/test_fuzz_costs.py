"""Nothing takes more time than its length: sizes compared, for every shape that somebody hostile would send."""

from __future__ import annotations

import re

import pytest

from bench.fuzz.costs import SHAPES, Shape, is_too_much, ratio


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_four_times_as_much_takes_four_times_as_long(shape: Shape) -> None:
    """Or less, with some room for chance."""
    assert not is_too_much(shape), ratio(shape)


def test_what_goes_through_its_input_again_and_again_is_noticed() -> None:
    """A pattern that begins anew at each of its words takes the square of their number."""
    pattern = re.compile(rb"xmlns[^=<>]*=")
    assert is_too_much(Shape("words", lambda size: b"xmlns" * (size // 5), pattern.search), (5_000, 20_000))


def test_what_takes_a_moment_is_not() -> None:
    """Noise is no growth."""
    assert not is_too_much(Shape("nothing", bytes, len))
