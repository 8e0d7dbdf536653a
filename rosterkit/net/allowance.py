"""How often something may happen: so many times a second on average, with a reserve for those who come in bursts.

Tests: ``tests/net/test_allowance.py``.
"""

from __future__ import annotations

__all__ = ["RESERVE", "Allowance"]

#: Who has been quiet for so many seconds may do at once what is allowed in them.
RESERVE = 10


class Allowance:
    """``rate`` is how often a second, 0 for as often as one likes; ``take`` uses one up.

    Over any time of t seconds it gives ``rate * (t + RESERVE)`` and not more than one beyond that.
    """

    __slots__ = ("_each", "_free_at", "_seen")

    def __init__(self, rate: int) -> None:
        self._each = 1 / rate if rate else 0.0
        self._free_at = 0.0  # when everything taken so far will have been earned
        self._seen = 0.0

    def take(self, now: float) -> bool:
        """Whether one more may be at ``now`` (seconds); what may not be costs nothing.

        A clock that is set back costs nobody anything: what was taken stays as long ago as it was.
        """
        if now < self._seen:
            self._free_at += now - self._seen
        self._seen = now
        free_at = max(self._free_at, now) + self._each
        if self._each and free_at - now > RESERVE + self._each / 2:  # half of one for what floats lose
            return False
        self._free_at = free_at
        return True
