"""The store in an SQLite file: one process, one connection, one transaction for each append.

The file is held under an exclusive lock from opening to closing, so a second server or a curious ``sqlite3`` gets
"database is locked" instead of half a truth.  With a write-ahead log and ``synchronous=NORMAL`` a commit costs no
disk flush: a crash of the process loses nothing, a power cut may lose the newest commits, and neither damages the
file.  With ``synchronous=FULL`` each commit waits until the log is on the disk, and a power cut loses nothing either.

Tests: ``tests/store/test_sqlite.py`` and the specification in ``tests/store/test_store.py``; for what a file survives
``tests/store/test_durability.py``, ``tests/store/test_killed.py`` and ``tests/store/test_damage.py``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.history import History
from rosterkit.core.roster import Item, Roster
from rosterkit.errors import StoreError
from rosterkit.store import Durability, StoredAccount, rows, schema
from rosterkit.store.files import Files

__all__ = ["SqliteStore"]

_PUT_ACCOUNT = "INSERT INTO accounts (jid, version) VALUES (?, ?)"
_DROP_ACCOUNT = (
    "DELETE FROM accounts WHERE jid = ?",
    "DELETE FROM credentials WHERE account = ?",
    "DELETE FROM items WHERE account = ?",
    "DELETE FROM requests WHERE account = ?",
    "DELETE FROM blocked WHERE account = ?",
    "DELETE FROM history WHERE account = ?",
)
_PUT_CREDENTIALS = "INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?)"
_DROP_CREDENTIALS = "DELETE FROM credentials WHERE account = ?"
_PUT_ITEM = (
    "INSERT INTO items (account, jid, name, groups, subscription, ask, approved) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (account, jid) DO UPDATE SET name = excluded.name, groups = excluded.groups,"
    " subscription = excluded.subscription, ask = excluded.ask, approved = excluded.approved"
)
_DROP_ITEM = "DELETE FROM items WHERE account = ? AND jid = ?"
_PUT_REQUEST = (
    "INSERT INTO requests (account, contact, body, stanza_id, lang) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (account, contact) DO UPDATE SET body = excluded.body, stanza_id = excluded.stanza_id,"
    " lang = excluded.lang"
)
_DROP_REQUEST = "DELETE FROM requests WHERE account = ? AND contact = ?"
_PUT_BLOCKED = "INSERT INTO blocked (account, jid) VALUES (?, ?) ON CONFLICT (account, jid) DO NOTHING"
_DROP_BLOCKED = "DELETE FROM blocked WHERE account = ? AND jid = ?"
_GET_VERSION = "SELECT version, (SELECT max(number) FROM history WHERE account = jid) FROM accounts WHERE jid = ?"
_PUT_VERSION = "UPDATE accounts SET version = ? WHERE jid = ?"
_PUT_HISTORY = "INSERT INTO history VALUES (?, ?, ?, ?)"
_TRIM_HISTORY = "DELETE FROM history WHERE account = ? AND number <= ?"

_ADVICE = {
    sqlite3.SQLITE_BUSY: "Another process has it open; stop that one, or use another file.",
    sqlite3.SQLITE_CANTOPEN: "It must be a file, and this user must be able to write in its folder.",
    sqlite3.SQLITE_CORRUPT: "The file is damaged; restore a backup, or move it away to start with an empty one.",
    sqlite3.SQLITE_FULL: "The disk is full; make room, then try again.",
    sqlite3.SQLITE_IOERR: "The disk failed to read or write it; check the disk and the room that is left.",
    sqlite3.SQLITE_NOTADB: "It is not an SQLite database; name another file.",
    sqlite3.SQLITE_READONLY: "Make the file and its folder writable for this user.",
}


#: What SQLite raises, and Python where a value cannot be handed to it.
_REFUSED = (sqlite3.Error, UnicodeError, OverflowError)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _Held(NamedTuple):
    """What the file holds of an account: its roster, or None where this process has not seen it, its version, and
    the number of its newest line in the history.
    """

    roster: Roster | None
    version: str
    newest: int


class SqliteStore:
    """A :class:`~rosterkit.store.Store` in the file ``path``, which is made, readable by its owner only, if missing.

    A file of an older release is brought up to date when it is opened, and that release cannot open it any more.
    Raises :class:`StoreError` for a file that is somebody else's, newer than this release, damaged, locked or not
    writable.
    """

    def __init__(self, path: Path, durability: Durability = "process") -> None:
        self._path = path
        self._durability = durability
        self._held: dict[str, _Held] = {}
        self._closed = False
        self._files = Files(path)
        try:
            self._open()
        except BaseException:
            self._files.release()
            raise

    def load(self) -> list[StoredAccount]:
        """Everything in the file, every value checked; a wrong one is named by table and row in the error."""
        with self._explained("loaded"):
            self._roll_back()
            try:
                return rows.read_accounts(self._connection)
            except rows.BadRow as error:
                raise StoreError(
                    f"The database {self._path} holds a wrong value: {error} {schema.NO_ADVICE}"
                ) from error

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Commit all of ``changes``, or none and raise :class:`StoreError`."""
        if not self._closed:
            self._files.check()
        try:
            held = self._transact(self._write, changes)
        except _REFUSED as error:
            raise self._explanation(error, "written") from error
        for account, what in held.items():
            if what is None:
                self._held.pop(account, None)
            else:
                self._held[account] = what

    def close(self) -> None:
        """Bring the write-ahead log into the file and give up the lock; a second call does nothing.

        Raises :class:`StoreError` where the disk has no room for that: the log stays beside the file then, and the
        next opening brings it in.
        """
        if self._closed:
            return
        self._closed = True
        with self._explained("closed"):
            try:
                self._roll_back()
                self._execute("PRAGMA journal_mode = MEMORY").fetchall()  # the header says now that there is no log
            finally:
                self._hang_up()
                self._files.release()

    # Opening

    def _open(self) -> None:
        with self._explained("opened"):
            self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._cursor = self._connection.cursor()  # one for all: making one costs as much as a row
            self._execute = self._cursor.execute
        try:
            with self._explained("opened"):
                self._prepare()
        except BaseException:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        """Close all; the cursor first, as a statement that failed in it would keep the file open and locked."""
        self._cursor.close()
        self._connection.close()

    def _prepare(self) -> None:
        """Lock the file; see that it is ours and whole before anything in it is changed; make the tables it lacks."""
        self._execute("PRAGMA locking_mode = EXCLUSIVE")
        self._execute("PRAGMA trusted_schema = OFF")
        version = schema.version_of(self._execute, self._path)
        schema.check_pages(self._execute, self._path)
        self._begin_log()
        self._set_durability()
        # Finds out that the file can be written, also where there is nothing to write.
        self._transact(schema.take_steps, self._execute, version)
        self._files.remember_log()

    def _begin_log(self) -> None:
        """Write ahead from here on; after the locking mode, which spares the log a shared index."""
        self._execute("PRAGMA journal_mode = MEMORY")  # one sector of the header changes, which needs no journal file
        (mode,) = self._execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":  # without it a killed process could leave half a commit
            raise StoreError(
                f"The database {self._path} is on a file system that cannot have a write-ahead log; name a file on "
                "a local disk."
            )

    def _set_durability(self) -> None:
        if self._durability == "process":
            self._execute("PRAGMA synchronous = NORMAL")
            return
        self._execute("PRAGMA synchronous = FULL")  # EXTRA is no more than that with a write-ahead log
        self._execute("PRAGMA fullfsync = ON")  # macOS: through the disk's own cache too; elsewhere a no-op

    # Writing

    def _write(self, changes: Sequence[Save | SaveAccount]) -> dict[str, _Held | None]:
        """Write ``changes``; give what the file holds then, None where this process has not seen it."""
        held: dict[str, _Held | None] = {}
        for change in changes:
            if isinstance(change, Save):
                held[change.account] = self._save(change, held)
            else:
                self._save_account(change)
                held[change.account] = None
        return held

    def _save(self, change: Save, uncommitted: Mapping[str, _Held | None]) -> _Held:
        """Write what differs from what the file holds about the account; give what it holds then."""
        account, contact, roster = change
        held = uncommitted[account] if account in uncommitted else self._held.get(account)
        if held is None:
            held = self._look_up(account)
        before = held.roster if held.roster is not roster else None  # several saves may share one value
        if before is None or before.items is not roster.items:
            item = roster.items.get(contact)
            if item is not None:
                self._execute(_PUT_ITEM, _item_row(account, item))
            else:
                self._execute(_DROP_ITEM, (account, contact))
        if before is None or before.requests is not roster.requests:
            request = roster.requests.get(contact)
            if request is not None:
                self._execute(_PUT_REQUEST, (account, contact, *request))
            else:
                self._execute(_DROP_REQUEST, (account, contact))
        if before is None or before.blocked is not roster.blocked:
            self._execute(_PUT_BLOCKED if contact in roster.blocked else _DROP_BLOCKED, (account, contact))
        return _Held(roster, roster.version, self._save_version(account, roster, held))

    def _look_up(self, account: str) -> _Held:
        """What the file holds of an account that this process has not saved anything for yet."""
        found = self._execute(_GET_VERSION, (account,)).fetchone()
        if found is None:
            raise self._unknown(account)
        version, newest = found
        return _Held(None, version, newest or 0)

    def _save_version(self, account: str, roster: Roster, held: _Held) -> int:
        """Make version and history those of ``roster``; give the number of the newest line."""
        if held.version == roster.version:
            return held.newest
        self._execute(_PUT_VERSION, (roster.version, account))
        added = _after(roster.log, held.version)
        newest = self._put_history(account, added, held.newest)
        if held.roster is None or len(held.roster.log) + len(added) > len(roster.log):
            self._execute(_TRIM_HISTORY, (account, newest - len(roster.log)))
        return newest

    def _put_history(self, account: str, entries: History, newest: int) -> int:
        """Append ``entries`` after line ``newest``; give the number of the last line."""
        for number, entry in enumerate(entries, newest + 1):
            self._execute(_PUT_HISTORY, (account, number, *entry))
        return newest + len(entries)

    def _save_account(self, change: SaveAccount) -> None:
        jid, credentials, roster = change
        if credentials is None or roster is not None:
            for statement in _DROP_ACCOUNT:
                self._execute(statement, (jid,))
        if credentials is None:
            return
        if roster is not None:
            self._put_roster(jid, roster)
        elif self._execute(_GET_VERSION, (jid,)).fetchone() is None:
            raise self._unknown(jid)
        self._put_credentials(jid, credentials)

    def _put_roster(self, account: str, roster: Roster) -> None:
        self._execute(_PUT_ACCOUNT, (account, roster.version))
        self._connection.executemany(_PUT_ITEM, (_item_row(account, item) for item in roster.items.values()))
        requests = ((account, contact, *request) for contact, request in roster.requests.items())
        self._connection.executemany(_PUT_REQUEST, requests)
        self._connection.executemany(_PUT_BLOCKED, ((account, contact) for contact in roster.blocked))
        self._put_history(account, roster.log, 0)

    def _put_credentials(self, account: str, credentials: Credentials) -> None:
        self._execute(_DROP_CREDENTIALS, (account,))
        lines = ((account, mechanism, *keys) for mechanism, keys in credentials.items())
        self._connection.executemany(_PUT_CREDENTIALS, lines)

    def _unknown(self, account: str) -> StoreError:
        return StoreError(
            f"There is no account {account} in {self._path}; create it before anything is saved for it."
        )

    # Failing

    def _transact(self, write: Callable[_P, _T], *values: _P.args, **options: _P.kwargs) -> _T:
        """Commit what ``write`` does; roll it back when it raises, or when the commit itself does."""
        self._roll_back()
        try:
            self._execute("BEGIN IMMEDIATE")
            given = write(*values, **options)
            self._execute("COMMIT")
        finally:
            self._roll_back()
        return given

    def _roll_back(self) -> None:
        """End a transaction that failed, unless SQLite has; where that fails too, the next call does it."""
        if self._connection.in_transaction:
            self._execute("ROLLBACK")

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        """Turn what SQLite raises into a :class:`StoreError`."""
        try:
            yield
        except _REFUSED as error:
            raise self._explanation(error, done) from error

    def _explanation(self, error: Exception, done: str) -> StoreError:
        """The path, the reason and what to do."""
        if isinstance(error, sqlite3.ProgrammingError):  # closed already
            return StoreError(f"The database {self._path} could not be {done}: {error}")
        if isinstance(error, sqlite3.Error):
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the high bits are detail
            advice = _ADVICE.get(code, schema.NO_ADVICE)
            return StoreError(f"The database {self._path} could not be {done}: {error}. {advice}")
        return StoreError(f"The database {self._path} cannot hold a value: {error}.")


def _item_row(account: str, item: Item) -> tuple[str, str, str | None, str, str, bool, bool]:
    return account, item.jid, item.name, _to_json(item.groups), item.subscription, item.ask, item.approved


@lru_cache(maxsize=1024)
def _to_json(groups: tuple[str, ...]) -> str:
    return json.dumps(groups, ensure_ascii=False)


def _after(log: History, version: str) -> History:
    """The entries after ``version``; all where the log does not reach back to it."""
    for index in range(len(log) - 1, -1, -1):
        if log[index].version == version:
            return log[index + 1 :]
    return log
