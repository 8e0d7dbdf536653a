"""Files that earlier releases wrote are opened, brought up to date, and hold what they held."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from written import JULIET, without_details, written

from rosterkit.core.effects import Save
from rosterkit.core.roster import Item, Kept
from rosterkit.errors import StoreError
from rosterkit.store import StoredAccount
from rosterkit.store.schema import VERSION
from rosterkit.store.sqlite import SqliteStore

FOLDER = Path(__file__).parent
FIRST, ONE, TWO = "written-by-schema-1-first.sqlite", "written-by-schema-1.sqlite", "written-by-schema-2.sqlite"


def expected(name: str) -> list[StoredAccount]:
    """What the program in ``written.py`` wrote into the file."""
    accounts = written(blocks=name == TWO)[1]
    return [without_details(account) for account in accounts] if name == FIRST else accounts


def in_order(accounts: list[StoredAccount]) -> list[object]:
    """``accounts`` with the orders that equality of mappings overlooks."""
    return [(account, *map(list, (account.roster.items, account.roster.requests))) for account in accounts]


def schema_of(path: Path) -> tuple[int, list[tuple[str, ...]]]:
    """The version that a file says it has, and the columns that it really has."""
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        columns = (
            "SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c"
            " WHERE t.type = 'table' ORDER BY t.name, c.cid"
        )
        return version, connection.execute(columns).fetchall()


def contents(path: Path) -> list[str]:
    """The file as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


@pytest.fixture(params=[FIRST, ONE, TWO])
def name(request: pytest.FixtureRequest) -> str:
    """Each of the files."""
    return str(request.param)


@pytest.fixture
def old(name: str, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copy(FOLDER / name, tmp_path / "rosterkit.db"))


def test_the_files_are_of_every_earlier_schema_and_of_the_present_one() -> None:
    """Whoever adds a schema adds the file that the one before wrote."""
    assert {schema_of(FOLDER / name)[0] for name in (FIRST, ONE, TWO)} == set(range(1, VERSION + 1))


def test_everything_that_was_written_is_loaded(name: str, old: Path) -> None:
    """Accounts, keys, entries in every state, requests with odd markup, histories and orders are what they were."""
    with closing(SqliteStore(old)) as store:
        assert in_order(store.load()) == in_order(expected(name))
    with closing(SqliteStore(old)) as store:
        assert in_order(store.load()) == in_order(expected(name))


def test_it_has_the_present_schema_afterwards(old: Path, tmp_path: Path) -> None:
    """A file that came a long way has the same tables and columns as a new one."""
    SqliteStore(old).close()
    SqliteStore(tmp_path / "new.db").close()
    assert schema_of(old) == schema_of(tmp_path / "new.db")


def test_it_takes_what_its_schema_had_no_place_for(name: str, old: Path) -> None:
    """A request with its id and language, an entry and a blocked JID are kept in a file of any age."""
    (juliet, *others) = expected(name)
    roster = juliet.roster.with_request("late@x.test", Kept(b"<nick/>", "i", "en"))
    roster = roster.with_item(Item("late@x.test"), "late", 8).with_blocked([*juliet.roster.blocked, "late@x.test"])
    with closing(SqliteStore(old)) as store:
        store.append([Save(JULIET, "late@x.test", roster)])
    with closing(SqliteStore(old)) as store:
        assert store.load() == [juliet._replace(roster=roster), *others]


def test_a_file_of_the_present_schema_is_not_changed_by_opening(tmp_path: Path) -> None:
    """What is up to date stays as it is, row by row."""
    path = Path(shutil.copy(FOLDER / TWO, tmp_path / "rosterkit.db"))
    before = contents(path)
    SqliteStore(path).close()
    assert contents(path) == before


@pytest.mark.parametrize("name", [FIRST, ONE], indirect=True)
def test_a_step_that_fails_leaves_the_file_as_it_was(name: str, old: Path) -> None:
    """Steps are taken together or not at all, the number in the header with them."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("CREATE TABLE blocked (something TEXT)")
    before = contents(old)
    with pytest.raises(StoreError, match="table blocked already exists") as caught:
        SqliteStore(old)
    assert str(old) in str(caught.value)
    assert (schema_of(old)[0], contents(old)) == (1, before)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DROP TABLE blocked")
    with closing(SqliteStore(old)) as store:
        assert store.load() == expected(name)


@pytest.mark.parametrize("version", [0, -1, -(2**31)])
def test_a_schema_that_never_was_is_refused(old: Path, version: int) -> None:
    """A number in the header that no release wrote is damage, and is not taken for a new file."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=f"schema {version}, which never was. Restore a backup"):
        SqliteStore(old)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER greedy AFTER INSERT ON items BEGIN DELETE FROM items; END",
        "CREATE VIEW greedy AS SELECT * FROM items",
    ],
)
def test_what_would_act_on_our_writing_is_refused(old: Path, statement: str) -> None:
    """A trigger in a file from elsewhere could undo each change behind its answer."""
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(statement)
    with pytest.raises(StoreError, match="'greedy', which rosterkit did not make: drop it"):
        SqliteStore(old)
