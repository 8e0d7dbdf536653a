"""A store that believes each save alone: what is on disk is built contact by contact, as SQLite does it.

Tests: ``tests/bench/fuzz/test_fuzz_invariants.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.errors import StoreError
from rosterkit.store import StoredAccount
from rosterkit.store.memory import MemoryStore

__all__ = ["Ledger", "Row"]

_Value = TypeVar("_Value")


class Row(NamedTuple):
    """One account as its saves have made it."""

    items: dict[str, Item]
    requests: dict[str, Kept]
    blocked: set[str]
    credentials: Credentials

    def says(self, roster: Roster, credentials: Credentials) -> bool:
        """Whether this is what memory holds."""
        same = self.items == roster.items and self.requests == roster.requests
        return same and self.blocked == set(roster.blocked) and self.credentials == credentials


class Ledger(MemoryStore):
    """``rows`` by bare JID; while it is ``full`` every commit fails.  ``commits`` counts those that did not."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self.full = False
        self.commits = 0

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Apply all of ``changes``, or none and raise :class:`StoreError`."""
        if self.full:
            raise StoreError("The disk is full.")
        super().append(changes)
        self.commits += 1
        for change in changes:
            if isinstance(change, Save):
                self._save(change)
            else:
                self._save_account(change)

    def held(self) -> dict[str, StoredAccount]:
        """What the memory store holds, by bare JID; the very rosters that it was given."""
        return self._accounts

    def _save(self, change: Save) -> None:
        row, contact, roster = self.rows[change.account], change.contact, change.roster
        _put(row.items, contact, roster.items.get(contact))
        _put(row.requests, contact, roster.requests.get(contact))
        (row.blocked.add if contact in roster.blocked else row.blocked.discard)(contact)

    def _save_account(self, change: SaveAccount) -> None:
        jid, credentials, roster = change
        if credentials is None:
            self.rows.pop(jid, None)
        elif roster is None:
            self.rows[jid] = self.rows[jid]._replace(credentials=credentials)
        else:
            self.rows[jid] = Row(dict(roster.items), dict(roster.requests), set(roster.blocked), credentials)


def _put(table: dict[str, _Value], key: str, value: _Value | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
