"""A process that is killed at each system call that changes its files: opening, commits, checkpoint and closing.

The database that it opens was left by a killed process too.  After each kill everything that it had said to be stored
is there, what it had begun is there whole or not at all, and the file opens.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tracing import needs_strace

from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Roster
from rosterkit.store.sqlite import SqliteStore

COMMITS = 2
#: Opens, commits, says so each time, closes, and says that.
PROGRAM = f"""
import pathlib, sys
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store.sqlite import SqliteStore
store = SqliteStore(pathlib.Path(sys.argv[1]), sys.argv[2])
roster = store.load()[0].roster
for number in range({COMMITS}):
    roster = roster.with_item(Item(f"c{{number}}@x.test"), f"v{{number + 1}}", 5)
    other = SaveAccount(f"a{{number}}@x.test", {{}}, roster)
    store.append([Save("juliet@x.test", f"c{{number}}@x.test", roster), other])
    print(number + 1, flush=True)
store.close()
print("closed", flush=True)
"""
#: What SQLite writes, flushes, cuts and removes files with, and the durability that does so most.
CALLS = {"pwrite64": "process", "fdatasync": "full", "ftruncate": "process", "unlink": "process"}
#: No call is made so often.
MOST = 200


def killed_at(call: str, number: int, path: Path, durability: str) -> list[str]:
    """What the program has said until the ``number``-th ``call``, at which it was killed; all where it has fewer."""
    inject = f"inject={call}:signal=KILL:when={number}"
    command = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, sys.executable, "-c", PROGRAM]
    ended = subprocess.run([*command, str(path), durability], check=False, capture_output=True, text=True)
    assert ended.stderr == ""
    return ended.stdout.split()


@needs_strace
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_any_call_loses_nothing_that_was_said(tmp_path: Path, call: str) -> None:
    """Call by call until the program comes to its end."""
    crashed, path = tmp_path / "crashed.db", tmp_path / "rosterkit.db"
    with closing(SqliteStore(crashed)) as store:
        store.append([SaveAccount("juliet@x.test", {}, Roster.new("v0"))])
        image = crashed.read_bytes(), crashed.with_name("crashed.db-wal").read_bytes()
    kills = 0
    for number in range(1, MOST):
        for file in tmp_path.glob("rosterkit.db*"):
            file.unlink()
        path.write_bytes(image[0])
        path.with_name("rosterkit.db-wal").write_bytes(image[1])
        said = killed_at(call, number, path, CALLS[call])
        with closing(SqliteStore(path)) as store:
            juliet, *others = store.load()
        found = len(juliet.roster.items)
        assert len(others) == found
        assert juliet.roster.version == f"v{found}"
        assert all(account.roster.version == f"v{n + 1}" for n, account in enumerate(others))
        if "closed" in said:
            assert found == COMMITS
            break
        kills += 1
        assert len(said) <= found <= len(said) + 1
    else:
        raise AssertionError(f"{MOST} calls of {call} were not all of them.")
    assert kills
