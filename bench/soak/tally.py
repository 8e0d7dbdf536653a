"""What a soak counts, and the table that it prints of it."""

from __future__ import annotations

import time
from collections import Counter

from bench.clients.figures import milliseconds, percentile, table

__all__ = ["Tally"]

_HEAD = (
    "minute",
    "operations",
    "per s",
    "logins",
    "lost",
    "set p50 ms",
    "p99",
    "ping p50 ms",
    "p99",
    "faults",
    "RSS MiB",
)


class Tally:
    """Counters by name, latencies by kind since the last row, everything that was found to be wrong."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.memory: list[tuple[float, float, int]] = []  # seconds since the beginning, KiB, the server's start
        self._latencies: dict[str, list[float]] = {"set": [], "ping": []}
        self._rows: list[tuple[str, ...]] = [_HEAD]
        self._last = (self.began, 0)

    def took(self, kind: str, seconds: float) -> None:
        """An operation of this kind was answered."""
        self._latencies[kind].append(seconds)

    def differs(self, what: str) -> None:
        """Something is wrong; the first hundred are kept."""
        self.counts["wrong"] += 1
        if len(self.wrong) < 100:
            self.wrong.append(what)
            print(f"wrong: {what}", flush=True)

    def remember(self, kib: float, start: int) -> None:
        """The memory now of the server that was started as number ``start``; 0 is one that is not ready."""
        if start:
            self.memory.append((time.monotonic() - self.began, kib, start))

    def row(self) -> str:
        """A row since the last one, beneath its heads."""
        now, operations = time.monotonic(), self.counts["operations"]
        since, before = self._last
        sets, pings = self._latencies["set"], self._latencies["ping"]
        self._rows.append(
            (
                f"{(now - self.began) / 60:.1f}",
                str(operations - before),
                f"{(operations - before) / max(now - since, 0.001):.0f}",
                str(self.counts["logins"]),
                str(self.counts["lost"]),
                *(milliseconds(percentile(of, share)) for of in (sets, pings) for share in (0.5, 0.99)),
                str(self.counts["faults"]),
                f"{self.memory[-1][1] / 1024:.1f}" if self.memory else "-",
            )
        )
        self._last = (now, operations)
        for values in self._latencies.values():
            values.clear()
        return table((_HEAD, self._rows[-1]))

    def whole(self) -> str:
        """Every row."""
        return table(self._rows)
