"""How many bytes wait because the other side has not read them, and when they are too many.

Tests: ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rosterkit.net.sockets import unsent

__all__ = ["Backlog"]


class Backlog:
    """What waits for one reader; ``limit`` is the most bytes, 0 for any number.

    The transport is asked only when what was handed over since the last time could be too much.
    """

    __slots__ = ("_limit", "_owed")

    def __init__(self, limit: int) -> None:
        self._limit: float = limit or math.inf
        self._owed = 0  # the most bytes that can be waiting

    def too_much(self, size: int, transport: Any, collected: Sequence[bytes]) -> int:
        """The bytes that wait where ``size`` more would be too much, else 0: those can be handed over.

        One stanza always goes, however long it is: a reader that takes everything is never closed.  Whoever was told
        once that it is too much is not again, and has room for the last words.
        """
        self._owed += size
        if self._owed <= self._limit:
            return 0
        waiting = unsent(transport) + sum(map(len, collected))
        self._owed = waiting + size
        if waiting <= self._limit:
            return 0
        self._limit = math.inf
        return waiting
