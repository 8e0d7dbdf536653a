"""Where packages and the lines between them stand in an image, so that no line runs through a package.

A line that passes a level on its way has a place of its own there, a *bend*.  Each level is put into the order of
what it is joined to, from above and from below in turn, which keeps most lines from crossing.

Tests: ``tests/pages/test_layers_of_image.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Bend", "Spot", "chains", "ordered", "spread"]

_SWEEPS = 12


class Bend(NamedTuple):
    """The place of a line in a level that it passes."""

    start: str
    end: str
    level: int


#: What has a place in a level.
Spot = str | Bend


def chains(rows: Sequence[Sequence[str]], lines: Iterable[tuple[str, str]]) -> list[list[Spot]]:
    """Give each line as its package, its bends, and the package that it leads to; in the order of their names."""
    level = {name: number for number, row in enumerate(rows) for name in row}
    return [
        [start, *(Bend(start, end, between) for between in range(level[start] + 1, level[end])), end]
        for start, end in sorted(lines)
    ]


def ordered(
    rows: Sequence[Sequence[str]], joined: Sequence[Sequence[Spot]], sizes: tuple[int, int]
) -> list[list[Spot]]:
    """Give the levels with their bends, each in a good order; ``sizes`` are the widths of a package and of a bend."""
    placed: list[list[Spot]] = [list(row) for row in rows]
    for chain in joined:
        for spot in chain:
            if isinstance(spot, Bend):
                placed[spot.level].append(spot)
    pairs = [pair for chain in joined for pair in pairwise(chain)]
    above: dict[Spot, list[Spot]] = {}
    below: dict[Spot, list[Spot]] = {}
    for upper, lower in pairs:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    for sweep in range(_SWEEPS):
        near, order = (above, placed) if sweep % 2 == 0 else (below, placed[::-1])
        for row in order:
            at = spread(placed, sizes)
            row.sort(key=lambda spot: _middle(spot, near, at))
    return placed


def _middle(spot: Spot, near: Mapping[Spot, list[Spot]], at: Mapping[Spot, float]) -> float:
    """The middle of what it is joined to; its own place where that is nothing."""
    joined = [at[other] for other in near.get(spot, ())] or [at[spot]]
    return sum(joined) / len(joined)


def spread(rows: Iterable[Sequence[Spot]], sizes: tuple[int, int]) -> dict[Spot, float]:
    """Give the middle of each, from left to right; 0 is the middle of every level."""
    at: dict[Spot, float] = {}
    for row in rows:
        widths = [sizes[isinstance(spot, Bend)] for spot in row]
        x = -sum(widths) / 2
        for spot, width in zip(row, widths, strict=True):
            at[spot] = x + width / 2
            x += width
    return at
