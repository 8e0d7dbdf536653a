"""What a program that measures asks of the machine: open files for its connections, and a tidy end."""

from __future__ import annotations

import resource
import signal
import sys
from types import FrameType

__all__ = ["allow_open_files", "end_tidily"]

#: What a process has open beside its connections: a database, logs, its own libraries.
_BESIDE = 200


def allow_open_files(connections: int) -> None:
    """Let this process, and those that it starts from now on, have so many connections.

    Ends the program with a sentence where the machine's hard limit forbids it.
    """
    needed = connections + _BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(
            f"{connections} connections need {needed} open files, and this user may have {hard}: raise the hard "
            f"limit (ulimit -Hn {needed} as root, or LimitNOFILE= of the unit), or ask for fewer connections."
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def end_tidily() -> None:
    """End by SIGTERM as by an exception: servers that were started are stopped, and folders are removed."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, end)
