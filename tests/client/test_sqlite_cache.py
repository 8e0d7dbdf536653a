"""The cache in an SQLite file: whose it is, who may read it, who holds it, damage, and writing that fails."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from files import folder, ordinary_user  # noqa: F401
from twisted.logger import LogEvent, capturedLogs, formatEvent

from rosterkit.client.cache import CacheError, Snapshot, SqliteCache
from rosterkit.client.sqlite_cache import APPLICATION_ID, SCHEMA_VERSION

JULIET = "juliet@capulet.test"
ROMEO = "romeo@montague.test"
NURSE = "nurse@capulet.test"
ITEM = {"subscription": "both", "name": "Romeo", "groups": ["a", "b"]}
KEPT = Snapshot("v1", {ROMEO: ITEM})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cache of a test is."""
    return tmp_path / "roster.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A cache that has been closed, with a roster of Juliet's and one of Romeo's."""
    with closing(SqliteCache(path)) as cache:
        cache.replace(JULIET, KEPT)
        cache.replace(ROMEO, Snapshot("r1", {}))
    return path


@pytest.fixture
def log() -> Iterator[Sequence[LogEvent]]:
    """What is logged during the test."""
    with capturedLogs() as events:
        yield events


def edit(path: Path, *statements: str, values: Sequence[object] = ()) -> None:
    """What somebody does to the file with other tools."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement, values)


def refusal(path: Path) -> str:
    """Why ``path`` cannot be opened; the sentence always names the file."""
    with pytest.raises(CacheError) as caught:
        SqliteCache(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def files(path: Path) -> list[str]:
    """The names beside and with ``path``."""
    return sorted(file.name for file in path.parent.iterdir())


def the_warning(log: Sequence[LogEvent], path: Path, number: int = 1) -> str:
    """The one sentence about the damaged file, which names both files."""
    (event,) = log
    assert event["log_level"].name == "warn"
    sentence = formatEvent(event)
    assert sentence.startswith(f"The roster cache {path} is damaged (")
    assert sentence.endswith(f") and was set aside as {path}.damaged-{number}; the roster will be fetched whole.")
    return sentence


def works_as_an_empty_one(path: Path) -> None:
    """The cache at ``path`` can be filled and closed, and is then what it was filled with."""
    with closing(SqliteCache(path)) as cache:
        assert cache.load(JULIET) is None
        cache.replace(JULIET, Snapshot("v9", {}))
    with closing(SqliteCache(path)) as cache:
        assert cache.load(JULIET) == Snapshot("v9", {})


# The file


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    """A roster is private, and so is its log, whatever the umask is."""
    umask = os.umask(0)
    try:
        with closing(SqliteCache(path)) as cache:
            cache.replace(JULIET, KEPT)
            cache.flush()
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(umask)
    assert modes == {"roster.db": 0o600, "roster.db-wal": 0o600}


def test_the_file_says_whose_it_is_and_its_schema(filled: Path) -> None:
    """The header carries the application id and the schema version, for ``file`` and for the next release."""
    with closing(sqlite3.connect(filled)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert filled.read_bytes()[68:72] == b"rkca"


def test_closing_leaves_one_file(filled: Path) -> None:
    """The log is brought in at the end, so that the file alone can be copied."""
    assert files(filled) == ["roster.db"]


def test_an_empty_file_is_an_empty_cache(path: Path, log: Sequence[LogEvent]) -> None:
    """What ``mktemp`` made is as good as nothing."""
    path.touch()
    works_as_an_empty_one(path)
    assert not log


def test_a_killed_process_leaves_what_it_has_flushed(path: Path) -> None:
    """And nothing of what came after it."""
    script = (
        "import os, sys\n"
        "from rosterkit.client.cache import Snapshot, SqliteCache\n"
        "cache = SqliteCache(sys.argv[1])\n"
        "cache.replace('juliet@capulet.test', Snapshot('v1', {}))\n"
        "cache.flush()\n"
        "cache.update('juliet@capulet.test', 'v2', 'x.test', {'subscription': 'to'})\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 9
    with closing(SqliteCache(path)) as cache:
        assert cache.load(JULIET) == Snapshot("v1", {})


# Refusals


def test_a_second_process_is_refused(filled: Path) -> None:
    """Two that write one cache would each mix their changes into the other's roster."""
    with closing(SqliteCache(filled)):
        assert "Another process has it open" in refusal(filled)
    works = SqliteCache(filled)
    works.close()


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE accounts (url TEXT)"],
        ["CREATE TABLE accounts (url TEXT)", "PRAGMA application_id = 0x726b6974", "PRAGMA user_version = 1"],
        ["PRAGMA application_id = 7"],
        ["PRAGMA user_version = 7"],
    ],
)
def test_another_programs_database_is_refused_and_left_as_it_is(
    path: Path, statements: list[str], log: Sequence[LogEvent]
) -> None:
    """It is not damaged, and renaming it would damage that program; the server's store is another program's too."""
    edit(path, *statements)
    before = path.read_bytes()
    assert "another program's database" in refusal(path)
    assert path.read_bytes() == before
    assert files(path) == ["roster.db"]
    assert not log


def test_a_newer_schema_is_left_alone(filled: Path, log: Sequence[LogEvent]) -> None:
    """It is not damaged: after going back to the newer release it is still there."""
    edit(filled, f"PRAGMA user_version = {SCHEMA_VERSION + 1}", "CREATE TABLE more (x)")
    before = filled.read_bytes()
    assert "a newer rosterkit wrote it" in refusal(filled)
    assert filled.read_bytes() == before
    assert not log


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is not made: a typing error would hide the cache."""
    assert f"create {tmp_path / 'missing'}" in refusal(tmp_path / "missing" / "roster.db")


def test_what_is_no_file_is_refused(path: Path) -> None:
    """A folder is left alone."""
    path.mkdir()
    assert "is not a file" in refusal(path)


def test_a_folder_that_cannot_be_written_is_refused(folder: Path) -> None:  # noqa: F811
    """SQLite has to make a log in it."""
    folder.chmod(0o500)
    with ordinary_user():
        assert f"make {folder} writable for this user" in refusal(folder / "roster.db")


def test_a_file_that_cannot_be_written_is_not_damaged(folder: Path, log: Sequence[LogEvent]) -> None:  # noqa: F811
    """It stays where it is."""
    path = folder / "roster.db"
    path.touch(0o400)
    with ordinary_user():
        assert "must be readable and writable for this user" in refusal(path)
    assert path.exists()
    assert not log


# Damage that is found when the file is opened


@pytest.mark.parametrize("data", [b"nonsense", b"{}" * 500, b"SQLite format 3\x00", bytes(4096)])
def test_what_is_not_sqlite_is_set_aside(path: Path, data: bytes, log: Sequence[LogEvent]) -> None:
    """Nothing of it is lost, and the cache works as an empty one."""
    path.write_bytes(data)
    works_as_an_empty_one(path)
    the_warning(log, path)
    assert Path(f"{path}.damaged-1").read_bytes() == data


def test_a_file_that_was_cut_off_is_set_aside(filled: Path, log: Sequence[LogEvent]) -> None:
    """As after a disk that was full while somebody copied it."""
    filled.write_bytes(filled.read_bytes()[:-4096])
    works_as_an_empty_one(filled)
    assert "malformed" in the_warning(log, filled)


def test_rows_that_cannot_be_found_any_more_are_noticed(path: Path, log: Sequence[LogEvent]) -> None:
    """One wrong byte in an inner page hides half of the rows from SQLite, which itself says nothing."""
    with closing(SqliteCache(path)) as cache:
        cache.replace(JULIET, Snapshot("v1", {f"{number}@x.test": ITEM for number in range(500)}))
    data = path.read_bytes()
    inner = next(page for page in range(0, len(data), 4096) if data[page] == 2)  # an interior page of an index tree
    at = data.index(JULIET.encode(), inner)
    path.write_bytes(data[:at] + b"z" + data[at + 1 :])
    works_as_an_empty_one(path)
    assert "missing from index" in the_warning(log, path)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE items",
        "ALTER TABLE items ADD COLUMN more",
        "CREATE TRIGGER sly AFTER UPDATE ON accounts BEGIN DELETE FROM items; END",
        "CREATE VIEW more AS SELECT 1",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
    ],
)
def test_other_tables_than_ours_are_damage(filled: Path, statement: str, log: Sequence[LogEvent]) -> None:
    """A hostile trigger never runs."""
    edit(filled, statement)
    works_as_an_empty_one(filled)
    assert "Its tables are not those of its schema version" in the_warning(log, filled)


def test_a_schema_that_is_no_text_is_damage(filled: Path, log: Sequence[LogEvent]) -> None:
    """SQLite quotes it in a sentence that Python cannot decode."""
    filled.write_bytes(filled.read_bytes().replace(b"WITHOUT ROWID", b"WITHOUT \xffOWID", 1))
    works_as_an_empty_one(filled)
    the_warning(log, filled)


def test_a_header_that_forbids_writing_is_damage(filled: Path, log: Sequence[LogEvent]) -> None:
    """It shows at the first change; the file can be written, so it is not the user who has to mend something."""
    data = filled.read_bytes()
    filled.write_bytes(data[:18] + b"\x09" + data[19:])
    with closing(SqliteCache(filled)) as cache:
        with pytest.raises(CacheError, match="give it the whole one"):
            cache.update(JULIET, "v2", NURSE, ITEM)
        assert cache.load(JULIET) is None
        cache.replace(JULIET, KEPT)
    with closing(SqliteCache(filled)) as cache:
        assert cache.load(JULIET) == KEPT
    assert "readonly" in the_warning(log, filled)


def test_the_log_goes_along(path: Path, log: Sequence[LogEvent]) -> None:
    """A log that stayed would be taken for the new file's; numbers are free only where both are."""
    path.write_bytes(b"nonsense" * 200)
    Path(f"{path}-wal").write_bytes(b"old log")
    Path(f"{path}.damaged-1-wal").touch()
    works_as_an_empty_one(path)
    the_warning(log, path, 2)
    assert Path(f"{path}.damaged-2-wal").read_bytes() == b"old log"
    assert files(path) == ["roster.db", "roster.db.damaged-1-wal", "roster.db.damaged-2", "roster.db.damaged-2-wal"]


# Damage that is found in a roster


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE accounts SET version = ?", b"v1"),
        ("UPDATE accounts SET version = ?", "\x01"),
        ("UPDATE items SET contact = ?", "Romeo@montague.test"),
        ("UPDATE items SET contact = ?", "romeo@montague.test/orchard"),
        ("UPDATE items SET contact = ?", ""),
        ("UPDATE items SET contact = ?", b"x.test"),
        ("UPDATE items SET contact = CAST(? AS TEXT)", b"\xff@x.test"),
        ("UPDATE items SET item = ?", None),
        ("UPDATE items SET item = ?", json.dumps(ITEM).encode()),
        ("UPDATE items SET item = ?", "nonsense"),
        ("UPDATE items SET item = ?", "[" * 200_000),
        ("UPDATE items SET item = ?", '{"subscription": "weird"}'),
        ("UPDATE items SET item = ?", '{"subscription": "to", "groups": ["a", "a"]}'),
        ("UPDATE items SET item = ?", '{"subscription": "to", "subscription": "to"}'),
        ("UPDATE items SET item = CAST(? AS TEXT)", b'{"subscription": "to", "name": "\xff"}'),
    ],
)
def test_a_wrong_value_sets_the_file_aside(
    filled: Path, statement: str, value: object, log: Sequence[LogEvent]
) -> None:
    """Every value is checked when its roster is loaded; from then on the cache is an empty one."""
    edit(filled, statement, values=(value,))
    works_as_an_empty_one(filled)
    assert f"In the roster of {JULIET}: " in the_warning(log, filled)
    with closing(sqlite3.connect(f"{filled}.damaged-1")) as connection:
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (1,)


def test_damage_in_one_roster_ends_the_others_too(filled: Path) -> None:
    """A change of an account whose roster went with the file is refused, and kept again after a whole roster."""
    edit(filled, "UPDATE items SET item = 7")
    with closing(SqliteCache(filled)) as cache:
        cache.update(ROMEO, "r2", JULIET, ITEM)
        assert cache.load(JULIET) is None
        with pytest.raises(CacheError, match="give it the whole one"):
            cache.update(ROMEO, "r3", NURSE, ITEM)
        cache.replace(ROMEO, Snapshot("r3", {JULIET: ITEM, NURSE: ITEM}))
        cache.update(ROMEO, "r4", NURSE, None)
    with closing(SqliteCache(filled)) as cache:
        assert cache.load(ROMEO) == Snapshot("r4", {JULIET: ITEM})


def test_damage_that_is_met_while_writing_costs_the_file_only(filled: Path, log: Sequence[LogEvent]) -> None:
    """A whole roster goes into the new file at once."""
    with closing(SqliteCache(filled)) as cache:
        edit_through(cache, "DROP TABLE items")
        cache.replace(JULIET, Snapshot("v2", {}))
        assert cache.load(JULIET) == Snapshot("v2", {})
    with closing(SqliteCache(filled)) as cache:
        assert cache.load(JULIET) == Snapshot("v2", {})
    the_warning(log, filled)


# Writing that fails


def edit_through(cache: SqliteCache, statement: str) -> None:
    """Something that happens to the file below the cache, which holds the lock."""
    cache._connection.execute(statement)


@pytest.fixture
def full(filled: Path) -> Iterator[SqliteCache]:
    """A cache on a disk that has no room but for a few pages."""
    cache = SqliteCache(filled)
    edit_through(cache, "PRAGMA max_page_count = 8")
    yield cache
    cache.close()


def big(number: int) -> dict[str, Any]:
    """An item of some kilobytes."""
    return {"subscription": "to", "name": "n" * 5000 + str(number)}


def test_a_full_disk_leaves_one_moment(full: SqliteCache, filled: Path) -> None:
    """Everything since the last flush is given up, and nothing is mixed into what remains."""
    full.update(JULIET, "v2", NURSE, ITEM)
    full.update(ROMEO, "r2", NURSE, ITEM)
    with pytest.raises(CacheError, match=r"could not be written: database or disk is full\. The disk is full"):
        full.replace(ROMEO, Snapshot("r3", {f"{number}@x.test": big(number) for number in range(20)}))
    for owner in (JULIET, ROMEO):
        with pytest.raises(CacheError, match="give it the whole one"):
            full.update(owner, "v9", "x.test", ITEM)
    full.flush()
    assert full.load(JULIET) == KEPT
    full.replace(JULIET, Snapshot("v3", {}))
    full.close()
    with closing(SqliteCache(filled)) as cache:
        assert cache.load(JULIET) == Snapshot("v3", {})
        assert cache.load(ROMEO) == Snapshot("r1", {})


def test_a_full_disk_is_not_damage(full: SqliteCache, filled: Path, log: Sequence[LogEvent]) -> None:
    """The file stays, and nothing is logged by the cache: whoever called it knows."""
    with pytest.raises(CacheError):
        full.update(JULIET, "v2", NURSE, {"subscription": "to", "name": "n" * 50_000})
    assert "roster.db.damaged-1" not in files(filled)
    assert not log


def test_an_interrupted_replacement_is_undone(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two rows: neither half of the roster stays, and no change is mixed into the old one."""

    def interrupted(_: object) -> str:
        raise KeyboardInterrupt

    with closing(SqliteCache(filled)) as cache:
        cache.update(ROMEO, "r2", NURSE, ITEM)
        with monkeypatch.context() as patch:
            patch.setattr("rosterkit.client.sqlite_cache._json", interrupted)
            with pytest.raises(KeyboardInterrupt):
                cache.replace(JULIET, Snapshot("v2", {NURSE: ITEM}))
        assert cache.load(JULIET) == KEPT
        assert cache.load(ROMEO) == Snapshot("r1", {})
        with pytest.raises(CacheError, match="give it the whole one"):
            cache.update(ROMEO, "r3", NURSE, None)
    with closing(SqliteCache(filled)) as cache:
        assert cache.load(JULIET) == KEPT


def test_a_failed_flush_does_not_keep_it_open(filled: Path) -> None:
    """Closing says that writing failed, once, and gives up the lock."""
    cache = SqliteCache(filled)
    edit_through(cache, "PRAGMA foreign_keys = ON")
    edit_through(cache, "CREATE TEMP TABLE q (x PRIMARY KEY)")
    edit_through(cache, "CREATE TEMP TABLE p (x REFERENCES q DEFERRABLE INITIALLY DEFERRED)")
    cache.update(JULIET, "v2", NURSE, ITEM)
    edit_through(cache, "INSERT INTO p VALUES (1)")  # the commit cannot succeed
    with pytest.raises(CacheError, match="could not be written: FOREIGN KEY"):
        cache.close()
    cache.close()
    with closing(SqliteCache(filled)) as again:
        assert again.load(JULIET) == KEPT
