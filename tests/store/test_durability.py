"""``--durability``: what SQLite is told, and which flushes the kernel sees of it."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tracing import needs_strace

from rosterkit.store import Durability, open_store
from rosterkit.store.sqlite import SqliteStore

COMMITS = 25
#: Makes so many commits between two marks that a trace shows.
PROGRAM = f"""
import os, pathlib, sys
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store.sqlite import SqliteStore
store = SqliteStore(pathlib.Path(sys.argv[1]), sys.argv[2])
roster = Roster.new("v0")
store.append([SaveAccount("juliet@x.test", {{}}, roster)])
os.path.exists("/begin")
for number in range({COMMITS}):
    roster = roster.with_item(Item("romeo@x.test", str(number)), f"v{{number + 1}}", 5)
    store.append([Save("juliet@x.test", "romeo@x.test", roster)])
os.path.exists("/end")
"""


def traced(path: Path, durability: str) -> list[str]:
    """The system calls that flush, of the commits alone."""
    trace = path.with_name("trace")
    command = ["strace", "-f", "-e", "trace=fsync,fdatasync,stat,newfstatat,statx", "-o", str(trace), sys.executable]
    subprocess.run([*command, "-c", PROGRAM, str(path), durability], check=True, capture_output=True)
    calls = trace.read_text(encoding="utf-8")
    between = calls[calls.index('"/begin"') : calls.index('"/end"')]
    return re.findall(r"\b(f(?:data)?sync)\(", between)


@pytest.mark.parametrize(("durability", "level"), [("process", 1), ("full", 2)])
def test_the_level_is_what_sqlite_says_it_is(tmp_path: Path, durability: Durability, level: int) -> None:
    """NORMAL flushes at checkpoints only, FULL at each commit; asked of the connection that writes."""
    store = open_store(tmp_path / "rosterkit.db", durability)
    with closing(store):
        assert isinstance(store, SqliteStore)
        assert store._connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._connection.execute("PRAGMA fullfsync").fetchone() == (level - 1,)


@needs_strace
def test_the_kernel_is_asked_to_flush_once_for_each_commit_or_never(tmp_path: Path) -> None:
    """With full each commit has its flush; without it a commit has none."""
    assert len(traced(tmp_path / "full.db", "full")) == COMMITS
    assert traced(tmp_path / "process.db", "process") == []
