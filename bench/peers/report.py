"""The table for ``docs/performance.md``, the rows for a terminal, and the plot.

Tests: ``tests/bench/peers/test_peer_report.py``.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench.clients.figures import slope
from bench.peers.measuring import Figure
from bench.peers.workloads import Workload

__all__ = [
    "OURS",
    "PLACE",
    "Row",
    "check_place",
    "draw",
    "exponent",
    "latencies",
    "markdown",
    "replace_between",
    "slowness",
]

OURS = "rosterkit"
#: What the comments are called between which the table stands.
PLACE = "servers"
_COLOURS = {OURS: "#2a6f97", "prosody": "#e09f3e", "ejabberd": "#9e2a2b", "floor": "#adb5bd"}


class Row(NamedTuple):
    """One workload: the runs of each server, and of the floor where it was measured."""

    workload: Workload
    runs: Mapping[str, Sequence[Figure]]

    def middle(self, server: str) -> Figure | None:
        """The run with the median CPU; None where it was not measured."""
        runs = sorted(self.runs.get(server, ()), key=lambda figure: figure.cpu)
        return runs[len(runs) // 2] if runs else None

    @property
    def best_peer(self) -> float | None:
        """CPU milliseconds of the cheaper of the others."""
        found = [figure.cpu_ms for name in ("prosody", "ejabberd") if (figure := self.middle(name)) is not None]
        return min(found, default=None)

    @property
    def ratio(self) -> float | None:
        """Ours to the cheaper of the others, as the median of the runs; under 1 we are ahead."""
        ours, peer = self.middle(OURS), self.best_peer
        return ours.cpu_ms / peer if ours is not None and peer is not None else None

    def must(self, slowness: float) -> float | None:
        """The bar in milliseconds on a machine so many times slower: its own, or the cheaper of the others."""
        return self.workload.bars.must * slowness if self.workload.bars.must is not None else self.best_peer

    def verdict(self, slowness: float) -> str:
        """Of the worst of our runs: ``aim`` or ``must`` is met, or it is ``over``; ``-`` without a measurement."""
        runs, must = self.runs.get(OURS, ()), self.must(slowness)
        if not runs or must is None:
            return "-"
        worst = max(figure.cpu_ms for figure in runs)
        return "aim" if worst <= self.workload.bars.aim * slowness else "must" if worst <= must else "over"


def slowness(rows: Sequence[Row]) -> float:
    """How many times slower this machine is than that on which the bars were set; 1 where only ours was measured.

    The median, over the workloads, of what the cheaper of the others costs here to what it cost there.
    """
    found = [
        row.best_peer / row.workload.bars.reference
        for row in rows
        if row.best_peer is not None and row.workload.bars.reference is not None
    ]
    return median(found) if found else 1.0


def markdown(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """A line for each workload: CPU, the ratio to the cheaper of the others, the bars, and which of them is met."""
    slow = slowness(rows)
    bars = ["must", "aim", "must here", "aim here", ""]
    heads = ["workload", *(f"{name}, ms" for name in servers), "× best peer", *bars]
    lines = [_line(heads), _line(["---"] + ["---:"] * (len(heads) - 1))]
    for row in rows:
        figures = [row.middle(name) for name in servers]
        must = row.must(slow)
        lines.append(
            _line(
                [
                    row.workload.title,
                    *(_ms(figure.cpu_ms) if figure is not None else "" for figure in figures),
                    f"{row.ratio:.2f}" if row.ratio is not None else "",
                    _ms(row.workload.bars.must) if row.workload.bars.must is not None else "best peer",
                    _ms(row.workload.bars.aim),
                    _ms(must) if must is not None else "",
                    _ms(row.workload.bars.aim * slow),
                    row.verdict(slow),
                ]
            )
        )
    return "\n".join(lines) + "\n"


def latencies(rows: Sequence[Row], servers: Sequence[str]) -> str:
    """A line for each workload: operations a second, p50 and p99 in milliseconds, of each server."""
    lines = [_line(["workload", *servers]), _line(["---"] + ["---:"] * len(servers))]
    for row in rows:
        cells = [
            f"{figure.per_second:,.0f} · {_ms(figure.p50 * 1000)} / {_ms(figure.p99 * 1000)}" if figure else ""
            for figure in map(row.middle, servers)
        ]
        lines.append(_line([row.workload.title, *cells]))
    return "\n".join(lines) + "\n"


def exponent(costs: Mapping[int, float]) -> float:
    """How ``costs`` grow with their sizes: the slope of the line that fits best through both logarithms."""
    return slope([(math.log(max(size, 1)), math.log(cost)) for size, cost in costs.items()])


def draw(rows: Sequence[Row], servers: Sequence[str], path: Path) -> None:
    """Bars of CPU per operation on a logarithmic scale, as SVG.  Raises ImportError without matplotlib."""
    matplotlib: Any = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": OURS, "font.size": 9}
    pyplot: Any = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(figsize=(9, 0.55 * len(rows) + 1.2))
    height = 0.8 / len(servers)
    for place, server in enumerate(servers):
        costs = [(at, found.cpu_ms) for at, row in enumerate(rows) if (found := row.middle(server)) is not None]
        where = [at + (place - (len(servers) - 1) / 2) * height for at, _ in costs]
        axes.barh(where, [cost for _, cost in costs], height, label=server, color=_COLOURS.get(server))
    axes.set_yticks(range(len(rows)), [row.workload.title for row in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("CPU of the server for one operation, ms (logarithmic; shorter is better)")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def check_place(path: Path) -> None:
    """Raise what :func:`draw` and :func:`replace_between` would raise, before anything is measured."""
    importlib.import_module("matplotlib")
    replace_between(path.read_text(encoding="utf-8"), PLACE, "")


def replace_between(text: str, name: str, what: str) -> str:
    """``text`` with ``what`` between the comments of ``name``; raises ValueError where it has none."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if begin not in text or end not in text:
        raise ValueError(f"There is no place for {name!r}: write the lines {begin} and {end} where it is to stand.")
    head, rest = text.split(begin, 1)
    return f"{head}{begin}\n{what}{end}{rest.split(end, 1)[1]}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ms(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
