"""One workload on one server: CPU of its whole tree, latencies, and what the driver itself used.

Tests: ``tests/bench/peers/test_peer_floor.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from bench.clients.costing import Tree
from bench.clients.figures import percentile

__all__ = ["Figure", "measure"]


class Figure(NamedTuple):
    """Seconds of the server's CPU for one operation; latencies in seconds; the driver's share of one processor."""

    cpu: float
    p50: float
    p99: float
    per_second: float
    driver: float

    @property
    def cpu_ms(self) -> float:
        """For the table."""
        return self.cpu * 1000


def measure(tree: Tree, operation: Callable[[int], object], times: int, warm: int) -> Figure:
    """``warm`` operations that do not count, then ``times`` that do; each is given its number.

    What an operation makes a server do after its answer counts for it: the CPU is read when the server has been quiet
    for 20 ms.
    """
    for number in range(warm):
        operation(number)
    _settle(tree)
    cpu, began, own = tree.cpu_seconds(), time.perf_counter(), time.process_time()
    latencies: list[float] = []
    at = began
    for number in range(warm, warm + times):
        operation(number)
        latencies.append(-at + (at := time.perf_counter()))
    took, driver = at - began, time.process_time() - own
    _settle(tree)
    used = tree.cpu_seconds() - cpu
    return Figure(used / times, percentile(latencies, 0.5), percentile(latencies, 0.99), times / took, driver / took)


def _settle(tree: Tree, most: float = 2.0) -> None:
    """Wait until nothing is done any more, at most so many seconds."""
    until = time.monotonic() + most
    before = -1.0
    while (now := tree.cpu_seconds()) - before > 0.001 and time.monotonic() < until:
        before = now
        time.sleep(0.02)
