"""Rows to values: everything in the database, each value checked before it becomes part of a roster.

A file that somebody edited, or that is damaged in a way SQLite does not see, is refused here with table and row,
and never met later as a crash in a rule or as broken XML on a stream.

Tests: ``tests/store/test_rows.py``.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from rosterkit.core import jid, markup
from rosterkit.core.credentials import Keys
from rosterkit.core.history import Entry
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.subscription import State
from rosterkit.errors import JidError
from rosterkit.store import StoredAccount

__all__ = ["BadRow", "read_accounts"]

# The first two columns name a row in a sentence.
_ACCOUNTS = "SELECT id, jid, version FROM accounts ORDER BY id"
_CREDENTIALS = "SELECT account, mechanism, salt, iterations, stored_key, server_key FROM credentials"
_REQUESTS = "SELECT id, account, contact, body, stanza_id, lang FROM requests ORDER BY id"
_BLOCKED = "SELECT id, account, jid FROM blocked ORDER BY id"
_ITEMS = "SELECT id, account, jid, name, groups, subscription, ask, approved FROM items ORDER BY id"
_HISTORY = "SELECT account, number, version, contact FROM history ORDER BY account, number"

# The localparts that need no preparation, for speed: RFC 6122 appendix A allows these and folds capitals only.
_PREPARED_LOCAL = re.compile(r"[!#-%(-.0-9;=?\[-~]{1,1023}\Z")
_STATES = frozenset(state.value for state in State)
_FLAGS = {0: False, 1: True}


class BadRow(ValueError):
    """A row that we cannot have written; the text names table and row and says why."""


class _Wrong(ValueError):
    """What is wrong with a value, as a sentence; the loop that meets it knows the row."""


@dataclass(slots=True)
class _Account:
    """An account while its rows come in."""

    jid: str
    version: str
    credentials: dict[str, Keys] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    requests: dict[str, Kept] = field(default_factory=dict)
    blocked: dict[str, None] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)

    def finished(self) -> StoredAccount:
        """The account as a value, once every row is in."""
        if self.log and self.log[-1].version != self.version:
            raise BadRow(f"table accounts, {self.jid}: the version is not that of the newest line in history.")
        if len({entry.version for entry in self.log}) < len(self.log):
            raise BadRow(f"table history, {self.jid}: two lines have the same version.")
        roster = Roster(self.version, self.items, self.requests, tuple(self.log), self.blocked)
        return StoredAccount(self.jid, self.credentials, roster)


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
            except _Wrong as wrong:
                raise BadRow(f"table {table}, row {row[:2]!r:.120}: {wrong}") from wrong
    return [account.finished() for account in reader.accounts.values()]


class _Reader:
    """Takes the rows of one table after the other; each ``take`` raises :class:`_Wrong`."""

    def __init__(self) -> None:
        self.accounts: dict[str, _Account] = {}
        self._domains: set[str] = set()
        self._groups: dict[Any, tuple[str, ...]] = {}

    def take_account(self, _row: int, name: Any, version: Any) -> None:
        name = self._bare(name)
        if name in self.accounts:
            raise _Wrong("This account is there twice.")
        self.accounts[name] = _Account(name, _text(version, "version"))

    def take_credentials(self, owner: Any, mechanism: Any, salt: Any, iterations: Any, *keys: Any) -> None:
        account = self._owner(owner)
        if not all(isinstance(part, bytes) and part for part in (salt, *keys)):
            raise _Wrong("Salt and keys must be blobs and not empty.")
        if not isinstance(iterations, int) or iterations < 1:
            raise _Wrong("The iterations must be a number above 0.")
        account.credentials[_text(mechanism, "mechanism")] = Keys(salt, iterations, *keys)

    def take_request(self, _row: int, owner: Any, contact: Any, body: Any, stanza_id: Any, lang: Any) -> None:
        account = self._owner(owner)
        _check_contact(self._bare(contact), account.jid, account.requests)
        account.requests[contact] = Kept(_markup(body), _attribute(stanza_id, "stanza_id"), _attribute(lang, "lang"))

    def take_blocked(self, _row: int, owner: Any, contact: Any) -> None:
        account = self._owner(owner)
        address = _parsed(contact)
        if address.full != contact:
            raise _Wrong(f"{contact!r:.80} is not prepared.")
        if address.bare == account.jid:
            raise _Wrong("An account cannot block itself.")
        if contact in account.blocked:
            raise _Wrong("This JID is there twice.")
        account.blocked[contact] = None

    def take_item(
        self, _row: int, owner: Any, contact: Any, name: Any, groups: Any, subscription: Any, ask: Any, approved: Any
    ) -> None:
        account = self._owner(owner)
        _check_contact(self._bare(contact), account.jid, account.items)
        if name is not None and name != "":
            _text(name, "name")
        if approved not in _FLAGS:
            raise _Wrong("approved must be 0 or 1.")
        if (subscription, ask, contact in account.requests) not in _STATES:
            raise _Wrong(
                f"{subscription!r:.40} with ask {ask!r:.40} is no state of RFC 6121, or none with a request."
            )
        account.items[contact] = Item(
            contact, name, self._group_names(groups), sys.intern(subscription), _FLAGS[ask], _FLAGS[approved]
        )

    def take_history(self, owner: Any, _number: Any, version: Any, contact: Any) -> None:
        account = self._owner(owner)
        if contact != "" or account.log:  # only the first state of a new roster is nobody's change
            self._bare(contact)
        account.log.append(Entry(_text(version, "version"), contact))

    def _owner(self, owner: Any) -> _Account:
        account = self.accounts.get(owner)
        if account is None:
            raise _Wrong("Its account is not in table accounts.")
        return account

    def _bare(self, value: Any) -> str:
        """``value`` where it is a bare, prepared JID.  Domains are remembered, as few serve many contacts."""
        if not isinstance(value, str):
            raise _Wrong("A JID must be text.")
        local, at, domain = value.rpartition("@")
        try:
            if at and not _PREPARED_LOCAL.match(local) and jid.prepare_local(local) != local:
                raise _Wrong(f"{value!r:.80} is not prepared.")
            if domain not in self._domains:
                if jid.parse(domain).full != domain or "/" in domain:
                    raise _Wrong(f"{value!r:.80} is not a prepared bare JID.")
                self._domains.add(domain)
        except JidError as error:
            raise _Wrong(str(error)) from error
        return value

    def _group_names(self, value: Any) -> tuple[str, ...]:
        """The names in a JSON list.  Few lists serve many items, which then share one tuple."""
        names = self._groups.get(value)
        if names is None:
            names = self._groups[value] = _read_groups(value)
        return names


def _parsed(value: Any) -> Jid:
    if not isinstance(value, str):
        raise _Wrong("A JID must be text.")
    try:
        return jid.parse(value)
    except JidError as error:
        raise _Wrong(str(error)) from error


def _check_contact(contact: str, owner: str, known: Collection[str]) -> None:
    if contact == owner:
        raise _Wrong("An account cannot stand in its own roster.")
    if contact in known:
        raise _Wrong("This contact is there twice.")


def _text(value: Any, column: str) -> str:
    if not isinstance(value, str) or not value or not markup.can_carry(value):
        raise _Wrong(f"The {column} {value!r:.80} is empty or not text that XML can carry.")
    return value


def _attribute(value: Any, column: str) -> str | None:
    return value if value is None or value == "" else _text(value, column)


def _read_groups(value: Any) -> tuple[str, ...]:
    try:
        groups = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"The groups are not JSON: {error}.") from error
    if not isinstance(groups, list):
        raise _Wrong("The groups must be a JSON list.")
    names = tuple(_text(group, "group") for group in groups)
    if len(set(names)) < len(names):
        raise _Wrong("A group is named twice.")
    return names


def _markup(value: Any) -> bytes:
    """``value`` where it may stand inside a stanza; one broken request would end every stream it goes to."""
    if not isinstance(value, bytes):
        raise _Wrong("The body must be a blob.")
    parser = expat.ParserCreate("utf-8", " ")
    parser.CommentHandler = parser.ProcessingInstructionHandler = _refuse_markup
    try:
        parser.Parse(b"<stanza>" + value + b"</stanza>", True)
    except expat.ExpatError as error:
        raise _Wrong(f"The body is not XML: {error}.") from error
    return value


def _refuse_markup(*_: str) -> None:
    raise _Wrong("The body holds a comment or a processing instruction, which RFC 6120 forbids.")
