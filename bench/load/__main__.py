"""``make load``: exit code 1 where an idle session without TLS holds more memory than it may."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from bench.clients.process import allow_open_files, end_tidily
from bench.clients.serving import Serving
from bench.load.accounts import make_database, ring, strangers
from bench.load.idle import Held, hold, log_in
from bench.load.traffic import drive

#: KiB of memory that an idle session without TLS may hold.
BAR = 28.0
_NEIGHBOURS = 2


@contextmanager
def serving(options: argparse.Namespace) -> Iterator[Serving]:
    """A fresh server with every account."""
    with tempfile.TemporaryDirectory(prefix="rosterkit-load-") as folder:
        server = Serving(Path(folder), options.serve)
        most = max(options.idle, options.tls)
        make_database(
            server.database,
            chain(
                strangers("idle", most, options.entries),
                strangers("warm", 1, options.entries),
                ring("busy", options.traffic, _NEIGHBOURS),
            ),
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()
            for line in server.failures()[:10]:
                print(f"The log of the server: {line}")


def idle(options: argparse.Namespace, count: int, starttls: bool) -> Held:
    """Idle sessions on a server of their own."""
    with serving(options) as server:
        held, clients = asyncio.run(_held(server, count, starttls))
    name = "with STARTTLS" if starttls else "without TLS"
    print(
        f"{clients} idle sessions {name}: {held.pss_kib:.1f} KiB each by PSS, {held.rss_kib:.1f} by RSS; "
        f"{held.logins_per_second:.0f} logins a second, {held.cpu_ms_per_login:.2f} ms of the server's CPU each",
        flush=True,
    )
    return held


async def _held(server: Serving, count: int, starttls: bool) -> tuple[Held, int]:
    held, clients = await hold(server, "idle", count, starttls)
    there = sum(not client.line.lost for client in clients)
    for client in clients:
        client.line.reset()
    return held, there


async def traffic(server: Serving, options: argparse.Namespace) -> None:
    """Sessions with traffic."""
    clients = await log_in(server, "busy", range(options.traffic))
    before = server.memory()
    driven = await drive(server, clients, options.rate, options.seconds, options.seed)
    there = sum(not client.line.lost for client in clients)
    rate = driven.operations / driven.seconds
    print(
        f"{there} sessions, {driven.operations} operations in {driven.seconds:.0f} s ({rate:.0f} a second): "
        f"{driven.server_cpu:.0%} of a processor for the server "
        f"({driven.server_cpu * driven.seconds / max(1, driven.operations) * 1000:.2f} ms an operation), "
        f"{driven.driver_cpu:.0%} for this driver; memory from {before.pss / 1024:.1f} to "
        f"{server.memory().pss / 1024:.1f} MiB"
    )
    print(driven.table(), flush=True)
    for client in clients:
        client.line.reset()


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--idle", type=int, default=5000, help="idle sessions without TLS")
    parser.add_argument("--tls", type=int, default=1000, help="idle sessions with STARTTLS; 0 for none")
    parser.add_argument("--traffic", type=int, default=1000, help="sessions with traffic; 0 for none")
    parser.add_argument("--rate", type=float, default=400, help="operations a second of all of them")
    parser.add_argument("--seconds", type=float, default=30, help="how long there is traffic")
    parser.add_argument("--entries", type=int, default=10, help="entries in the roster of each idle account")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", action="append", default=[], help="a further option of the server")
    options = parser.parse_args()
    end_tidily()
    allow_open_files(max(options.idle, options.tls, options.traffic) + 100)
    held = idle(options, options.idle, False)
    if options.tls:
        idle(options, options.tls, True)
    if options.traffic:
        with serving(options) as server:
            asyncio.run(traffic(server, options))
    if held.pss_kib > BAR:
        print(f"An idle session holds {held.pss_kib:.1f} KiB; {BAR:.0f} are allowed.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
