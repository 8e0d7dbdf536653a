"""A database into a file: for its owner only, whole or not at all, and never in the place of another by accident."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest

from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Kept, Roster
from rosterkit.errors import ConfigError
from rosterkit.store import lines, open_store
from rosterkit.transfer.exporting import export

JULIET = "juliet@capulet.test"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with one account."""
    return made(tmp_path, Roster.new("v1"))


def made(folder: Path, roster: Roster) -> Path:
    """A database with one account that has this roster."""
    path = folder / "roster.db"
    with closing(open_store(path)) as store:
        store.append([SaveAccount(JULIET, {}, roster)])
    return path


def refused(database: Path, out: Path | None, force: bool = False) -> str:
    """The sentence of an export that is refused."""
    with pytest.raises(ConfigError) as caught:
        export(database, out, force)
    return str(caught.value)


@pytest.mark.parametrize("force", [False, True])
def test_the_file_is_for_its_owner_only(database: Path, tmp_path: Path, force: bool) -> None:
    """Whatever the umask lets others do; nothing else is left in the folder."""
    before = os.umask(0)
    try:
        tally = export(database, tmp_path / "out", force)
    finally:
        os.umask(before)
    assert tally.accounts == 1
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    assert (tmp_path / "out").read_bytes().splitlines()[-1] == b'{"end": "rosterkit-accounts", "accounts": 1}'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "roster.db"]


def test_a_file_that_is_there_stays_unless_it_is_said(database: Path, tmp_path: Path) -> None:
    """The sentence says how to replace it; the new one has its own mode."""
    out = tmp_path / "out"
    out.write_text("old")
    assert refused(database, out) == f"--out is {out}, which is there already; --force replaces it."
    assert out.read_text() == "old"
    export(database, out, force=True)
    assert out.read_text() != "old"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
@pytest.mark.parametrize("force", [False, True])
def test_what_is_no_file_is_never_replaced(database: Path, tmp_path: Path, kind: str, force: bool) -> None:
    """A link could lead anywhere, and something that is not there is made nowhere else."""
    out = tmp_path / "out"
    {"folder": out.mkdir, "link": lambda: out.symlink_to("x"), "pipe": lambda: os.mkfifo(out)}[kind]()
    assert "no ordinary file" in refused(database, out, force)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_left_of_an_export_that_fails(tmp_path: Path, force: bool) -> None:
    """An account that does not fit: the old file stays, and no half of a new one."""
    out = tmp_path / "out"
    if force:
        out.write_text("old")
    database = made(tmp_path, Roster.new("v1").with_request("a@x.test", Kept(b"x" * lines.MAX_LINE_BYTES)))
    assert refused(database, out, force).startswith(f"Nothing was exported: {JULIET} holds something")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"] * force + ["roster.db"]
    assert not force or out.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
def test_a_full_disk_is_told(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says that the export is not whole."""
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, *_: opened("/dev/full", os.O_WRONLY))
    monkeypatch.setattr(Path, "unlink", lambda path: None)
    out = tmp_path / "out"
    said = f"The export is not whole: {out}: No space left on device. Name another file with --out."
    assert refused(database, out) == said


def test_there_must_be_a_database(tmp_path: Path) -> None:
    """None is made."""
    path = tmp_path / "none.db"
    assert refused(path, None).startswith(f"--db is {path}, and no database is found there: ")
    assert not path.exists()
