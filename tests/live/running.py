"""``rosterkit serve`` as a child process, as somebody's test-suite would start it: any free port, one ready line.

The command is the one in the environment variable ``ROSTERKIT``; without it the ``rosterkit`` that is installed
beside the Python that runs the tests.  (It may be installed elsewhere: aioxmpp and rosterkit want different lxml.)
"""

from __future__ import annotations

import itertools
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

from person import Account, Place

#: Seconds until the ready line, and until the process has ended after SIGTERM.
PATIENCE = 30.0
_ROLES = ("juliet", "romeo", "nurse")
_COMPLAINT = re.compile(r"Traceback|Unhandled|critical", re.IGNORECASE)


class RunningServer:
    """A server that has said that it is ready; ``ready`` is the object of its ready line."""

    def __init__(self, folder: Path, *options: str, accounts: int = 3) -> None:
        """Start it with so many accounts of each role and these further options, its files and its log in ``folder``.

        Raises AssertionError with the log where no ready line comes.
        """
        self.log = folder / "server.log"
        self._accounts = accounts
        self._process = self._start(folder, options)
        self.ready = self._read_ready_line()
        self._numbers = {role: itertools.count(1) for role in _ROLES}

    @property
    def place(self) -> Place:
        """Where clients connect."""
        return Place(self.ready["c2s"]["host"], self.ready["c2s"]["port"], self.ready["ca_file"])

    def account(self, role: str) -> Account:
        """Give an account that nobody has used yet."""
        number = next(self._numbers[role])
        assert number <= self._accounts, f"the server was started with {self._accounts} accounts like {role}"
        return _account(role, number)

    def stop(self) -> None:
        """Ask it to end, and check that it ended as it promises and never complained in its log; once is enough."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            rest, _ = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError(f"the server did not end in {PATIENCE} s\n{self._tail()}") from None
        assert self._process.returncode == 0, f"the server ended with {self._process.returncode}\n{self._tail()}"
        assert not rest, f"standard output has more than the ready line: {rest!r}"
        assert not _COMPLAINT.search(self.log.read_text()), f"the server complained\n{self._tail()}"

    def kill(self) -> None:
        """End it without asking, whatever its state."""
        self._process.kill()
        self._process.communicate()

    def _start(self, folder: Path, options: tuple[str, ...]) -> subprocess.Popen:
        accounts = folder / "accounts"
        lines = [":".join(_account(role, number)) for role in _ROLES for number in range(1, self._accounts + 1)]
        accounts.write_text("\n".join(lines) + "\n")
        command = os.environ.get("ROSTERKIT") or str(Path(sys.executable).with_name("rosterkit"))
        arguments = ["serve", "--c2s-port", "0", "--tls-port", "none", "--accounts", str(accounts), *options]
        with self.log.open("ab") as errors:
            return subprocess.Popen([command, *arguments], stdout=subprocess.PIPE, stderr=errors, cwd=folder)

    def _read_ready_line(self) -> dict:
        output = self._process.stdout
        line, deadline = b"", time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not line.endswith(b"\n") and selector.select(deadline - time.monotonic()):
                piece = os.read(output.fileno(), 65536)
                if not piece:
                    break
                line += piece
        if not line.endswith(b"\n"):
            self.kill()
            raise AssertionError(f"no ready line but {line!r}\n{self._tail()}")
        return json.loads(line)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text().splitlines()[-40:])


def _account(role: str, number: int) -> Account:
    return Account(f"{role}{number}@localhost", f"secret of {role} {number}")
