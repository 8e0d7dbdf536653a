"""The accounts of a run: handed out to plays, taken back, and how many there are of them.

Tests: ``tests/conformance/test_pool.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rosterkit.wire.entering import Account

__all__ = ["Pool"]


class Pool:
    """Accounts that no play uses at the moment, in the order in which they were given back."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._free = list(accounts)
        self.size = len(self._free)

    @property
    def free(self) -> int:
        """How many can be taken."""
        return len(self._free)

    def take(self, count: int) -> Sequence[Account] | None:
        """So many accounts, or None where there are not so many free now."""
        if len(self._free) < count:
            return None
        taken, self._free = self._free[:count], self._free[count:]
        return taken

    def give_back(self, accounts: Iterable[Account]) -> None:
        """These can be taken again."""
        self._free += accounts

    def shrink(self) -> None:
        """One of those that were taken is never given back."""
        self.size -= 1
