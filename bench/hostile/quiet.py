"""Well-behaved sessions that measure: pings, and roster sets until their push has come."""

from __future__ import annotations

import asyncio
import time

from bench.clients.client import Client, Login
from bench.clients.line import LostError
from bench.clients.serving import Serving
from bench.hostile.judging import Measured
from bench.hostile.target import QUIET

__all__ = ["Quiet"]

_PAUSE = 0.15


class Quiet:
    """``count`` sessions, each of an account of its own and from an address of its own."""

    def __init__(self, serving: Serving, count: int = QUIET) -> None:
        self._serving = serving
        self._count = count
        self._clients: list[Client] = []

    async def come(self) -> None:
        """Log in whoever is not there."""
        for client in self._clients:
            client.line.reset()
        self._clients = []
        for number in range(self._count):
            place = self._serving.place(source=f"127.2.0.{1 + number}")
            client = await Client.connect(place, Login(f"quiet{number}", "quiet"))
            await client.come_online()
            self._clients.append(client)

    async def measure(self, seconds: float) -> Measured:
        """Measure for so long."""
        until = time.monotonic() + seconds
        before = self._serving.cpu_seconds()
        latencies: list[float] = []
        tasks = [asyncio.create_task(self._one(client, until, latencies)) for client in self._clients]
        most = 0
        while time.monotonic() < until:
            await asyncio.sleep(0.25)
            most = max(most, self._serving.memory().rss)
        lost = sum(await asyncio.gather(*tasks))
        return Measured(latencies, lost, most, (self._serving.cpu_seconds() - before) / seconds)

    async def _one(self, client: Client, until: float, latencies: list[float]) -> bool:
        """True where the session was lost."""
        number = 0
        try:
            while time.monotonic() < until:
                number += 1
                latencies.append(await (_set(client, number) if number % 2 else client.ping()))
                await asyncio.sleep(_PAUSE)
        except LostError:
            return True
        return False


async def _set(client: Client, number: int) -> float:
    """Change an entry; the seconds until its push and its result are there."""
    pushed = asyncio.get_running_loop().create_future()

    def watch(kind: str, piece: bytes) -> None:
        if kind == "set" and not pushed.done() and b"jabber:iq:roster" in piece:
            pushed.set_result(None)

    client.watch = watch
    began = time.perf_counter()
    item = b"<item jid='someone@elsewhere.test' name='N%d'/>" % number
    await client.ask("set", b"<query xmlns='jabber:iq:roster'>%s</query>" % item)
    await pushed
    return time.perf_counter() - began
