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

#: Whoever comes back by himself after this comes again and again (RFC 6120 §4.9.3.3).
_CONFLICT = b"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"


def main(argv: Sequence[str] | None = None) -> int:
    """Log in, obey, and come back when the connection is gone, until a signal, a conflict or the end of the server.

    The exit code is 1 where it could not log in.
    """
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
    while (connection := _connected(options.host, options.port)) is not None:
        last = _stay(client, connection)
        if kept is not None:
            _keep(kept, stored)
        if not client.online:
            return 1
        if _CONFLICT in last:
            break
    return 0  # the server is gone, or has said that nobody is wanted: the case is over


def _keep(kept: Path, stored: dict[str, Any]) -> None:
    """Write it whole or not at all: a signal may come at any time."""
    draft = kept.with_suffix(".new")
    draft.write_text(json.dumps(stored))
    draft.replace(kept)


def _mutant(name: str, parser: argparse.ArgumentParser) -> type[ScriptedClient]:
    from rosterkit.conformance.model.mutants import MUTANTS  # which take a while to load

    found = next((mutant.client for mutant in MUTANTS if mutant.name == name), None)
    if found is None:
        parser.error(f"there is no mutant {name!r}; there are {', '.join(mutant.name for mutant in MUTANTS)}")
    return found


def _connected(host: str, port: int) -> socket.socket | None:
    try:
        connection = socket.create_connection((host, port))
    except OSError:
        return None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _stay(client: ScriptedClient, connection: socket.socket) -> bytes:
    """One connection, from its first byte to its last; gives what was read last."""
    client.connect()
    data = b""
    orders: list[Any] = [open(0, "rb", buffering=0, closefd=False)]  # noqa: SIM115  # it is open
    while True:
        with suppress(OSError):  # what is sent into a broken connection is noticed by reading
            connection.sendall(client.take())
        if client.ended:
            break
        watched: list[Any] = [connection, *orders]
        ready, _, _ = select.select(watched, [], [])
        if connection in ready:
            more = _read(connection)
            if not more:
                break
            data = more
            client.receive(data)
        elif orders:
            line = orders[0].readline()
            if line:
                print(client.order(line.decode()), flush=True)
            else:
                orders.clear()
    client.lost()
    connection.close()
    return data


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
