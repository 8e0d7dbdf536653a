"""Memory: of an idle session, and of a server that has just read a hundred thousand accounts.

Tests: ``tests/bench/peers/test_peer_workloads.py``.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.clients.costing import Tree
from bench.peers.seeds import Account
from bench.peers.servers import Measured, write_database
from bench.peers.talker import Talker
from rosterkit.core.roster import Item
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.setup import make_setup

__all__ = ["Begun", "begin_with", "idle_session"]

_QUIET = 3.0
_WARM = 20


class Begun(NamedTuple):
    """A start: seconds until a login works, and MiB held then (PSS)."""

    seconds: float
    mib: float


def idle_session(server: Measured, count: int) -> float:
    """KiB that one of ``count`` idle sessions holds; the accounts are ``idle0`` and so on."""
    with ExitStack() as stack:
        _enter(stack, server.port, range(_WARM))
        time.sleep(_QUIET)
        before = server.tree.memory()
        _enter(stack, server.port, range(_WARM, count))
        time.sleep(_QUIET)
        return (server.tree.memory() - before) / (count - _WARM)


def _enter(stack: ExitStack, port: int, numbers: range) -> None:
    for number in numbers:
        client = Talker(port)
        stack.callback(client.close)
        client.login(f"idle{number}", "idle", "SCRAM-SHA-1")
        client.come_online()


def _circle(number: int, accounts: int, entries: int) -> list[Item]:
    """Entries of other accounts, as far from each other as can be."""
    contacts = ((number + step * accounts // (entries + 1)) % accounts for step in range(1, entries + 1))
    return [Item(f"u{contact}@localhost", f"Contact {contact}", ("Friends",), "both") for contact in contacts]


def begin_with(accounts: int, entries: int) -> Begun:
    """Start our server on a database of so many accounts with so many entries each."""
    with TemporaryDirectory(prefix="rosterkit-bench-start-") as folder:
        path = Path(folder)
        people = [Account(f"u{number}", _circle(number, accounts, entries)) for number in range(accounts)]
        write_database(path / "rosters.db", people, False)
        del people
        server = Rosterkit(path, make_setup({"entrant": "bench"}))
        began = time.monotonic()
        server.start()
        try:
            return Begun(time.monotonic() - began, Tree(server.pids).memory() / 1024)
        finally:
            server.stop()
