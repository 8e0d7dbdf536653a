"""The SQLite store as a file: whose it is, who may read it, who holds it, and what happens when writing fails."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rosterkit.core.credentials import Keys
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.errors import StoreError
from rosterkit.store.schema import APPLICATION_ID
from rosterkit.store.schema import VERSION as SCHEMA_VERSION
from rosterkit.store.sqlite import SqliteStore

JULIET = "juliet@capulet.test"
KEYS = {"SCRAM-SHA-1": Keys(b"salt", 4096, b"stored key", b"server key")}
NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of a test is."""
    return tmp_path / "rosterkit.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An open store with one account."""
    store = SqliteStore(path)
    store.append([SaveAccount(JULIET, KEYS, Roster.new("v0"))])
    yield store
    store.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of an ordinary user, outside those that only root can enter."""
    with tempfile.TemporaryDirectory() as name:
        if os.geteuid() == 0:
            os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Be somebody whom permissions bind: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def filled(contacts: int) -> Roster:
    """A roster with as many contacts."""
    items = {f"c{number}@x.test": Item(f"c{number}@x.test", "n" * 100) for number in range(contacts)}
    return Roster("v1", items)


def refusal(path: Path) -> str:
    """Why ``path`` cannot be opened; the sentence always names the file."""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


# The file


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    """The database and its log hold what logs accounts in, whatever the umask is."""
    umask = os.umask(0)
    try:
        with closing(SqliteStore(path)) as store:
            store.append([SaveAccount(JULIET, KEYS, Roster.new("v0"))])
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(umask)
    assert modes == {"rosterkit.db": 0o600, "rosterkit.db-wal": 0o600}


def test_the_file_says_whose_it_is_and_its_schema(path: Path, store: SqliteStore) -> None:
    """The header carries our application id and the schema version, for ``file`` and for the next release."""
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert path.read_bytes()[68:72] == b"rkit"


def test_closing_leaves_one_file(path: Path, store: SqliteStore) -> None:
    """The write-ahead log is brought in at the end, so that the file alone can be copied."""
    store.close()
    assert [file.name for file in path.parent.iterdir()] == ["rosterkit.db"]


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    """What ``mktemp`` made is as good as nothing."""
    path.touch()
    with closing(SqliteStore(path)) as store:
        assert store.load() == []


def test_what_a_killed_process_committed_is_there(path: Path) -> None:
    """Everything appended survives a process that had no time to close."""
    script = (
        "import os, pathlib, sys\n"
        "from rosterkit.core.effects import SaveAccount\n"
        "from rosterkit.core.roster import Roster\n"
        "from rosterkit.store.sqlite import SqliteStore\n"
        "store = SqliteStore(pathlib.Path(sys.argv[1]))\n"
        "store.append([SaveAccount('juliet@capulet.test', {}, Roster.new('v0'))])\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 9
    with closing(SqliteStore(path)) as store:
        assert [account.jid for account in store.load()] == [JULIET]


# Refusals


def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path) -> None:
    """A file of another program is not taken for ours, and not one byte of it changes."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (jid TEXT)")
    before = path.read_bytes()
    assert "not made by rosterkit" in refusal(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["rosterkit.db"]


def test_a_newer_schema_is_refused_and_left_as_it_is(path: Path, store: SqliteStore) -> None:
    """A newer release may have stored what this one would lose."""
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    assert f"has schema {SCHEMA_VERSION + 1}, and this release knows only {SCHEMA_VERSION}" in refusal(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(path: Path) -> None:
    """A mistyped path does not cost anybody a file."""
    path.write_bytes(b"Dear diary, " * 1000)
    assert "not an SQLite database; name another file" in refusal(path)
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The folder is not made behind anybody's back."""
    assert "folder" in refusal(tmp_path / "missing" / "rosterkit.db")
    assert not (tmp_path / "missing").exists()


def test_a_folder_is_not_a_database(tmp_path: Path) -> None:
    """The path of a folder is answered with what it must be."""
    assert "must be a file" in refusal(tmp_path)


def test_a_folder_without_write_permission_is_refused(folder: Path) -> None:
    """A database that cannot be made is refused at the start."""
    folder.chmod(0o500)
    with ordinary_user():
        assert "where this user can write" in refusal(folder / "rosterkit.db")


def test_a_file_without_write_permission_is_refused(folder: Path) -> None:
    """A database that could only be read would fail at the first change, so it fails at the start."""
    path = folder / "rosterkit.db"
    SqliteStore(path).close()
    path.chmod(0o444)
    with ordinary_user():
        assert "writable for this user" in refusal(path)


def test_a_file_in_a_folder_without_write_permission_is_refused(folder: Path) -> None:
    """The log stands beside the file, so the folder must be writable too; better known at the start than later."""
    path = folder / "rosterkit.db"
    SqliteStore(path).close()
    path.chmod(0o666)
    folder.chmod(0o555)
    with ordinary_user():
        assert "Make the file and its folder writable" in refusal(path)


def test_a_database_that_another_process_holds_is_refused(path: Path, store: SqliteStore) -> None:
    """Two servers cannot share a file: the second one is told at its start, and the first one is not disturbed."""
    script = (
        "import pathlib, sys\n"
        "from rosterkit.errors import StoreError\n"
        "from rosterkit.store.sqlite import SqliteStore\n"
        "try:\n"
        "    SqliteStore(pathlib.Path(sys.argv[1]))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script, path], check=True, capture_output=True, text=True).stdout
    assert "Another process has it open" in answer
    store.append([SaveAccount(JULIET, None, None)])
    assert store.load() == []


def test_a_second_store_in_the_same_process_is_refused(path: Path, store: SqliteStore) -> None:
    """The lock holds within one process too, and the refused attempt does not loosen it."""
    assert "has it open" in refusal(path)
    answer = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA user_version')",
            path,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "database is locked" in answer.stderr


def test_a_refusal_leaves_no_lock_behind(path: Path) -> None:
    """The program whose file it is can go on at once, even while somebody looks at our exception."""
    with closing(sqlite3.connect(path, timeout=0)) as owner, owner:
        owner.execute("CREATE TABLE accounts (jid TEXT)")
        owner.commit()
        with pytest.raises(StoreError):
            SqliteStore(path)
        owner.execute("INSERT INTO accounts VALUES ('x')")


def test_a_damaged_file_is_refused_with_advice(path: Path, store: SqliteStore) -> None:
    """Pages that a failing disk has overwritten are noticed and named, not read as an empty roster."""
    store.append([SaveAccount(JULIET, KEYS, filled(500))])
    store.close()
    content = bytearray(path.read_bytes())
    content[8 * 4096 : 20 * 4096] = b"\xff" * (12 * 4096)
    path.write_bytes(content)
    assert "damaged" in (why := refusal(path))
    assert "Restore a backup" in why
    assert path.read_bytes() == content


# Writing fails


def test_a_full_disk_stores_nothing_of_the_append_and_the_next_one_works(store: SqliteStore) -> None:
    """A commit that does not fit is taken back whole, and the store goes on when there is room again."""
    (before,) = store.load()
    first = before.roster.with_item(Item("romeo@montague.test"), "v1", 5)
    limit = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {limit}")
    with pytest.raises(StoreError, match="could not be written: database or disk is full"):
        store.append(
            [Save(JULIET, "romeo@montague.test", first), SaveAccount("nurse@capulet.test", KEYS, filled(5000))]
        )
    assert store.load() == [before]
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.append([Save(JULIET, "romeo@montague.test", first)])
    assert store.load() == [before._replace(roster=first)]


def test_a_value_that_sqlite_cannot_hold_stores_nothing(store: SqliteStore) -> None:
    """A lone surrogate, which no XML can bring, is an error of the append and not of the process."""
    before = store.load()
    broken = before[0].roster.with_item(Item("romeo@montague.test", "\ud800"), "v1", 5)
    with pytest.raises(StoreError, match="cannot hold a value"):
        store.append(
            [SaveAccount("nurse@capulet.test", KEYS, Roster.new("w")), Save(JULIET, "romeo@montague.test", broken)]
        )
    assert store.load() == before


def test_a_closed_store_says_so(store: SqliteStore) -> None:
    """Who appends after closing gets a StoreError as for any other failure."""
    store.close()
    with pytest.raises(StoreError, match="operate on a closed"):
        store.append([SaveAccount(JULIET, None, None)])
    with pytest.raises(StoreError, match="operate on a closed"):
        store.load()


def test_the_history_in_the_file_stays_bounded(store: SqliteStore) -> None:
    """A file does not grow with every change: what fell out of the log is deleted."""
    roster = Roster.new("v0")
    for number in range(1, 50):
        roster = roster.with_item(Item("romeo@montague.test"), f"v{number}", 7)
        store.append([Save(JULIET, "romeo@montague.test", roster)])
    assert store._connection.execute("SELECT count(*) FROM history").fetchone() == (7,)
