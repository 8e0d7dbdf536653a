"""Places in the image of the imports."""

from __future__ import annotations

from rosterkit_pages.layers import Bend, chains, ordered, spread

ROWS = [["a", "b"], ["c"], ["d"]]
SIZES = (100, 20)


def test_a_line_bends_in_each_level_that_it_passes():
    """And goes straight to the next."""
    assert chains(ROWS, {("a", "d"), ("c", "d")}) == [["a", Bend("a", "d", 1), "d"], ["c", "d"]]


def test_levels_are_in_the_order_of_what_they_are_joined_to():
    """The bend of the line from the right goes past the right of c."""
    rows = [["a", "b"], ["c"], ["d"]]
    placed = ordered(rows, chains(rows, {("a", "c"), ("b", "d"), ("c", "d")}), SIZES)
    assert placed[1] == ["c", Bend("b", "d", 1)]
    rows = [["b", "a"], ["c"], ["d"]]
    placed = ordered(rows, chains(rows, {("a", "c"), ("b", "d"), ("c", "d")}), SIZES)
    assert placed[1] == [Bend("b", "d", 1), "c"]


def test_nothing_stands_on_anything_else():
    """Each has its width, and a level its middle at 0."""
    at = spread([["a", Bend("x", "y", 1), "c"]], SIZES)
    assert at == {"a": -60.0, Bend("x", "y", 1): 0.0, "c": 60.0}
