"""A child process with everything that it starts, and the end of them all.

The child leads a session and a process group of its own, and carries a mark in its environment that its children
inherit: what left the group is found by it (``/proc``), and nobody else is ever touched.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["PATIENCE", "Process"]

_MARK = "ROSTERKIT_TEST_PROCESS"
#: Seconds that a child has to end after SIGTERM.
PATIENCE = 10.0
#: Seconds that what it started has to notice its end, and then to be gone after SIGKILL.
_PATIENCE_OF_RELATIVES = 2.0
_INTERVAL = 0.02


class Process:
    """A running command.  Its standard output and its errors are appended to ``log``; it reads nothing."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        """Start ``command`` in ``folder`` with exactly this ``environment`` and the mark; raises OSError."""
        self._mark = f"{_MARK}={secrets.token_hex(16)}"
        name, _, value = self._mark.partition("=")
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment, name: value},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the command itself."""
        return self._child.pid

    @property
    def has_ended(self) -> bool:
        """Whether the command itself is over; what it started may still run."""
        if self._child.returncode is not None:
            return True
        # It stays a zombie, so that neither its id nor that of its group can belong to somebody else.
        return os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def end(self, patience: float = PATIENCE) -> int:
        """End it and everything that it started, after ``patience`` seconds by force.

        Gives its exit code, again as well; a negative one is the signal that ended it.
        """
        if self._child.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._child.pid, signal.SIGTERM)
            _until(lambda: self.has_ended, patience)
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
            self._end_relatives(min(patience, _PATIENCE_OF_RELATIVES))
        return self._child.returncode

    def _end_relatives(self, patience: float) -> None:
        """Wait until those that left the group are gone; they mostly end when they read the end of a pipe."""
        if not _until(lambda: not _carriers(self._mark), patience):
            _until(lambda: not _killed(self._mark), _PATIENCE_OF_RELATIVES)


def _killed(mark: str) -> list[int]:
    """Kill the processes with this mark, and give which these were."""
    found = _carriers(mark)
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found


def _carriers(mark: str) -> list[int]:
    """The processes with this mark in the environment; none where there is no ``/proc``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # somebody else's, or gone meanwhile
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def _until(reached: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; give whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(_INTERVAL)
    return True
