"""The server that is killed: on one database, over many lives."""

from __future__ import annotations

import os
import resource
import shutil
import sys
from pathlib import Path

from bench.clients.client import PASSWORD
from bench.clients.serving import Serving
from bench.crash.doomed import FAIL, GO_ON, Death
from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Roster
from rosterkit.store import Durability, open_store
from rosterkit.wire import passwords

__all__ = ["ACCOUNTS", "Server"]

#: Who has an account.
ACCOUNTS = tuple(f"{name}@localhost" for name in ("anna", "bert", "cleo", "dora", "emil", "finn"))
#: So few that some old copies are beyond them.
_HISTORY = 80


class Server(Serving):
    """``rosterkit serve`` in ``folder`` with :data:`ACCOUNTS`, on a new database, at ``database`` where given.

    ``death`` is how the next life ends by itself.
    """

    def __init__(self, folder: Path, durability: Durability, database: Path | None = None) -> None:
        database = database or folder / "measured.db"
        options = ["--history", str(_HISTORY), "--durability", durability, "--db", str(database)]
        options += ["--max-rate", "0"]  # every copy that was ever held is led on by one session
        super().__init__(folder, options, db=False)
        self.database = database
        self.death: Death | None = None
        store = open_store(database)
        keys = passwords.derive(PASSWORD, b"0123456789abcdef")
        store.append([SaveAccount(account, keys, Roster.new(f"new-{account}")) for account in ACCOUNTS])
        store.close()

    def _command(self) -> list[str]:
        code = f"from bench.crash.doomed import Death, main; main({self.death})"
        return [sys.executable, "-c", code, *super()._command()[3:]]

    @property
    def _write_ahead_log(self) -> Path:
        return self.database.with_name(f"{self.database.name}-wal")

    def keep_files(self) -> None:
        """Copy the files as a killed server has left them to ``left.db``."""
        shutil.copy(self.database, self.folder / "left.db")
        left = self.folder / "left.db-wal"
        left.unlink(missing_ok=True)
        if self._write_ahead_log.exists():
            shutil.copy(self._write_ahead_log, left)

    def fail(self) -> None:
        """Let every commit fail from now on."""
        os.kill(self.pid, FAIL)

    def go_on(self) -> None:
        """Let them be stored again."""
        os.kill(self.pid, GO_ON)

    def limit_files(self) -> None:
        """No file may grow from now on: what an ordinary user can have in place of a full disk."""
        self._set_limit(self._write_ahead_log.stat().st_size)

    def unlimit_files(self) -> None:
        """There is room again."""
        self._set_limit(resource.RLIM_INFINITY)

    def _set_limit(self, size: int) -> None:
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, hard))
