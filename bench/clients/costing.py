"""What a server costs, whatever processes it consists of: CPU time and memory of the whole tree.

Linux only (``/proc``).  Tests: ``tests/bench/peers/test_peer_workloads.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Memory", "Tree", "cpu_seconds", "memory"]

_PROC = Path("/proc")


class Memory(NamedTuple):
    """What a process holds, in KiB: resident, and its share of what it has in common with others."""

    rss: int
    pss: int


def cpu_seconds(pid: int) -> float:
    """The CPU time of all threads of a process so far, with the scheduler's nanoseconds."""
    total = 0
    for thread in (_PROC / str(pid) / "task").iterdir():
        with suppress(OSError):  # gone meanwhile
            total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def memory(pid: int) -> Memory:
    """What a process holds now."""
    text = (_PROC / str(pid) / "smaps_rollup").read_text()
    values = dict(re.findall(r"^(Rss|Pss): +(\d+) kB", text, re.MULTILINE))
    return Memory(int(values["Rss"]), int(values["Pss"]))


class Tree:
    """These processes and all that they have started, found when the tree is made."""

    def __init__(self, roots: Iterable[int]) -> None:
        children: dict[int, list[int]] = {}
        for path in _PROC.glob("[0-9]*/stat"):
            with suppress(OSError):  # gone meanwhile
                parent = int(path.read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(path.parent.name))
        self.pids: list[int] = []
        waiting = list(roots)
        while waiting:
            pid = waiting.pop()
            self.pids.append(pid)
            waiting += children.get(pid, [])

    def cpu_seconds(self) -> float:
        """The CPU time of all of them so far, of those that are still there."""
        total = 0.0
        for pid in self.pids:
            with suppress(FileNotFoundError, ProcessLookupError):
                total += cpu_seconds(pid)
        return total

    def memory(self) -> int:
        """KiB that they hold, what they share with others in proportion (PSS); who has ended holds none."""
        total = 0
        for pid in self.pids:
            with suppress(FileNotFoundError, ProcessLookupError):
                total += memory(pid).pss
        return total
