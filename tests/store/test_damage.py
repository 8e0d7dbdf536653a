"""Damage to the files: whatever a block of the disk holds instead, everything is right or opening is refused."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written import written

from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.errors import StoreError
from rosterkit.store import StoredAccount
from rosterkit.store.sqlite import SqliteStore

BIG = "big@x.test"
BLOCK = 512
HEADER = 100
FILLINGS = {
    "zeros": lambda _: bytes(BLOCK),
    "ones": lambda _: b"\xff" * BLOCK,
    "noise": lambda noise: noise.randbytes(BLOCK),
}


class Image:
    """The files of a database at one moment, and what may be found in them."""

    def __init__(self, database: bytes, log: bytes, states: list[list[StoredAccount]]) -> None:
        self.database = database
        self.log = log
        self.states = states

    def opened(self, path: Path, database: bytes, log: bytes = b"") -> str:
        """What comes of opening it with other bytes: ``right`` or ``refused``.

        What is right takes a change as well, and holds it; whatever else happens fails the test.
        """
        path.write_bytes(database)
        log_path = path.with_name(f"{path.name}-wal")
        log_path.unlink(missing_ok=True)
        if log:
            log_path.write_bytes(log)
        try:
            with closing(SqliteStore(path)) as store:
                found = store.load()
                assert found in self.states
                store.append([*said_again(found), SaveAccount("late@x.test", {}, Roster.new("late"))])
        except StoreError as error:
            assert str(path) in str(error)
            return "refused"
        with closing(SqliteStore(path)) as store:
            assert store.load()[:-1] == found
        return "right"


def said_again(accounts: list[StoredAccount]) -> list[Save]:
    """Everything as it is, once more: each row is looked up by its index, and found or not."""
    return [
        Save(account.jid, contact, account.roster)
        for account in accounts
        for contact in dict.fromkeys((*account.roster.items, *account.roster.requests, *account.roster.blocked))
    ]


def appends() -> list[list[Any]]:
    """Everything that an account can have, and one with so many contacts that its tables have inner pages."""
    roster = Roster.new("b0")
    for number in range(300):
        roster = roster.with_item(Item(f"c{number}@x.test", f"Name {number}", ("G",), "both"), f"b{number + 1}", 50)
    return [*written()[0], [SaveAccount(BIG, {}, roster)]]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A database that was closed properly."""
    path = tmp_path_factory.mktemp("closed") / "rosterkit.db"
    with closing(SqliteStore(path)) as store:
        for append in appends():
            store.append(append)
        states = [store.load()]
    return Image(path.read_bytes(), b"", states)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A database as a killed process leaves it: its newest commits are in the log, and only there."""
    path = tmp_path_factory.mktemp("crashed") / "rosterkit.db"
    with closing(SqliteStore(path)) as store:
        for append in appends():
            store.append(append)
    with closing(SqliteStore(path)) as store:
        states = [store.load()]
        roster = next(account.roster for account in states[0] if account.jid == BIG)
        for number in range(12):
            roster = roster.with_item(Item(f"c{number * 20}@x.test", f"Anew {number}"), f"n{number}", 50)
            store.append([Save(BIG, f"c{number * 20}@x.test", roster)])
            states.append(store.load())
        return Image(path.read_bytes(), path.with_name("rosterkit.db-wal").read_bytes(), states)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    """Where damaged files are written, in memory where the system has such a folder: nothing of them is to last."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder, "rosterkit.db")


def overwritten(content: bytes, block: int, filling: bytes) -> bytes:
    """``content`` with another block of the disk in the place of one."""
    begin = block * BLOCK
    return (content[:begin] + filling + content[begin + BLOCK :])[: len(content)]


@pytest.mark.parametrize("filling", FILLINGS)
def test_every_block_of_a_database_that_is_overwritten(closed: Image, path: Path, filling: str) -> None:
    """Zeros, ones or noise in any block, header, table, index or unused: right or refused, and mostly refused."""
    noise = random.Random(filling)
    outcomes = [
        closed.opened(path, overwritten(closed.database, block, FILLINGS[filling](noise)))
        for block in range(len(closed.database) // BLOCK)
    ]
    assert outcomes.count("refused") > len(outcomes) / 2


@settings(deadline=None)
@given(st.data())
def test_any_stretch_of_blocks(closed: Image, path: Path, data: st.DataObject) -> None:
    """Several blocks in a row, with whatever bytes a search finds."""
    blocks = len(closed.database) // BLOCK
    first = data.draw(st.integers(0, blocks - 1))
    count = data.draw(st.integers(1, min(40, blocks - first)))
    pattern = data.draw(st.binary(min_size=1, max_size=40).filter(lambda pattern: not pattern.isalnum()))
    filling = (pattern * (count * BLOCK // len(pattern) + 1))[: count * BLOCK]
    begin = first * BLOCK
    damaged = closed.database[:begin] + filling + closed.database[begin + len(filling) :]
    assert closed.opened(path, damaged) in ("right", "refused")


@settings(max_examples=150, deadline=None)
@given(offset=st.integers(0, HEADER - 1), value=st.integers(0, 255))
def test_any_byte_of_the_header(closed: Image, path: Path, offset: int, value: int) -> None:
    """Sizes, counters, encoding, version and owner: one of them wrong is noticed or of no consequence."""
    content = bytearray(closed.database)
    content[offset] = value
    assert closed.opened(path, bytes(content)) in ("right", "refused")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_database_that_was_cut_off(closed: Image, path: Path, data: st.DataObject) -> None:
    """A copy that broke off is refused, wherever."""
    length = data.draw(st.integers(1, len(closed.database) - 1))
    assert closed.opened(path, closed.database[:length]) == "refused"


def test_the_log_of_a_killed_process_is_brought_in(crashed: Image, path: Path) -> None:
    """Everything that was committed is found, and the database alone would be older."""
    assert crashed.opened(path, crashed.database, crashed.log) == "right"
    path.write_bytes(crashed.database)
    path.with_name("rosterkit.db-wal").write_bytes(crashed.log)
    with closing(SqliteStore(path)) as store:
        assert store.load() == crashed.states[-1]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_log_costs_whole_commits_and_only_the_newest(
    crashed: Image, path: Path, data: st.DataObject
) -> None:
    """Each commit in the log has its checksum: from the first damaged one on they are gone, none of them in part."""
    begin = data.draw(st.integers(0, len(crashed.log) - 1))
    filling = data.draw(st.binary(min_size=1, max_size=600))
    damaged = crashed.log[:begin] + filling + crashed.log[begin + len(filling) :]
    assert crashed.opened(path, crashed.database, damaged) in ("right", "refused")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_log_that_was_cut_off_costs_whole_commits_and_only_the_newest(
    crashed: Image, path: Path, data: st.DataObject
) -> None:
    """A process is killed in the middle of a write at any byte: what was not yet committed whole is not there."""
    length = data.draw(st.integers(0, len(crashed.log)))
    assert crashed.opened(path, crashed.database, crashed.log[:length]) == "right"


@pytest.mark.parametrize("table", ["accounts", "items", "requests", "blocked"])
@pytest.mark.parametrize("kind", ["table", "index"])
def test_a_page_that_was_never_written_is_noticed_where_a_row_came(path: Path, table: str, kind: str) -> None:
    """A disk that lost a write shows a page of the day before: whole in itself, but table and index disagree."""
    path.unlink(missing_ok=True)
    versions = []
    for append in appends()[:-1], said_first("newcomer@x.test"):
        with closing(SqliteStore(path)) as store:
            for changes in append:
                store.append(changes)
        versions.append(path.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE tbl_name = ? AND type = ?"
        (page,) = connection.execute(query, (table, kind)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    older, newer = versions
    stale = slice((page - 1) * size, page * size)
    assert older[stale] != newer[stale]
    path.write_bytes(newer[: stale.start] + older[stale] + newer[stale.stop :])
    with pytest.raises(StoreError, match="is damaged"):
        SqliteStore(path)


def said_first(name: str) -> list[list[Any]]:
    """A new account with one of everything."""
    roster = Roster.new("n0").with_item(Item("x@x.test"), "n1", 5).with_request("y@x.test", Kept(b""))
    return [[SaveAccount(name, {}, roster.with_blocked(["z@x.test"]))]]
