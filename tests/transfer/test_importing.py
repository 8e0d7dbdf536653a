"""Files into a database: all of them or nothing, whoever is there already, and what a second export says."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from stored_accounts import ACCOUNTS, comparable

from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.errors import ConfigError, StoreError
from rosterkit.store import StoredAccount, lines, open_store
from rosterkit.transfer.exporting import export
from rosterkit.transfer.importing import Order, import_files, renamed
from rosterkit.transfer.tally import Tally

JULIET, ROMEO = "juliet@capulet.test", "romeo@montague.test"


def put(path: Path, *accounts: StoredAccount) -> Path:
    """An export of these at ``path``."""
    path.write_bytes(b"".join(lines.write(accounts)))
    return path


def account(jid: str = JULIET, version: str = "v1", contact: str = ROMEO) -> StoredAccount:
    """An account with one contact, a request and a history."""
    roster = Roster.new("v0").with_item(Item(contact), version, 5).with_request("a@capulet.test", Kept(b""))
    return StoredAccount(jid, {}, roster.with_blocked(["b@capulet.test"]))


def taken(
    folder: Path, *files: Path, domains: Mapping[str, str] | None = None, replaces: bool = False, dry: bool = False
) -> tuple[Tally, list[str]]:
    """What the import of these files into the database of ``folder`` says."""
    said: list[str] = []
    order = Order(folder / "roster.db", files, domains or {}, replaces, dry)
    return import_files(order, said.append), said


def held(folder: Path) -> list[StoredAccount]:
    """What the database of ``folder`` holds."""
    with closing(open_store(folder / "roster.db")) as store:
        return store.load()


def refused(folder: Path, *files: Path, **options: bool) -> str:
    """The sentence of an import that is refused; nothing has changed."""
    before = held(folder)
    with pytest.raises(ConfigError) as caught:
        taken(folder, *files, **options)
    assert held(folder) == before
    return str(caught.value)


@settings(max_examples=25, deadline=None)
@given(ACCOUNTS)
def test_an_export_imported_and_exported_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, accounts: list[StoredAccount]
) -> None:
    """Through the files of two databases: the accounts are equal, and both exports are, byte for byte."""
    folder = tmp_path_factory.mktemp("round")
    (folder / "new").mkdir()
    with closing(open_store(folder / "roster.db")) as store:
        store.append([SaveAccount(*one) for one in accounts])
    export(folder / "roster.db", folder / "one", force=False)
    taken(folder / "new", folder / "one")
    assert [comparable(one) for one in held(folder / "new")] == [comparable(one) for one in accounts]
    export(folder / "new" / "roster.db", folder / "two", force=False)
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()


def test_files_of_every_kind_come_together(tmp_path: Path) -> None:
    """Each is known by its first character, white space and a byte order mark before it are none."""
    put(tmp_path / "a", account(), account("nurse@capulet.test"))
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbf\n" + (tmp_path / "a").read_bytes())
    (tmp_path / "b").write_text("\ufeff\n<host xmlns='urn:xmpp:pie:0' jid='x.test'><user name='b'/></host>")
    tally, said = taken(tmp_path, tmp_path / "a", tmp_path / "b")
    assert (tally.accounts, tally.entries, said) == (3, 2, [])
    assert [one.jid for one in held(tmp_path)] == [JULIET, "nurse@capulet.test", "b@x.test"]


def test_what_is_left_out_has_its_file(tmp_path: Path) -> None:
    """The sentence begins with the file and the line."""
    path = tmp_path / "x.xml"
    path.write_text("<host xmlns='urn:xmpp:pie:0' jid='x.test'>\n<user name='b'><presence/></user></host>")
    tally, said = taken(tmp_path, path)
    assert said[0].startswith(f"{path}, line 2: b@x.test: ")
    assert tally.left_out == len(said) == 1


def test_an_account_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """It is named, and nobody else of the files is imported either."""
    taken(tmp_path, put(tmp_path / "a", account()))
    said = refused(tmp_path, put(tmp_path / "b", account("nurse@capulet.test"), account(version="v9")))
    assert said.startswith(
        f"{JULIET}, which is in {tmp_path / 'b'}, is in {tmp_path / 'roster.db'} already; --replace"
    )


def test_an_account_is_replaced_whole(tmp_path: Path) -> None:
    """Where that was asked for; others that are there stay."""
    taken(tmp_path, put(tmp_path / "a", account(), account("nurse@capulet.test")))
    new = account(version="v9", contact="paris@x.test")
    taken(tmp_path, put(tmp_path / "b", new), replaces=True)
    assert sorted(map(comparable, held(tmp_path))) == sorted(map(comparable, [account("nurse@capulet.test"), new]))


def test_an_account_comes_once(tmp_path: Path) -> None:
    """Also with replacing, as nobody knows which of the two is right."""
    put(tmp_path / "a", account())
    said = refused(tmp_path, tmp_path / "a", put(tmp_path / "b", account()), replaces=True)
    assert said == f"{JULIET} is in {tmp_path / 'a'} and again in {tmp_path / 'b'}. Nothing was imported."


def test_a_wrong_line_at_the_end_takes_everything_back(tmp_path: Path) -> None:
    """The sentence has the file and the line."""
    put(tmp_path / "a", account())
    with (tmp_path / "a").open("a") as file:
        file.write("{")
    said = refused(tmp_path, put(tmp_path / "b", account("nurse@capulet.test")), tmp_path / "a")
    assert said.startswith(f"{tmp_path / 'a'}, line 9: There is something after the end")
    assert said.endswith("Nothing was imported.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no export"),
        ("juliet:hush", "is no export: it begins neither"),
        ("<html/>", "line 1: The file begins with 'html'"),
        ("{}", "line 1: It does not begin as an export does"),
        ("SQLite format 3\0", "is no export"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, text: str, said: str) -> None:
    """Nothing of its content is shown."""
    (tmp_path / "a").write_text(text)
    sentence = refused(tmp_path, tmp_path / "a")
    assert sentence.startswith(str(tmp_path / "a"))
    assert said in sentence
    assert "hush" not in sentence


@pytest.mark.parametrize("name", ["none", ".", "x" * 300])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    """With the reason."""
    assert refused(tmp_path, tmp_path / name).startswith(f"{tmp_path / name} cannot be read: ")


def test_a_file_that_goes_on_elsewhere_is_not_taken_for_whole(tmp_path: Path) -> None:
    """The other one is named too, or nothing is imported; where it is, does not matter."""
    include = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='../far/b.xml'/>"
    (tmp_path / "a.xml").write_text(f"<server-data xmlns='urn:xmpp:pie:0'>{include}</server-data>")
    (tmp_path / "b.xml").write_text("<host xmlns='urn:xmpp:pie:0' jid='x.test'><user name='b'/></host>")
    said = refused(tmp_path, tmp_path / "a.xml")
    assert said.startswith(f"{tmp_path / 'a.xml'}, line 1: it goes on in '../far/b.xml', which was not named;")
    taken(tmp_path, tmp_path / "a.xml", tmp_path / "b.xml")
    assert [one.jid for one in held(tmp_path)] == ["b@x.test"]


def test_another_name_of_the_domain(tmp_path: Path) -> None:
    """Every JID has it, and the roster a version that no client knows."""
    taken(tmp_path, put(tmp_path / "a", account()), domains={"capulet.test": "verona.test"})
    (found,) = held(tmp_path)
    assert [found.jid, *found.roster.items, *found.roster.requests, *found.roster.blocked] == [
        "juliet@verona.test", ROMEO, "a@verona.test", "b@verona.test"
    ]  # fmt: skip
    assert found.roster.version not in ("v0", "v1")
    assert [entry.version for entry in found.roster.log] == [found.roster.version]


def test_the_parts_of_a_jid_that_is_renamed() -> None:
    """The domain alone, as a whole; a localpart or a resource of the same letters stays."""
    domains = {"x.test": "y.test", "y.test": "z.test"}
    given = ["x.test", "x.test@x.test", "a@x.test/x.test", "a@b.x.test", "y.test/a@x.test"]
    assert [renamed(address, domains) for address in given] == [
        "y.test", "x.test@y.test", "a@y.test/x.test", "a@b.x.test", "z.test/a@x.test"
    ]  # fmt: skip


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """It makes no database, counts what it would do, and finds what would be refused."""
    tally, _ = taken(tmp_path, put(tmp_path / "a", account()), dry=True)
    assert (tally.accounts, (tmp_path / "roster.db").exists()) == (1, False)
    taken(tmp_path, put(tmp_path / "b", account("nurse@capulet.test")))
    taken(tmp_path, tmp_path / "a", dry=True)
    assert [one.jid for one in held(tmp_path)] == ["nurse@capulet.test"]
    assert "already" in refused(tmp_path, tmp_path / "b", dry=True)


def test_a_refused_import_makes_no_database(tmp_path: Path) -> None:
    """The files are right before anything is made."""
    (tmp_path / "a").write_text("{}")
    with pytest.raises(ConfigError):
        taken(tmp_path, tmp_path / "a")
    assert not (tmp_path / "roster.db").exists()


def test_a_database_that_is_in_use_is_named(tmp_path: Path) -> None:
    """As by a running server: the sentence says to stop it."""
    put(tmp_path / "a", account())
    with closing(sqlite3.connect(tmp_path / "roster.db")) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another process has it open; stop that one"):
            taken(tmp_path, tmp_path / "a")
