"""CPU per operation of the server process, workload by workload: ``make bench``.

Starts ``rosterkit serve`` on a seeded SQLite file, plaintext on loopback, and drives it with raw clients, one
operation at a time (nothing is pipelined, so nothing is batched).  Prints the figures beside their bars; with
``--write FILE`` also the Markdown table of ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from driver import Client, cpu_seconds

from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store import open_store
from rosterkit.wire import passwords

PASSWORD = "bench"
PAIRS = 60
RESOURCES = 50
CONTACTS = 500
#: CPU milliseconds of an empty echo on the machine where the bars were set.
REFERENCE_ECHO = 0.019


class Figure(NamedTuple):
    """One row: CPU milliseconds per operation, and the bar that it is held against."""

    workload: str
    bar: float
    cpu_ms: float


class Server(NamedTuple):
    """The server under measurement."""

    pid: int
    port: int


def item(name: str, subscription: str = "none") -> Item:
    """An entry with a name and two groups."""
    return Item(f"{name}@localhost", f"Contact {name}", ("Friends", "Bench"), subscription)


def accounts() -> Iterator[tuple[str, list[Item]]]:
    """Every account with its roster."""
    for size in (10, 1_000, 10_000):
        yield f"r{size}", [item(f"someone{n}") for n in range(size)]
    yield "login", [item(f"someone{n}") for n in range(10)]
    yield "setter", [item(f"someone{n}") for n in range(10)]
    yield "fan", [item(f"someone{n}") for n in range(10)]
    yield "star", [item(f"c{n}", "both") for n in range(CONTACTS)]
    for number in range(CONTACTS):
        yield f"c{number}", [item("star", "both")]
    for number in range(PAIRS):
        yield f"a{number}", []
        yield f"b{number}", []


def seed(path: Path) -> None:
    """Make the database."""
    credentials: Credentials = passwords.derive(PASSWORD, b"0123456789abcdef")
    store = open_store(path)
    for name, items in accounts():
        roster = Roster(f"seed-{name}", {entry.jid: entry for entry in items})
        store.append([SaveAccount(f"{name}@localhost", credentials, Roster.new(f"new-{name}"))])
        store.append([Save(f"{name}@localhost", entry.jid, roster) for entry in items])
    store.close()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run ``rosterkit serve`` on the seeded file until the block ends."""
    seed(folder / "bench.db")
    command = [sys.executable, "-c", "from rosterkit.cli import main; main()", "serve"]
    command += ["--db", str(folder / "bench.db"), "--c2s-port", "0", "--tls-port", "none", "--allow-plaintext"]
    command += ["--max-rate", "0"]  # one session asks for everything here
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"The server did not start:\n{(folder / 'log').read_text()}")
            ready = json.loads(line)
            yield Server(process.pid, ready["c2s"]["port"])
        finally:
            process.terminate()
            process.wait()


def measure(server: Server, times: int, operation: Callable[[int], object]) -> float:
    """CPU milliseconds of the server per call of ``operation``, which ends when the server has answered."""
    for number in range(max(2, times // 10)):
        operation(number)
    before = cpu_seconds(server.pid)
    for number in range(times):
        operation(number)
    return (cpu_seconds(server.pid) - before) / times * 1000


def ready(server: Server, name: str, resource: str = "bench") -> Client:
    """A client that is interested and available."""
    client = Client(server.port)
    client.login(name, PASSWORD, resource)
    client.interested()
    client.available()
    return client


def bench_login(server: Server) -> Figure:
    """Connect, SCRAM-SHA-1, bind, roster, presence, leave."""

    def operation(number: int) -> None:
        client = Client(server.port)
        client.login("login", PASSWORD, f"r{number}", "SCRAM-SHA-1")
        client.interested()
        client.available()
        client.close()

    return Figure("whole login: SCRAM-SHA-1, bind, roster, presence", 1.0, measure(server, 300, operation))


def bench_roster_get(server: Server, size: int, bar: float, times: int) -> Figure:
    """Fetch the whole roster."""
    client = ready(server, f"r{size}")
    figure = measure(server, times, lambda number: client.interested())
    return Figure(f"roster get, {size:,} items", bar, figure)


def bench_versioned_get(server: Server) -> Figure:
    """Ask with the current version: an empty result."""
    client = ready(server, "r1000", "versioned")
    version = client.interested().partition(b"ver='")[2].partition(b"'")[0]
    request = b"<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='%s'/></iq>" % version

    def operation(number: int) -> None:
        client.send(request)
        client.until(b"/>")

    return Figure("unchanged versioned get", 0.045, measure(server, 2000, operation))


def bench_set(server: Server) -> Figure:
    """Change one entry; its push and its result."""
    client = ready(server, "setter")

    def operation(number: int) -> None:
        client.send(
            b"<iq type='set' id='s%d'><query xmlns='jabber:iq:roster'><item jid='someone%d@localhost' name='N%d'>"
            b"<group>Friends</group></item></query></iq>" % (number, number % 10, number)
        )
        client.until(b"'s%d'" % number)
        client.until(b"/>")

    return Figure("roster set with result and push, SQLite", 0.15, measure(server, 2000, operation))


def bench_fan_out(server: Server) -> Figure:
    """Change one entry; a push to each of 50 resources, each of which answers."""
    clients = [ready(server, "fan", f"r{number}") for number in range(RESOURCES)]
    for client in clients:
        client.fence()

    def operation(number: int) -> None:
        clients[0].send(
            b"<iq type='set' id='s%d'><query xmlns='jabber:iq:roster'>"
            b"<item jid='someone1@localhost' name='N%d'/></query></iq>" % (number, number)
        )
        for client in clients:
            push = client.until(b"</query></iq>")
            push_id = push.partition(b"<iq type='set' id='")[2].partition(b"'")[0]
            client.send(b"<iq type='result' id='%s'/>" % push_id)
        clients[0].until(b"'s%d'" % number)
        clients[0].until(b"/>")

    figure = measure(server, 100, operation)
    for client in clients:
        client.close()
    return Figure(f"roster set pushed to {RESOURCES} resources, with their replies", 2.0, figure)


def bench_presence(server: Server) -> Figure:
    """Subsequent presence of somebody whom 500 contacts online see."""
    contacts = [ready(server, f"c{number}") for number in range(CONTACTS)]
    star = ready(server, "star")
    for client in (*contacts, star):
        client.fence()
        client.read = b""

    def operation(number: int) -> None:
        star.send(b"<presence id='p%d'><show>away</show><status>%d</status></presence>" % (number, number))
        for client in contacts:
            client.until(b"</presence>")

    figure = measure(server, 30, operation)
    for client in contacts:
        client.close()
    return Figure(f"presence to {CONTACTS} contacts", 12.0, figure)


def bench_subscription(server: Server) -> Figure:
    """Two online accounts ask and approve each other: four stanzas, their pushes and presence."""
    pairs = [(ready(server, f"a{n}"), ready(server, f"b{n}")) for n in range(PAIRS)]

    def operation(number: int) -> None:
        one, other = pairs[number]
        names = b"a%d@localhost" % number, b"b%d@localhost" % number
        for asker, answerer, asks, asked in ((one, other, *names), (other, one, *reversed(names))):
            asker.send(b"<presence type='subscribe' to='%s'/>" % asked)
            answerer.until(b"type='subscribe'")
            answerer.send(b"<presence type='subscribed' to='%s'/>" % asks)
            asker.until(b"type='subscribed'")
        one.until(b"/bench'")
        other.until(b"/bench'")

    for number in range(PAIRS // 6):
        operation(number)
    before = cpu_seconds(server.pid)
    rest = range(PAIRS // 6, PAIRS)
    for number in rest:
        operation(number)
    figure = (cpu_seconds(server.pid) - before) / len(rest) * 1000
    return Figure("mutual subscription of two online accounts", 1.2, figure)


def bench_echo() -> float:
    """The floor on this machine: CPU milliseconds for 60 bytes through an empty Twisted echo server."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("echo.py"))], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        client = Client(int(process.stdout.readline()))

        def operation(number: int) -> None:
            client.send(b"x" * 59 + b"\n")
            client.until(b"\n")

        floor = measure(Server(process.pid, 0), 3000, operation)
        process.terminate()
    return floor


BENCHES: Mapping[str, Callable[[Server], Figure]] = {
    "login": bench_login,
    "get10": lambda server: bench_roster_get(server, 10, 0.06, 2000),
    "get1000": lambda server: bench_roster_get(server, 1_000, 0.1, 1000),
    "get10000": lambda server: bench_roster_get(server, 10_000, 0.5, 200),
    "versioned": bench_versioned_get,
    "set": bench_set,
    "fan": bench_fan_out,
    "presence": bench_presence,
    "subscription": bench_subscription,
}


class Row(NamedTuple):
    """A figure with the floor that was measured just before it; a shared machine is not the same all the time."""

    figure: Figure
    floor: float

    @property
    def times_floor(self) -> float:
        """How many empty echoes the operation costs."""
        return self.figure.cpu_ms / self.floor

    @property
    def bar_times_floor(self) -> float:
        """The bar in empty echoes of the machine that the bars were set on."""
        return self.figure.bar / REFERENCE_ECHO


def table(rows: list[Row]) -> str:
    """The figures as Markdown."""
    lines = ["| workload | CPU ms | bar, ms | in echoes | bar in echoes |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        lines.append(
            f"| {row.figure.workload} | {row.figure.cpu_ms:.3f} | {row.figure.bar} "
            f"| {row.times_floor:.1f} | {row.bar_times_floor:.1f} |"
        )
    return "\n".join(lines) + "\n"


def best(rows: list[Row]) -> Row:
    """The median of several runs by their cost in echoes."""
    return sorted(rows, key=lambda row: row.times_floor)[len(rows) // 2]


def show(row: Row) -> None:
    """One row for a person."""
    figure = row.figure
    mark = "within" if row.times_floor <= row.bar_times_floor else "over"
    print(
        f"{figure.workload:58} {figure.cpu_ms:7.3f} ms (bar {figure.bar:5.3f})  "
        f"{row.times_floor:6.1f} echoes (bar {row.bar_times_floor:5.1f})  {mark}",
        flush=True,
    )


def measured(name: str) -> Row:
    """One workload on a fresh server, the floor before and after it."""
    with tempfile.TemporaryDirectory(prefix="rosterkit-bench-") as folder, serving(Path(folder)) as server:
        before = bench_echo()
        figure = BENCHES[name](server)
        return Row(figure, (before + bench_echo()) / 2)


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHES, action="append", help="only this workload (repeatable)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, on a fresh server; the median counts")
    parser.add_argument("--write", type=Path, help="also write the Markdown table to this file")
    options = parser.parse_args()
    print(f"An echo is 60 bytes through an empty Twisted server: {REFERENCE_ECHO} ms where the bars were set.")
    rows = []
    for name in options.only or BENCHES:
        rows.append(best([measured(name) for _ in range(options.runs)]))
        show(rows[-1])
    floors = [row.floor for row in rows]
    print(f"The echo here: {min(floors):.3f} to {max(floors):.3f} ms.")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, SQLite file, journal off, plaintext")
    if options.write is not None:
        options.write.write_text(table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
