"""What a server costs, whatever processes it consists of: CPU time and memory of the whole tree.

Linux only (``/proc``).  Tests: ``tests/bench/peers/test_peer_workloads.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = ["Tree"]

_PROC = Path("/proc")


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
        """The CPU time of all their threads so far, with the scheduler's nanoseconds."""
        total = 0
        for pid in self.pids:
            for thread in (_PROC / str(pid) / "task").iterdir():
                with suppress(OSError):
                    total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self) -> float:
        """KiB that they hold, what they share with others in proportion (PSS)."""
        return sum(self._pss(pid) for pid in self.pids)

    @staticmethod
    def _pss(pid: int) -> float:
        with suppress(OSError):
            found = re.search(r"^Pss: +(\d+) kB", (_PROC / str(pid) / "smaps_rollup").read_text(), re.MULTILINE)
            return int(found[1]) if found else 0
        return 0
