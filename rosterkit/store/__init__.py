"""What survives a restart: accounts with their SCRAM keys, rosters with their history, kept requests, blocked JIDs.

A store is two methods: everything is loaded once at the start, and after that only changes are appended, as the
effects that the rules returned.  :class:`Store` is the contract; memory and SQLite fulfil it.

Tests: ``tests/store/test_store.py`` (one specification, run on every store).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Roster

__all__ = ["Durability", "Store", "StoredAccount", "open_store"]

#: What an append survives once it has returned: the end of the process, or a power cut as well.
Durability: TypeAlias = Literal["process", "full"]


class StoredAccount(NamedTuple):
    """One account as it was last appended; ``jid`` is its bare JID."""

    jid: str
    credentials: Credentials
    roster: Roster


class Store(Protocol):
    """Where accounts and rosters are kept.  Used by one thread.

    What :meth:`append` makes of a change:

    - ``Save``: the entry and the kept request of its contact, and whether it is blocked, become what they are in its
      roster (stored or removed); version and history become those of its roster.  Saves of one account come in the
      order of its changes: where a roster differs from that of the save before in more than its own contact, the
      saves of the others come next, with the very same value.
    - ``SaveAccount`` with credentials and a roster creates the account with the whole of that roster; what stood
      under the name before is gone.
    - ``SaveAccount`` with credentials only changes the password of an account that is there.
    - ``SaveAccount`` with neither removes the account with all it has; one that is not there stays so.
    """

    def load(self) -> list[StoredAccount]:
        """Everything stored, accounts, items, requests and blocked JIDs in the order in which they came.

        Raises :class:`~rosterkit.errors.StoreError`.
        """

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Apply ``changes`` in their order as one transaction: all of them or none.

        Raises :class:`~rosterkit.errors.StoreError`; nothing of ``changes`` is stored then, and the next call may
        succeed.  A ``Save`` or a password for an account that is not there is such an error.
        """

    def close(self) -> None:
        """Let go of what is open; a second call does nothing."""


def open_store(path: Path | None, durability: Durability = "process") -> Store:
    """The database at ``path``, made if it is not there; without a path a store that forgets all at its end.

    Raises :class:`~rosterkit.errors.StoreError` with the path and what to do.
    """
    if path is None:
        from rosterkit.store.memory import MemoryStore

        return MemoryStore()
    from rosterkit.store.sqlite import SqliteStore

    return SqliteStore(path, durability)
