"""When an attack counts as felt by others: pure functions over what was measured.

Tests: ``tests/bench/test_judging_attacks.py``.
"""

from __future__ import annotations

from typing import NamedTuple

from bench.clients.figures import milliseconds, percentile

__all__ = ["FLOOR", "GROWTH", "HEAD", "SLOWER", "Measured", "Outcome"]

#: How many times its quiet value the 99th percentile may be ...
SLOWER = 3.0
#: ... and what counts as its quiet value in any case, in seconds: below, one turn of the machine decides.
FLOOR = 0.005
#: By how many KiB the server's memory may grow beside an attack.
GROWTH = 96 * 1024
HEAD = ("attack", "quiet p50 ms", "p99", "attacked p50 ms", "p99", "times", "lost", "grown MiB", "CPU", "felt")


class Measured(NamedTuple):
    """A window: latencies in seconds, how many sessions were lost, the server's most memory in KiB and its CPU."""

    latencies: list[float]
    lost: int
    most_kib: int
    cpu: float

    @property
    def p50(self) -> float:
        """The median."""
        return percentile(self.latencies, 0.5)

    @property
    def p99(self) -> float:
        """What one in a hundred exceeds."""
        return percentile(self.latencies, 0.99)


class Outcome(NamedTuple):
    """One attack: what was measured before and beside it, what the attacker ``said``, and what the server logged."""

    attack: str
    before: Measured
    beside: Measured
    said: str
    failures: list[str]

    @property
    def felt(self) -> list[str]:
        """In what way others feel it; empty where they do not.  An attacker that failed proves nothing."""
        return [
            *(["slow"] if not self.beside.p99 <= SLOWER * max(self.before.p99, FLOOR) else []),
            *(["lost"] if self.beside.lost else []),
            *(["memory"] if self._grown > GROWTH else []),
            *(["failures"] if self.failures else []),
            *(["nobody attacked"] if not self.said else []),
        ]

    @property
    def _grown(self) -> int:
        return self.beside.most_kib - self.before.most_kib

    def cells(self) -> tuple[str, ...]:
        """Its row beneath :data:`HEAD`."""
        before, beside = self.before, self.beside
        shown = [milliseconds(value) for value in (before.p50, before.p99, beside.p50, beside.p99)]
        times = f"{beside.p99 / before.p99:.1f}" if before.latencies and beside.latencies else "-"
        rest = (
            times,
            str(beside.lost),
            f"{self._grown / 1024:.1f}",
            f"{beside.cpu:.0%}",
            " ".join(self.felt) or "no",
        )
        return (self.attack, *shown, *rest)
