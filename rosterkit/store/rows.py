"""Rows to values: everything in the database, each value checked before it becomes part of a roster.

A file that somebody edited, or that is damaged in a way SQLite does not see, is refused here with table and row.

Tests: ``tests/store/test_rows.py``.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from rosterkit.store import StoredAccount
from rosterkit.store.checks import Draft, Jids, Wrong, group_names, text

__all__ = ["BadRow", "read_accounts"]

# The first two columns name a row in a sentence.
_ACCOUNTS = "SELECT id, jid, version FROM accounts ORDER BY id"
_CREDENTIALS = "SELECT account, mechanism, salt, iterations, stored_key, server_key FROM credentials"
_REQUESTS = "SELECT id, account, contact, body, stanza_id, lang FROM requests ORDER BY id"
_BLOCKED = "SELECT id, account, jid FROM blocked ORDER BY id"
_ITEMS = "SELECT id, account, jid, name, groups, subscription, ask, approved FROM items ORDER BY id"
_HISTORY = "SELECT account, number, version, contact FROM history ORDER BY account, number"

#: More changes than any roster will see, and far from what SQLite cannot count.
_MANY_LINES = 1 << 62


class BadRow(ValueError):
    """A row that we cannot have written; the text names table and row and says why."""


def read_accounts(connection: sqlite3.Connection) -> list[StoredAccount]:
    """Every account in the order of creation, its items, requests and blocked JIDs in the order in which they came.

    Raises :class:`BadRow`, and what SQLite raises for a file without our tables.
    """
    reader = _Reader()
    for table, query, take in (
        ("accounts", _ACCOUNTS, reader.take_account),
        ("credentials", _CREDENTIALS, reader.take_credentials),
        ("requests", _REQUESTS, reader.take_request),
        ("blocked", _BLOCKED, reader.take_blocked),
        ("items", _ITEMS, reader.take_item),
        ("history", _HISTORY, reader.take_history),
    ):
        for row in connection.execute(query):
            try:
                take(*row)
            except Wrong as wrong:
                raise BadRow(f"table {table}, row {row[:2]!r:.120}: {wrong}") from wrong
    return [_finished(account) for account in reader.accounts.values()]


def _finished(account: Draft) -> StoredAccount:
    try:
        return account.finished()
    except Wrong as wrong:
        raise BadRow(f"tables accounts and history, {account.jid}: {wrong}") from wrong


class _Reader:
    """Takes the rows of one table after the other; each ``take`` raises :class:`Wrong`."""

    def __init__(self) -> None:
        self.accounts: dict[str, Draft] = {}
        self._bare = Jids().bare
        self._any = Jids().any
        self._groups: dict[Any, tuple[str, ...]] = {}

    def take_account(self, _row: int, name: Any, version: Any) -> None:
        name = self._bare(name)
        if name in self.accounts:
            raise Wrong("This account is there twice.")
        self.accounts[name] = Draft(name, text(version, "version"))

    def take_credentials(self, owner: Any, *values: Any) -> None:
        self._owner(owner).add_credentials(*values)

    def take_request(self, _row: int, owner: Any, contact: Any, body: Any, stanza_id: Any, lang: Any) -> None:
        self._owner(owner).add_request(self._bare(contact), body, stanza_id, lang)

    def take_blocked(self, _row: int, owner: Any, contact: Any) -> None:
        self._owner(owner).add_blocked(self._any(contact))

    def take_item(self, _row: int, owner: Any, contact: Any, name: Any, groups: Any, *state: Any) -> None:
        self._owner(owner).add_item(self._bare(contact), name, self._group_names(groups), *state)

    def take_history(self, owner: Any, number: Any, version: Any, contact: Any) -> None:
        account = self._owner(owner)
        if not isinstance(number, int) or not 0 < number < _MANY_LINES:  # the next lines count on from it
            raise Wrong("The number of a line must be a number above 0.")
        if contact != "" or account.log:  # only the first state of a new roster is nobody's change
            self._bare(contact)
        account.add_change(version, contact)

    def _owner(self, owner: Any) -> Draft:
        account = self.accounts.get(owner)
        if account is None:
            raise Wrong("Its account is not in table accounts.")
        return account

    def _group_names(self, value: Any) -> tuple[str, ...]:
        """The names in a JSON list.  Few lists serve many items, which then share one tuple."""
        names = self._groups.get(value)
        if names is None:
            names = self._groups[value] = group_names(_from_json(value))
        return names


def _from_json(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError) as error:
        raise Wrong(f"The groups are not JSON: {error}.") from error
