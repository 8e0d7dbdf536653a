"""A hostile or hand-made database is refused with table and row; nothing of it reaches a rule."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core import jid
from rosterkit.core.credentials import Keys
from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.errors import StoreError
from rosterkit.store import checks
from rosterkit.store.sqlite import SqliteStore

JULIET, ROMEO, NURSE = "juliet@capulet.test", "romeo@montague.test", "nurse@capulet.test"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with one account, an item, a request and a blocked JID (each row 1) and two lines of history."""
    path = tmp_path_factory.mktemp("sound") / "rosterkit.db"
    roster = (
        Roster.new("v0").with_item(Item(ROMEO, "Romeo", ("Lovers",), "both"), "v1", 5).with_request(NURSE, Kept(b""))
    ).with_blocked(["x.test/y"])
    with closing(SqliteStore(path)) as store:
        store.append([SaveAccount(JULIET, {"SCRAM-SHA-1": Keys(b"s", 1, b"k", b"v")}, roster)])
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, sound: bytes) -> Path:
    """A copy of the sound database, to be spoilt."""
    path = tmp_path / "rosterkit.db"
    path.write_bytes(sound)
    return path


def complaint(path: Path, statement: str) -> str:
    """What loading says after somebody ran ``statement`` on the file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreError) as caught:
        store.load()
    assert str(path) in str(caught.value)
    return str(caught.value)


HOSTILE = {
    "UPDATE accounts SET jid = 'juliet@@capulet.test'": ("accounts, row (1,", "localpart"),
    "UPDATE accounts SET jid = 'juliet@capulet.test/x'": ("accounts, row (1,", "not a prepared bare JID"),
    "UPDATE accounts SET jid = 'Juliet@capulet.test'": ("accounts, row (1,", "not prepared"),
    "UPDATE accounts SET jid = x'41'": ("accounts, row (1,", "must be text"),
    "UPDATE accounts SET version = ''": ("accounts, row (1,", "version"),
    "UPDATE accounts SET version = 'v9'": (f"history, {JULIET}", "newest line"),
    "UPDATE accounts SET version = x'41'": ("accounts, row (1,", "version"),
    "UPDATE credentials SET salt = 'text'": ("credentials, row", "blobs"),
    "UPDATE credentials SET server_key = x''": ("credentials, row", "blobs"),
    "UPDATE credentials SET iterations = 0": ("credentials, row", "above 0"),
    "UPDATE credentials SET iterations = 1000001": ("credentials, row", "at most 1000000"),
    "UPDATE credentials SET iterations = 'many'": ("credentials, row", "above 0"),
    "UPDATE credentials SET account = 'tybalt@capulet.test'": ("credentials, row", "not in table accounts"),
    "UPDATE credentials SET mechanism = char(1)": ("credentials, row", "mechanism"),
    "UPDATE items SET account = 'tybalt@capulet.test'": ("items, row (1,", "not in table accounts"),
    "UPDATE items SET jid = 'romeo@'": ("items, row (1,", "label"),
    "UPDATE items SET jid = ''": ("items, row (1,", "label"),
    "UPDATE items SET jid = 'romeo@montague.test/balcony'": ("items, row (1,", "not a prepared bare JID"),
    "UPDATE items SET jid = 'romeo@Montague.test'": ("items, row (1,", "not a prepared bare JID"),
    "UPDATE items SET jid = 'rom&eo@montague.test'": ("items, row (1,", "localpart"),
    f"UPDATE items SET jid = '{JULIET}'": ("items, row (1,", "own roster"),
    "UPDATE items SET jid = x'ff'": ("items, row (1,", "must be text"),
    "UPDATE items SET name = x'00'": ("items, row (1,", "name"),
    "UPDATE items SET name = char(0)": ("items, row (1,", "name"),
    "UPDATE items SET name = char(65535)": ("items, row (1,", "name"),
    "UPDATE items SET groups = 'Lovers'": ("items, row (1,", "not JSON"),
    "UPDATE items SET groups = x'5b5d'": ("items, row (1,", "JSON list"),
    "UPDATE items SET groups = '{}'": ("items, row (1,", "JSON list"),
    "UPDATE items SET groups = '[1]'": ("items, row (1,", "group"),
    "UPDATE items SET groups = '[\"\"]'": ("items, row (1,", "group"),
    "UPDATE items SET groups = '[\"\\ud800\"]'": ("items, row (1,", "group"),
    'UPDATE items SET groups = \'["a", "a"]\'': ("items, row (1,", "twice"),
    "UPDATE items SET groups = replace(hex(zeroblob(50000)), '0', '[')": ("items, row (1,", "not JSON"),
    "UPDATE items SET subscription = 'remove'": ("items, row (1,", "no state"),
    "UPDATE items SET subscription = x'00'": ("items, row (1,", "no state"),
    "UPDATE items SET ask = 1": ("items, row (1,", "no state"),
    "UPDATE items SET ask = 2": ("items, row (1,", "no state"),
    "UPDATE items SET ask = 'yes'": ("items, row (1,", "no state"),
    "UPDATE items SET approved = 'yes'": ("items, row (1,", "approved"),
    f"UPDATE requests SET contact = '{ROMEO}'": ("items, row (1,", "no state"),
    f"UPDATE requests SET contact = '{JULIET}'": ("requests, row (1,", "own roster"),
    "UPDATE requests SET contact = 'a b@c.test'": ("requests, row (1,", "localpart"),
    "UPDATE requests SET account = 'x@y.test'": ("requests, row (1,", "not in table accounts"),
    "UPDATE requests SET body = '<a/>'": ("requests, row (1,", "blob"),
    "UPDATE requests SET body = CAST('<a>' AS BLOB)": ("requests, row (1,", "not XML"),
    "UPDATE requests SET body = CAST('</stanza><stanza>' AS BLOB)": ("requests, row (1,", "not XML"),
    "UPDATE requests SET body = CAST('&lol;' AS BLOB)": ("requests, row (1,", "not XML"),
    "UPDATE requests SET body = CAST('<a:b/>' AS BLOB)": ("requests, row (1,", "not XML"),
    "UPDATE requests SET body = CAST('<!-- x -->' AS BLOB)": ("requests, row (1,", "RFC 6120 forbids"),
    "UPDATE requests SET body = CAST('<?php x?>' AS BLOB)": ("requests, row (1,", "RFC 6120 forbids"),
    "UPDATE requests SET body = x'ff'": ("requests, row (1,", "not XML"),
    "UPDATE requests SET stanza_id = x'00'": ("requests, row (1,", "stanza_id"),
    "UPDATE requests SET lang = char(7)": ("requests, row (1,", "lang"),
    "UPDATE blocked SET jid = 'x@'": ("blocked, row (1,", "label"),
    "UPDATE blocked SET jid = ''": ("blocked, row (1,", "label"),
    "UPDATE blocked SET jid = 'X.test'": ("blocked, row (1,", "not prepared"),
    "UPDATE blocked SET jid = x'41'": ("blocked, row (1,", "must be text"),
    f"UPDATE blocked SET jid = '{JULIET}/x'": ("blocked, row (1,", "block itself"),
    "UPDATE blocked SET account = 'x@y.test'": ("blocked, row (1,", "not in table accounts"),
    "DROP TABLE blocked": ("no such table: blocked", "Restore a backup"),
    "UPDATE history SET version = 'v1'": (f"history, {JULIET}", "same version"),
    "UPDATE history SET contact = ''": ("history, row ('juliet@capulet.test', 2)", "label"),
    "UPDATE history SET contact = 'x@y/z' WHERE number = 1": ("history, row ('juliet@capulet.test', 1)", "bare"),
    "UPDATE history SET account = 'x@y.test'": ("history, row", "not in table accounts"),
    "DELETE FROM history WHERE number = 2": (f"history, {JULIET}", "newest line"),
    "UPDATE history SET number = 13 - number": ("history, row ('juliet@capulet.test', 12)", "label"),
    "UPDATE history SET number = 'n' || number": ("history, row ('juliet@capulet.test', 'n1')", "number above 0"),
    "UPDATE history SET number = -number": ("history, row ('juliet@capulet.test', -2)", "number above 0"),
    "UPDATE history SET number = number + 9223372036854775800": ("history, row", "number above 0"),
    "DROP TABLE items": ("no such table: items", "Restore a backup"),
    "ALTER TABLE history RENAME COLUMN contact TO who": ("no such column", "Restore a backup"),
    "UPDATE items SET name = CAST(x'ff' AS TEXT)": ("UTF-8", "Restore a backup"),
}


@pytest.mark.parametrize("statement", HOSTILE)
def test_a_wrong_row_is_named(path: Path, statement: str) -> None:
    """The sentence names the file, the table and the row, and says what is wrong with it."""
    where, why = HOSTILE[statement]
    text = complaint(path, statement)
    assert where in text
    assert why in text


@pytest.mark.parametrize("table", ["items", "requests", "blocked"])
def test_rows_that_a_unique_index_should_have_kept_out_are_refused(path: Path, table: str) -> None:
    """A table that was made again without its index may hold a contact twice."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"CREATE TABLE loose AS SELECT * FROM {table}; INSERT INTO loose SELECT * FROM {table}; "
            f"DROP TABLE {table}; ALTER TABLE loose RENAME TO {table};"
        )
    assert "twice" in complaint(path, "SELECT 1")


def test_a_long_value_is_cut_in_the_sentence(path: Path) -> None:
    """A megabyte in a column does not become a megabyte in the log."""
    assert len(complaint(path, "UPDATE items SET account = hex(zeroblob(500000))")) < 1000


@given(st.text(st.characters(max_codepoint=0x17F), min_size=1, max_size=8) | st.text(min_size=1, max_size=8))
def test_the_fast_check_of_a_localpart_agrees_with_preparation(text: str) -> None:
    """What the shortcut lets through is what preparation leaves as it is."""
    if checks._PREPARED_LOCAL.match(text):
        assert jid.prepare_local(text) == text
