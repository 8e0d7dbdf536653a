"""A roster cache in an SQLite file: a change writes one row, and flushing commits what has come since the last time.

The file is held under an exclusive lock from opening to closing.  With a write-ahead log a crash at any moment leaves
what was last committed; a power cut may leave an older commit, which does no more harm.

Tests: ``tests/client/test_sqlite_cache.py`` and the specification in ``tests/client/test_cache.py``.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from rosterkit.client.cache_base import CacheError, CheckedCache
from rosterkit.client.cache_files import check_usable, place_of, resolved, set_aside
from rosterkit.client.cache_values import BadValueError, Items, Snapshot, parse_json

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "SqliteCache"]

T = TypeVar("T")

#: "rkca", in the file's header (byte 68); the server's store has another one.
APPLICATION_ID = 0x726B6361
#: What this release reads and writes.
SCHEMA_VERSION = 1

# In the order of their names.  Owners and contacts are prepared bare JIDs, items are JSON; all is checked when it is
# read, so there are no constraints to say it again.
_SCHEMA = (
    "CREATE TABLE accounts (owner TEXT PRIMARY KEY, version TEXT) WITHOUT ROWID",
    "CREATE TABLE items (owner TEXT, contact TEXT, item TEXT, UNIQUE (owner, contact))",
)
_GET_SCHEMA = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
_GET_VERSION = "SELECT version FROM accounts WHERE owner = ?"
_GET_ITEMS = "SELECT contact, item FROM items WHERE owner = ? ORDER BY rowid"
_NEW_ACCOUNT = "INSERT OR REPLACE INTO accounts VALUES (?, ?)"
_PUT_VERSION = "UPDATE accounts SET version = ? WHERE owner = ?"
_PUT_ITEM = "INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (owner, contact) DO UPDATE SET item = excluded.item"
_DROP_ITEM = "DELETE FROM items WHERE owner = ? AND contact = ?"
_DROP_ITEMS = "DELETE FROM items WHERE owner = ?"

_json = json.JSONEncoder(ensure_ascii=False).encode
_COMPANIONS = ("-wal", "-shm", "-journal")
# SQLITE_ERROR: our statements are right, so it is the file that is not as we have written it.
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
_ADVICE = {
    sqlite3.SQLITE_BUSY: "Another process has it open; end that one, or use another file.",
    sqlite3.SQLITE_FULL: "The disk is full; make room.",
    sqlite3.SQLITE_READONLY: "Make the file and its folder writable for this user.",
}
_NO_ADVICE = "Check the disk, or use another file."


class _DamagedError(CacheError):
    """The file cannot be used and may be set aside; ``why`` is what SQLite, or the check of a value, says."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place} is damaged: {why.rstrip('.')}. Use another file, and check the disk.")
        self.why = why


class SqliteCache(CheckedCache):
    """A :class:`~rosterkit.client.cache.RosterCache` in the file ``path``, readable by its owner only.

    A missing or empty file is an empty cache.  A damaged one is set aside with a warning, whenever the damage is met.
    Raises :class:`CacheError` for a newer rosterkit's or another program's database, and for one that is locked or
    not writable.  When writing fails, everything since the last flush is given up.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = resolved(path)
        super().__init__(place_of(self._path))
        self._touched: set[str] = set()  # whose changes are not committed yet
        self._connection = self._open()

    # Opening

    def _open(self, after_damage: bool = False) -> sqlite3.Connection:
        """Open the file, made if it is missing; a damaged one is set aside, but not twice."""
        if not check_usable(self._path):
            _create_file(self._path)
        with self._explained("opened"):
            connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            with self._explained("opened"):
                self._prepare(connection)
            return connection
        except BaseException as error:
            if after_damage or not isinstance(error, _DamagedError):
                connection.close()
                raise
            self._leave(connection, error.why)
        return self._open(after_damage=True)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Lock the file, see that it is ours before anything in it is changed, make the tables of a new one."""
        connection.text_factory = _text
        for statement in ("trusted_schema = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {statement}")
        is_new = self._is_new(connection)
        connection.execute("PRAGMA journal_mode = WAL")  # after the locking mode, which spares the log a shared index
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")  # takes the lock, also where there is nothing to write
        if is_new:
            statements = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION}")
            for statement in (*statements, *_SCHEMA):
                connection.execute(statement)
        connection.execute("COMMIT")

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Whether there is nothing in the file; raises :class:`CacheError` where it is not what we have written."""
        application, version = (_one(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
        schema = [sql for (sql,) in connection.execute(_GET_SCHEMA)]
        if not (application or version or schema):
            return True
        if application != APPLICATION_ID:
            raise CacheError(f"{self._place} is another program's database; name another file.")
        if version > SCHEMA_VERSION:
            raise CacheError(
                f"{self._place} has schema {version}, and this release knows only {SCHEMA_VERSION}: a newer "
                "rosterkit wrote it. Install that one again, or use another file."
            )
        if version != SCHEMA_VERSION or schema != list(_SCHEMA):
            raise _DamagedError(self._place, "Its tables are not those of its schema version.")
        found = _one(connection, "PRAGMA integrity_check(1)")  # the quick check misses rows out of their order
        if found != "ok":
            raise _DamagedError(self._place, str(found))
        return False

    # Reading and writing

    def _load(self, owner: str) -> Snapshot | None:
        return self._run("read", lambda: self._read(owner))

    def _replace(self, owner: str, version: str | None, items: Items) -> None:
        self._run("written", lambda: self._write_whole(owner, version, items))

    def _update(self, owner: str, version: str | None, jid: str, item: dict[str, Any] | None) -> bool:
        return self._run("written", lambda: self._write_one(owner, version, jid, item))

    def _flush(self) -> None:
        self._run("written", self._commit)

    def _release(self) -> None:
        with self._explained("closed"):
            self._connection.close()

    def _read(self, owner: str) -> Snapshot | None:
        found = self._connection.execute(_GET_VERSION, (owner,)).fetchone()
        if found is None:
            return None
        try:
            rows = self._connection.execute(_GET_ITEMS, (owner,))
            return Snapshot(*Snapshot(found[0], {contact: _item(item) for contact, item in rows}).checked())
        except BadValueError as error:
            raise _DamagedError(self._place, f"In the roster of {owner}: {error}") from error

    def _write_whole(self, owner: str, version: str | None, items: Items) -> None:
        self._begin(owner)
        self._connection.execute(_DROP_ITEMS, (owner,))
        self._connection.execute(_NEW_ACCOUNT, (owner, version))
        rows = ((owner, contact, _json(item)) for contact, item in items.items())
        self._connection.executemany(_PUT_ITEM, rows)

    def _write_one(self, owner: str, version: str | None, jid: str, item: dict[str, Any] | None) -> bool:
        self._begin(owner)
        if not self._connection.execute(_PUT_VERSION, (version, owner)).rowcount:
            return False
        if item is None:
            self._connection.execute(_DROP_ITEM, (owner, jid))
        else:
            self._connection.execute(_PUT_ITEM, (owner, jid, _json(item)))
        return True

    def _begin(self, owner: str) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        self._touched.add(owner)

    def _commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
        self._touched.clear()

    # Failing

    def _run(self, done: str, act: Callable[[], T]) -> T:
        """Do ``act``, once more on an empty file where this one turns out to be damaged.

        Where it fails the open transaction is rolled back: SQLite may have done so itself, and the changes in it may
        be half done.
        """
        try:
            try:
                with self._explained(done):
                    return act()
            except _DamagedError as damage:
                self._start_anew(damage.why)
                with self._explained(done):
                    return act()
        except BaseException:
            self._behind |= self._touched
            self._touched.clear()
            with suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise

    def _start_anew(self, why: str) -> None:
        self._leave(self._connection, why)
        self._connection = self._open(after_damage=True)

    def _leave(self, connection: sqlite3.Connection, why: str) -> None:
        """Set the file aside, then close it: SQLite deletes the log of a file that it cannot read."""
        try:
            set_aside(self._path, why, _COMPANIONS)
        finally:
            with suppress(sqlite3.Error):  # the damage has been reported
                connection.close()

    @contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        """Turn what SQLite raises into a :class:`CacheError` with the path, the reason and what to do."""
        try:
            yield
        except UnicodeError as error:  # from a sentence of SQLite's that quotes the file
            raise _DamagedError(self._place, str(error)) from error
        except sqlite3.Error as error:
            detailed = getattr(error, "sqlite_errorcode", 0)
            code = detailed & 0xFF
            # We were allowed to write before it was opened: without detail it is the file's header that forbids it.
            if code in _DAMAGE or detailed == sqlite3.SQLITE_READONLY:
                raise _DamagedError(self._place, str(error)) from error
            raise CacheError(
                f"{self._place} could not be {done}: {error}. {_ADVICE.get(code, _NO_ADVICE)}"
            ) from error


def _create_file(path: Path) -> None:
    """Make the file for its owner only: a roster is private.  SQLite gives the write-ahead log the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise CacheError(f"{place_of(path)} could not be made: {error.strerror}. Name another file.") from error


def _text(data: bytes) -> str:
    """Text as it is in the file; what is not UTF-8 becomes what no check of a value lets through."""
    return data.decode("utf-8", "surrogateescape")


def _one(connection: sqlite3.Connection, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def _item(value: Any) -> Any:
    if not isinstance(value, str):
        raise BadValueError("An item is not text.")
    return parse_json(value)
