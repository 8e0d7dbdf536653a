"""What the fixture costs: its start, a fresh network, a reset, a whole test, and whether memory stays flat.

Run it on a quiet machine; ``make bench`` does.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rosterkit.testing.domains import Domain
from rosterkit.testing.fixture import FixtureServer

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "testing"))
from raw_client import ROSTER, RawClient

TICK = os.sysconf("SC_CLK_TCK")
SEED: dict[str, Any] = {
    "accounts": {
        "juliet": {"password": "x", "roster": {f"c{n}@b.test": {"subscription": "both"} for n in range(10)}},
        "romeo": {"password": "x"},
    }
}


def main() -> None:
    """Print the table."""
    starts = [start() for _ in range(5)]
    print(f"{'exec to ready line':42} {statistics.median(starts):8.3f} s    (bar 0.45)")
    with FixtureServer() as server:
        fresh, _ = each(server, 500, lambda: server.domain(**SEED).drop())
        print(f"{'fresh network, 2 accounts, dropped again':42} {fresh:8.3f} ms   (bar 1, CPU of the server)")
        domain = server.domain(**SEED)
        reset, _ = each(server, 500, domain.reset)
        print(f"{'reset':42} {reset:8.3f} ms   (bar 1, CPU of the server)")
        _, whole = each(server, 200, lambda: whole_test(server.domain(**SEED)))
        print(f"{'login, roster, push, answer: a whole test':42} {whole:8.3f} ms   (bar 15)")
        each(server, 4000, lambda: server.domain(**SEED).drop())  # every bounded memory is full then
        before = memory(server)
        each(server, 1000, lambda: whole_test(server.domain(**SEED)))
        print(f"{'memory after 1,000 more such tests':42} {memory(server) - before:+8d} KiB  (of {before})")


def start() -> float:
    """Seconds until the ready line."""
    begun = time.perf_counter()
    with FixtureServer():
        return time.perf_counter() - begun


def whole_test(domain: Domain) -> None:
    """What a test does."""
    with RawClient(domain.host, domain.port, f"juliet@{domain.name}", "x") as client:
        client.ask(ROSTER, "</iq>")
        (push,) = domain.push("juliet", "z@b.test", name="Z")
        client.until("</iq>")
        client.say(f"<iq type='result' id='{push['id']}'/>")
        domain.expect(f"<iq type='result' id='{push['id']}'/>")
    domain.drop()


def each(server: FixtureServer, times: int, act: Callable[[], object]) -> tuple[float, float]:
    """CPU of the server and wall-clock time for one ``act``, in milliseconds."""
    with counted(server) as took:
        for _ in range(times):
            act()
    return took[0] / times * 1000, took[1] / times * 1000


@contextmanager
def counted(server: FixtureServer) -> Iterator[list[float]]:
    """The server's CPU and the time that pass within, in seconds, once it is over."""
    took: list[float] = []
    cpu, begun = cpu_of(server), time.perf_counter()
    yield took
    took += [cpu_of(server) - cpu, time.perf_counter() - begun]


def cpu_of(server: FixtureServer) -> float:
    """CPU seconds of the server's process."""
    fields = Path(f"/proc/{server.ready['pid']}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(server: FixtureServer) -> int:
    """Resident memory of the server's process in KiB."""
    pages = int(Path(f"/proc/{server.ready['pid']}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
