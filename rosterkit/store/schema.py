"""The schema of the database: whose file it is, which version it has, and the steps to the present one.

Tests: ``tests/store/test_schema.py``, on files that earlier releases wrote, and ``tests/store/test_sqlite.py``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from rosterkit.errors import StoreError

__all__ = ["APPLICATION_ID", "NO_ADVICE", "VERSION", "Execute", "check_pages", "take_steps", "version_of"]

#: "rkit", in the file's header (byte 68).
APPLICATION_ID = 0x726B6974
#: What this release reads and writes.  ``schema-N.sql`` makes version N of N - 1, the first of nothing.
VERSION = 2
#: What is left to do where nothing better can be said.
NO_ADVICE = "Restore a backup, or move the file away to start with an empty one."

#: The execute of the one cursor.
Execute: TypeAlias = Callable[..., sqlite3.Cursor]

#: The first form of schema 1 forgot what else a kept request said; it was amended under the same number.
_FORGOTTEN = ("stanza_id", "lang")


def version_of(execute: Execute, path: Path) -> int:
    """The schema of the file, 0 for an empty one.

    Raises :class:`StoreError` where the file is somebody else's, that of a newer release, or has what none of ours
    has and would act on what we write.
    """
    if not _number(execute, "SELECT count(*) FROM sqlite_master") and not _number(execute, "PRAGMA user_version"):
        return 0
    if _number(execute, "PRAGMA application_id") != APPLICATION_ID:
        raise StoreError(f"The database {path} was not made by rosterkit; name another file.")
    version = _number(execute, "PRAGMA user_version")
    if version < 1:
        raise StoreError(f"The database {path} says it has schema {version}, which never was. {NO_ADVICE}")
    if version > VERSION:
        raise StoreError(
            f"The database {path} has schema {version}, and this release knows only {VERSION}: "
            "a newer rosterkit wrote it. Install that one again, or use another file."
        )
    active = execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()
    if active is not None:
        kind, name = active
        raise StoreError(f"The database {path} has a {kind} {name!r:.80}, which rosterkit did not make: drop it.")
    return version


def check_pages(execute: Execute, path: Path) -> None:
    """Raise :class:`StoreError` where tables and indexes do not agree: a page was overwritten, or is an older one.

    It costs a second for a million entries.  Without it damage in an index would be met weeks later, as a contact
    that is there twice.
    """
    (found,) = execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"The database {path} is damaged: {' '.join(found.split()):.200}. {NO_ADVICE}")


def take_steps(execute: Execute, version: int) -> None:
    """Make the present schema of ``version``, inside the transaction that is open."""
    for number in range(version + 1, VERSION + 1):
        step = resources.files("rosterkit.store").joinpath(f"schema-{number}.sql").read_text("utf-8")
        for statement in _statements(step):
            execute(statement)
    columns = {name for (name,) in execute("SELECT name FROM pragma_table_info('requests')")}
    for column in _FORGOTTEN:
        if columns and column not in columns:
            execute(f"ALTER TABLE requests ADD COLUMN {column} TEXT")


def _number(execute: Execute, query: str) -> int:
    found: Any = execute(query).fetchone()
    return int(found[0])


def _statements(script: str) -> Iterator[str]:
    """The statements of ``script`` one by one (executescript would commit the open transaction)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
