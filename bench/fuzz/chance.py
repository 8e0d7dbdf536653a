"""Choices that bytes make: what lets an engine that knows only bytes drive the grammar.

Tests: ``tests/bench/fuzz/test_fuzz_case.py``.
"""

from __future__ import annotations

import random

__all__ = ["ByteChance", "Chance"]

#: Where the grammar gets its choices from.
Chance = random.Random


class ByteChance(random.Random):
    """A Random whose choices are made by ``data``; when that is used up, by a generator that it seeds."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data
        self._at = 0

    def getrandbits(self, k: int) -> int:
        """So many bits: those of the next bytes while there are enough."""
        size = (k + 7) // 8
        if self._at + size > len(self._data):
            return super().getrandbits(k)
        found = int.from_bytes(self._data[self._at : self._at + size], "little")
        self._at += size
        return found & ((1 << k) - 1)

    def random(self) -> float:
        """From 0 to 1, by the next two bytes."""
        return self.getrandbits(16) / 65536
