"""The scripted client, or a mutant of it, as a program: ``python -m rosterkit.conformance.runner.scripted --help``.

It shows what a client's program has to do to be graded, and is the quickest there is.  It speaks TCP without TLS.

Tests: ``tests/conformance/test_scripted_program.py``.
"""

from __future__ import annotations

import argparse
import json
import select
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rosterkit.conformance.model.client import ScriptedClient

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Log in, obey, and come back when the connection is gone, until a signal comes or the server is gone too."""
    parser = argparse.ArgumentParser(description="A small client that keeps every rule, or breaks one.")
    parser.add_argument("jid")
    parser.add_argument("password")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--state", type=Path, help="The folder where its roster is kept.")
    parser.add_argument("--mutant", metavar="NAME", help="Which mistake it makes; `rosterkit check matrix` has them.")
    options = parser.parse_args(argv)
    make = ScriptedClient if options.mutant is None else _mutant(options.mutant, parser)
    kept = options.state / "roster.json" if options.state is not None else None
    stored: dict[str, Any] = json.loads(kept.read_text()) if kept is not None and kept.exists() else {}
    client = make(options.jid, options.password, stored)
    while True:
        try:
            connection = socket.create_connection((options.host, options.port))
        except OSError:
            return 0  # the run is over
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _stay(client, connection)
        if kept is not None:
            kept.write_text(json.dumps(stored))


def _mutant(name: str, parser: argparse.ArgumentParser) -> type[ScriptedClient]:
    from rosterkit.conformance.model.mutants import MUTANTS  # which take a while to load

    for mutant in MUTANTS:
        if mutant.name == name:
            return mutant.client
    parser.error(f"there is no mutant {name!r}; there are {', '.join(mutant.name for mutant in MUTANTS)}")


def _stay(client: ScriptedClient, connection: socket.socket) -> None:
    """One connection, from its first byte to its last."""
    client.connect()
    orders = [sys.stdin.buffer.raw]
    while True:
        with suppress(OSError):  # what is sent into a broken connection is noticed by reading
            connection.sendall(client.take())
        if client.ended:
            break
        ready, _, _ = select.select([connection, *orders], [], [])
        if connection in ready:
            data = _read(connection)
            if not data:
                break
            client.receive(data)
        elif orders:
            line = orders[0].readline()
            if line:
                print(client.order(line.decode()), flush=True)
            else:
                orders.clear()
    client.lost()
    connection.close()


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
