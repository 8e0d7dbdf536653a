"""What a server needs of the machine: its program, and ports of loopback at which nobody listens.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import os
import random
import shutil
import socket

from rosterkit.errors import RosterkitError

__all__ = ["HOST", "ServerError", "choose_ports", "find_program"]

HOST = "127.0.0.1"
#: Linux takes the ports of outgoing connections from 32768 upwards: none of them gets that of a stopped server.
_PORTS = range(15000, 32000)


class ServerError(RosterkitError):
    """A server is not installed, did not get ready, or lost its port, or cannot do what it was asked for.

    Where it was started, the text has the end of its log.
    """


def find_program(name: str, package: str) -> str:
    """The path of a program, looked for in ``PATH`` and where Debian puts those of administrators.

    Raises :class:`ServerError` with the command that installs it.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServerError(f"{name} is not installed on this machine: apt-get install {package}")
    return found


def choose_ports(count: int) -> list[int]:
    """So many different ports at which nobody listens right now."""
    # Seeding the common generator, as test frameworks do, would give two processes the same ports.
    candidates = random.SystemRandom().sample(_PORTS, 100)
    free = [port for port in candidates if _is_free(port)]
    if len(free) < count:
        raise ServerError(f"Nearly every port from {_PORTS.start} to {_PORTS.stop} is taken at {HOST}: free some.")
    return free[:count]


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True
