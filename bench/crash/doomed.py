"""``rosterkit serve`` that dies in the middle of a transaction or right behind one, or fails them all for a time.

SQLite calls back at every instruction of its virtual machine; those of an open transaction are counted.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any, NamedTuple

from rosterkit.store import sqlite

__all__ = ["FAIL", "GO_ON", "Death", "main"]

#: From the first of these signals to the second every commit fails.
FAIL, GO_ON = signal.SIGUSR1, signal.SIGUSR2


class Death(NamedTuple):
    """When to die: after so many instructions of transactions, there, or when that one is ``committed``."""

    instructions: int
    committed: bool


class _Breaking:
    """Counts the instructions of transactions."""

    def __init__(self, connection: sqlite3.Connection, death: Death | None) -> None:
        self._connection = connection
        self._death = death
        self._count = 0
        self._fails = False
        signal.signal(FAIL, lambda *_: self._set(True))
        signal.signal(GO_ON, lambda *_: self._set(False))
        connection.set_progress_handler(self.step, 1)

    def _set(self, fails: bool) -> None:
        self._fails = fails

    def step(self) -> bool:
        """True breaks the transaction off."""
        open_ = self._connection.in_transaction
        self._count += open_
        if self._death is not None and self._count >= self._death.instructions and open_ is not self._death.committed:
            os.kill(os.getpid(), signal.SIGKILL)
        return open_ and self._fails


class _DoomedStore(sqlite.SqliteStore):
    """The store, which breaks once it is open: opening and what is done before the first client stay whole."""

    def __init__(self, path: Path, *arguments: Any) -> None:
        super().__init__(path, *arguments)
        self._breaking = _Breaking(self._connection, _DoomedStore.death)

    death: Death | None = None


def main(death: Death | None = None) -> None:
    """Serve as the command line says, until ``death``."""
    from rosterkit.cli import main as serve

    _DoomedStore.death = death
    sqlite.SqliteStore = _DoomedStore  # type: ignore[misc, assignment]  # what open_store takes
    sys.exit(serve())
