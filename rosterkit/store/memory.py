"""The store that forgets everything when the process ends; also what tests of the rules restart from.

Tests: ``tests/store/test_store.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.core.effects import Save, SaveAccount
from rosterkit.errors import StoreError
from rosterkit.store import StoredAccount

__all__ = ["MemoryStore", "NoStore"]


class MemoryStore:
    """A :class:`~rosterkit.store.Store` in a dict.  It refers to the rosters it is given, which never change."""

    def __init__(self) -> None:
        self._accounts: dict[str, StoredAccount] = {}

    def load(self) -> list[StoredAccount]:
        """Everything appended so far."""
        return list(self._accounts.values())

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Apply all of ``changes``, or none and raise :class:`StoreError`; costs what changes, not what is held."""
        named = {change.account for change in changes}
        touched = {jid: self._accounts[jid] for jid in named if jid in self._accounts}
        for change in changes:
            if isinstance(change, Save):
                touched[change.account] = _known(touched, change.account)._replace(roster=change.roster)
            else:
                _save_account(touched, change)
        for change in changes:
            if isinstance(change, SaveAccount) and (change.roster is not None or change.credentials is None):
                self._accounts.pop(change.account, None)  # gone, or made anew and then the last
        self._accounts.update(touched)

    def close(self) -> None:
        """Nothing to let go of."""


def _save_account(accounts: dict[str, StoredAccount], change: SaveAccount) -> None:
    jid, credentials, roster = change
    if credentials is None:
        accounts.pop(jid, None)
    elif roster is None:
        accounts[jid] = _known(accounts, jid)._replace(credentials=credentials)
    else:
        accounts.pop(jid, None)
        accounts[jid] = StoredAccount(jid, credentials, roster)


def _known(accounts: dict[str, StoredAccount], jid: str) -> StoredAccount:
    if jid not in accounts:
        raise StoreError(f"There is no account {jid} in the store; create it before anything is saved for it.")
    return accounts[jid]


class NoStore:
    """A :class:`~rosterkit.store.Store` for what is never loaded again: it takes everything, keeps nothing."""

    def load(self) -> list[StoredAccount]:
        """Nothing."""
        return []

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Forget ``changes``."""

    def close(self) -> None:
        """Nothing to let go of."""
