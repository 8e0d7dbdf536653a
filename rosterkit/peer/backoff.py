"""How long to wait before the next attempt: hardly at first, longer each time, never in step with others.

Tests: ``tests/peer/test_backoff.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["FIRST", "LONGEST", "STEADY", "Backoff"]

#: Seconds before the first and the most before any later attempt.
FIRST, LONGEST = 0.2, 30.0
#: Seconds that a stream must have lasted for its end to count as the first failure.
STEADY = 30.0


class Backoff:
    """The pauses of one connection; ``draw`` gives numbers of [0, 1).

    Each is twice as long as the one before, and a part of it, up to a half, is left out at random: many components
    that lost the same server do not all come back at once.
    """

    def __init__(self, draw: Callable[[], float] = random.random) -> None:
        self._draw = draw
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        pause = min(LONGEST, FIRST * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return pause * (1 - self._draw() / 2)

    def lasted(self, seconds: float) -> None:
        """A stream has ended after so many seconds."""
        if seconds >= STEADY:
            self._failures = 0
