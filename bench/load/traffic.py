"""Sessions with traffic: edits with their pushes, pings, presence to contacts, roster gets; answers are awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from bench.clients.client import Client
from bench.clients.figures import milliseconds, percentile, table
from bench.clients.serving import Serving

__all__ = ["Driven", "drive"]

_ROSTER = b"<query xmlns='jabber:iq:roster'/>"
_KINDS = ("ping", "ping", "set", "set", "presence", "roster")


class Driven(NamedTuple):
    """Latencies in seconds by kind, over ``seconds``; what the server and this driver used of one processor."""

    seconds: float
    latencies: dict[str, list[float]]
    server_cpu: float
    driver_cpu: float

    @property
    def operations(self) -> int:
        """All operations."""
        return sum(map(len, self.latencies.values()))

    def table(self) -> str:
        """For a person."""
        rows = [("operation", "count", "p50 ms", "p99 ms", "max ms")]
        for kind, values in sorted(self.latencies.items()):
            shares = [milliseconds(percentile(values, share)) for share in (0.5, 0.99, 1.0)]
            rows.append((kind, str(len(values)), shares[0], shares[1], shares[2]))
        return table(rows)


async def drive(serving: Serving, clients: Sequence[Client], rate: float, seconds: float, seed: int) -> Driven:
    """Let each client do one thing after the other, ``rate`` of all together a second, for so long."""
    random = Random(seed)
    latencies: dict[str, list[float]] = {}
    until = time.monotonic() + seconds

    async def one(client: Client) -> None:
        while True:
            pause = random.expovariate(rate / len(clients))
            if time.monotonic() + pause >= until:
                return
            await asyncio.sleep(pause)
            kind = random.choice(_KINDS)
            began = time.perf_counter()
            await _do(client, kind, random)
            latencies.setdefault(kind, []).append(time.perf_counter() - began)

    server_before, driver_before, began = serving.cpu_seconds(), time.process_time(), time.monotonic()
    await asyncio.gather(*map(one, clients))
    took = time.monotonic() - began
    return Driven(
        took,
        latencies,
        (serving.cpu_seconds() - server_before) / took,
        (time.process_time() - driver_before) / took,
    )


async def _do(client: Client, kind: str, random: Random) -> None:
    if kind == "roster":
        await client.ask("get", _ROSTER)
    elif kind == "set":
        item = b"<item jid='someone%d@elsewhere.test' name='N%d'/>" % (random.randrange(10), random.randrange(10**6))
        await client.ask("set", b"<query xmlns='jabber:iq:roster'>%s</query>" % item)
    elif kind == "presence":
        client.line.send(b"<presence><status>%d</status></presence>" % random.randrange(10**6))
        await client.ping()
    else:
        await client.ping()
