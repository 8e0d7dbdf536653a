"""The files of a database: other names of it, logs beside it, its folder, and a disk without room."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.errors import StoreError
from rosterkit.store.sqlite import SqliteStore

JULIET, ROMEO = "juliet@capulet.test", "romeo@montague.test"

#: Opens the database that is named and says why not.
OPEN = """
import pathlib, sys
from rosterkit.errors import StoreError
from rosterkit.store.sqlite import SqliteStore
try:
    SqliteStore(pathlib.Path(sys.argv[1])).close()
except StoreError as error:
    print(error)
else:
    print("opened")
"""
#: The same where no file can grow beyond so many bytes.
OPEN_LIMITED = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, 2 * (int(sys.argv[2]),))" + OPEN


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of a test is."""
    return tmp_path / "rosterkit.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An open store with one account."""
    with closing(SqliteStore(path)) as store:
        add(store, JULIET)
        yield store


def add(store: SqliteStore, name: str) -> None:
    """Append an account."""
    store.append([SaveAccount(name, {}, Roster.new(f"v-{name}"))])


def names(path: Path) -> list[str]:
    """The accounts in a database."""
    with closing(SqliteStore(path)) as store:
        return [account.jid for account in store.load()]


def said(path: Path, *limit: str) -> str:
    """What another process of this user says when it opens ``path``."""
    command = [sys.executable, "-c", OPEN_LIMITED if limit else OPEN, path, *limit]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def refusal(path: Path) -> str:
    """Why ``path`` cannot be opened; the sentence always names the file."""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def log_of(path: Path) -> Path:
    """Where the log of a database is."""
    return path.with_name(f"{path.name}-wal")


def left_by_a_killed_process(path: Path, name: str) -> None:
    """Make a database whose only account is in its log alone."""
    aside = path.with_name("aside.db")
    with closing(SqliteStore(aside)) as store:
        add(store, name)
        shutil.copy(aside, path)
        shutil.copy(log_of(aside), log_of(path))
    aside.unlink()


# Names


def test_a_symbolic_link_leads_to_the_same_lock(path: Path, store: SqliteStore) -> None:
    """Another process and this one are refused by whatever name they come, and the holder is not disturbed."""
    link = path.with_name("link.db")
    link.symlink_to(path)
    assert "Another process has it open" in said(link)
    assert "This process has it open already" in refusal(link)
    add(store, ROMEO)
    assert [account.jid for account in store.load()] == [JULIET, ROMEO]


def test_through_a_symbolic_link_the_log_is_found(path: Path) -> None:
    """What a killed process has committed is there, by whichever name the file is opened next."""
    left_by_a_killed_process(path, JULIET)
    (path.parent / "elsewhere").mkdir()
    link = path.parent / "elsewhere" / "link.db"
    link.symlink_to(path)
    assert names(link) == [JULIET]
    assert names(path) == [JULIET]


def test_a_second_hard_link_is_refused_whoever_has_it_open(path: Path, store: SqliteStore) -> None:
    """By its other name the log would not be found, and what is in it would be lost."""
    other = path.with_name("other.db")
    os.link(path, other)
    assert "has 2 names (hard links)" in said(other)
    store.close()
    assert "remove the other names, or copy the file" in refusal(path)
    other.unlink()
    assert names(path) == [JULIET]


def test_a_refused_store_does_not_hold_the_file(path: Path) -> None:
    """After the reason is gone the same process can open it."""
    path.write_bytes(b"Dear diary, " * 1000)
    refusal(path)
    path.write_bytes(b"")
    assert names(path) == []


def test_a_file_too_short_for_a_database_is_refused_and_left_as_it_is(path: Path) -> None:
    """SQLite takes anything of less than 512 bytes for an empty database; a short note is not written over."""
    path.write_bytes(b"Buy milk.")
    assert "name another file" in refusal(path)
    assert path.read_bytes() == b"Buy milk."


# Logs


def test_a_log_beside_a_database_that_was_closed_is_refused(path: Path) -> None:
    """A backup that was put in the place of a database does not get the log of its predecessor mixed in."""
    left_by_a_killed_process(path, ROMEO)
    backup = path.with_name("backup.db")
    with closing(SqliteStore(backup)) as store:
        add(store, JULIET)
    shutil.copy(backup, path)
    before = path.read_bytes(), log_of(path).read_bytes()
    why = refusal(path)
    assert str(log_of(path)) in why
    assert "Move the log away" in why
    assert (path.read_bytes(), log_of(path).read_bytes()) == before
    log_of(path).rename(path.with_name("log-of-another-copy"))
    assert names(path) == [JULIET]


def test_a_log_without_its_database_is_refused_and_kept(path: Path) -> None:
    """Whoever moved the database and forgot its log still has both."""
    left_by_a_killed_process(path, ROMEO)
    moved, log = path.rename(path.with_name("moved.db")), log_of(path).read_bytes()
    assert "there is no database with it" in refusal(path)
    assert not path.exists()
    path.touch()
    assert "there is no database with it" in refusal(path)
    assert log_of(path).read_bytes() == log
    moved.rename(path)
    assert names(path) == [ROMEO]


def test_an_empty_log_is_nobodys(path: Path) -> None:
    """A log without a byte in it does not stand in the way."""
    with closing(SqliteStore(path)) as store:
        add(store, JULIET)
    log_of(path).touch()
    assert names(path) == [JULIET]


def test_a_log_that_is_none_costs_nothing(path: Path) -> None:
    """Noise where a killed process had its log is not taken for commits."""
    with closing(SqliteStore(path)) as store:
        add(store, JULIET)
    with closing(SqliteStore(path)) as store:
        shutil.copy(path, path.with_name("copy.db"))
    copy = path.with_name("copy.db")
    log_of(copy).write_bytes(b"noise" * 2000)
    assert names(copy) == [JULIET]


# What happens to the files of an open store


def test_a_database_that_was_moved_away_takes_no_changes_until_it_is_back(path: Path, store: SqliteStore) -> None:
    """Nobody is told that something is stored which would be gone at the end."""
    moved = path.rename(path.with_name("moved.db"))
    with pytest.raises(StoreError, match=r"moved or removed while it was open.*put it back"):
        add(store, ROMEO)
    moved.rename(path)
    add(store, ROMEO)
    store.close()
    assert names(path) == [JULIET, ROMEO]


def test_another_file_in_its_place_is_not_the_database(path: Path, store: SqliteStore) -> None:
    """A backup that is put in its place while it is open is noticed."""
    shutil.copy(path, path.with_name("copy.db"))
    path.with_name("copy.db").rename(path)
    with pytest.raises(StoreError, match="moved or removed while it was open"):
        add(store, ROMEO)


def test_a_folder_that_vanishes_is_noticed(tmp_path: Path) -> None:
    """After the folder is gone each change is refused; nothing is raised but StoreError, at the end neither."""
    folder = tmp_path / "folder"
    folder.mkdir()
    store = SqliteStore(folder / "rosterkit.db")
    add(store, JULIET)
    shutil.rmtree(folder)
    with pytest.raises(StoreError, match="restore a backup"):
        add(store, ROMEO)
    try:
        store.close()
    except StoreError as error:
        assert str(folder / "rosterkit.db") in str(error)
    store.close()


def test_a_log_that_was_removed_is_noticed_and_nothing_is_lost(path: Path, store: SqliteStore) -> None:
    """The open store still has the log; stopping, as the sentence says, brings it in."""
    add(store, ROMEO)
    log_of(path).unlink()
    with pytest.raises(StoreError, match="stop rosterkit"):
        add(store, "nurse@capulet.test")
    store.close()
    assert names(path) == [JULIET, ROMEO]


def test_a_file_system_without_write_ahead_logs_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There SQLite would go on without a word, and a killed process could leave half a commit."""

    class Reluctant(sqlite3.Cursor):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            return super().execute("PRAGMA journal_mode" if sql == "PRAGMA journal_mode = WAL" else sql, *values)

    class Connection(sqlite3.Connection):
        def cursor(self) -> sqlite3.Cursor:  # type: ignore[override]
            return super().cursor(Reluctant)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Connection, **options))
    assert "cannot have a write-ahead log" in refusal(path)


# No room


@pytest.mark.parametrize("limit", [0, 4096, 8192, 20_000])
def test_a_disk_that_is_full_at_the_opening_is_said_and_spoils_nothing(path: Path, limit: int) -> None:
    """A new database that does not fit is refused with what to do, and made when there is room."""
    assert "could not be opened: " in (why := said(path, str(limit)))
    assert "room" in why
    assert names(path) == []


@pytest.mark.parametrize("limit", [0, 1, 4096])
def test_a_database_that_is_there_survives_a_full_disk_at_the_opening(path: Path, limit: int) -> None:
    """With the log of a killed process beside it nothing can be brought in; all of it is there afterwards."""
    left_by_a_killed_process(path, JULIET)
    assert "room" in said(path, str(limit))
    assert names(path) == [JULIET]


def test_a_disk_that_is_full_at_the_end_loses_nothing(path: Path) -> None:
    """What does not fit into the database at closing stays in its log, and the next opening brings it in."""
    items = {f"c{number}@x.test": Item(f"c{number}@x.test", "n" * 200) for number in range(200)}
    store = SqliteStore(path)
    store.append([SaveAccount(JULIET, {}, Roster("v1", items))])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
    try:
        with pytest.raises(StoreError, match=r"could not be closed.*room"):
            store.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.close()
    with closing(SqliteStore(path)) as store:
        assert [account.roster.items for account in store.load()] == [items]


def test_a_closed_database_is_readable_without_its_folder(path: Path, tmp_path: Path) -> None:
    """A closed file needs no log: a copy of it on a medium that cannot be written can be looked at."""
    with closing(SqliteStore(path)) as store:
        add(store, JULIET)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT jid FROM accounts").fetchall() == [(JULIET,)]
