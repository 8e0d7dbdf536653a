"""What is to be done when: keys with a time each, the earliest first.

Times are numbers that somebody else counts; nothing here has a clock.

Tests: ``tests/core/test_agenda.py``.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Agenda"]

Key = TypeVar("Key", bound=Hashable)


class Agenda(Generic[Key]):
    """Each key stands in it once.  Of two that are due at the same time, the one that was put in first is first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Key]] = []  # with what was dropped or moved, until it comes up
        self._numbers: dict[Key, int] = {}
        self._count = itertools.count()

    def __contains__(self, key: Key) -> bool:
        return key in self._numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, key: Key, at: float) -> None:
        """Let ``key`` be due at ``at``, instead of when it was before."""
        number = self._numbers[key] = next(self._count)
        heapq.heappush(self._heap, (at, number, key))
        if len(self._heap) > 2 * len(self._numbers) + 16:
            self._heap = [entry for entry in self._heap if self._numbers.get(entry[2]) == entry[1]]
            heapq.heapify(self._heap)

    def drop(self, key: Key) -> None:
        """Forget ``key``; one that is not there is no error."""
        self._numbers.pop(key, None)

    @property
    def next_at(self) -> float | None:
        """When the first key is due; None where there is none."""
        heap = self._heap
        while heap and self._numbers.get(heap[0][2]) != heap[0][1]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> tuple[float, Key] | None:
        """Take out the first key that is due, and since when; None where none is."""
        at = self.next_at
        if at is None or at > now:
            return None
        _, _, key = heapq.heappop(self._heap)
        del self._numbers[key]
        return at, key
