"""Latencies and their percentiles, a straight line through measurements, and a table for people.

Tests: ``tests/bench/test_figures.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

__all__ = ["milliseconds", "percentile", "slope", "table"]


def percentile(values: Iterable[float], share: float) -> float:
    """The least value that at least ``share`` (0 to 1) of all do not exceed; NaN where there is none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much y grows with each x on the line that fits best (least squares); 0 where x does not differ."""
    count = len(points)
    if not count:
        return 0.0
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def milliseconds(seconds: float) -> str:
    """For a person; ``-`` where there is nothing."""
    return "-" if math.isnan(seconds) else f"{seconds * 1000:.1f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows with aligned columns, the first row as their heads; numbers stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if not at else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
