"""What passed, counted, and said in a sentence.

Tests: ``tests/transfer/test_tally.py``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rosterkit.core.visible import plain
from rosterkit.store import StoredAccount

__all__ = ["Tally", "counted"]

#: So many accounts are named in a sentence about them.
_NAMED = 5


@dataclass(slots=True)
class Tally:
    """Counts of everything; ``locked`` and ``old_keys`` are accounts about which somebody has to do something."""

    accounts: int = 0
    entries: int = 0
    requests: int = 0
    blocked: int = 0
    left_out: int = 0
    others: Counter[str] = field(default_factory=Counter)
    locked: list[str] = field(default_factory=list)
    old_keys: list[str] = field(default_factory=list)

    def add(self, account: StoredAccount) -> None:
        """Count one more account."""
        self.accounts += 1
        self.entries += len(account.roster.items)
        self.requests += len(account.roster.requests)
        self.blocked += len(account.roster.blocked)
        if not account.credentials:
            self.locked.append(account.jid)
        elif "SCRAM-SHA-256" not in account.credentials:
            self.old_keys.append(account.jid)

    def __str__(self) -> str:
        parts = (
            counted(self.entries, "entry", "entries"),
            counted(self.requests, "kept request"),
            counted(self.blocked, "blocked JID"),
        )
        return f"{counted(self.accounts, 'account')} with {parts[0]}, {parts[1]} and {parts[2]}"

    def remarks(self) -> list[str]:
        """What there is to know and to do afterwards, a sentence each."""
        found = []
        if self.others:
            listed = ", ".join(f"{count} x {plain(name):.80}" for name, count in self.others.most_common())
            found.append(f"Not part of a roster, and left out: {listed}.")
        if self.locked:
            found.append(
                f"Nobody can log in to {_named(self.locked)}, which came without a password: "
                "set one with --accounts, or by the control API."
            )
        if self.old_keys:
            found.append(
                f"There are keys for SCRAM-SHA-1 alone for {_named(self.old_keys)}: a server with this "
                "database does not offer SCRAM-SHA-256 until their passwords are set again."
            )
        if self.left_out:
            found.append(
                f"{counted(self.left_out, 'thing')} could not be taken; the lines on standard error name each."
            )
        return found


def counted(count: int, one: str, many: str = "") -> str:
    """``3 accounts``, ``1 account``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _named(jids: list[str]) -> str:
    more = len(jids) - _NAMED
    return ", ".join(jids[:_NAMED]) + (f" and {counted(more, 'other account')}" if more > 0 else "")
