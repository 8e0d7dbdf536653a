"""Idle sessions: how fast they log in, what a login costs, and what memory one holds once it is quiet."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple

from bench.clients.client import Client, Login
from bench.clients.serving import Serving

__all__ = ["Held", "hold", "log_in"]

#: How many log in beside each other.
_AT_ONCE = 24
#: Seconds without anything to do before memory is looked at.
_QUIET = 3.0


class Held(NamedTuple):
    """What ``sessions`` idle sessions cost: KiB of memory each by PSS and by RSS; logins a second, CPU of one."""

    sessions: int
    pss_kib: float
    rss_kib: float
    logins_per_second: float
    cpu_ms_per_login: float


async def hold(serving: Serving, prefix: str, count: int, starttls: bool) -> tuple[Held, list[Client]]:
    """Log ``count`` accounts in, as clients do, and measure; the clients are still there."""
    warm = await log_in(serving, "warm", range(1), starttls)
    warm[0].line.leave()
    await asyncio.sleep(_QUIET)
    before, cpu_before, began = serving.memory(), serving.cpu_seconds(), time.monotonic()
    clients = await log_in(serving, prefix, range(count), starttls)
    took, cpu = time.monotonic() - began, serving.cpu_seconds() - cpu_before
    await asyncio.sleep(_QUIET)
    after = serving.memory()
    pss, rss = (after.pss - before.pss) / count, (after.rss - before.rss) / count
    return Held(count, pss, rss, count / took, cpu / count * 1000), clients


async def log_in(serving: Serving, prefix: str, numbers: range, starttls: bool = False) -> list[Client]:
    """Log in, fetch the roster and send presence, a few beside each other."""
    waiting = iter(numbers)
    clients: list[Client] = []

    async def one_after_the_other() -> None:
        for number in waiting:
            source = f"127.1.{number // 4000}.{1 + number // 16 % 250}"
            login = Login(f"{prefix}{number}", "idle", "SCRAM-SHA-1", starttls)
            client = await Client.connect(serving.place(source=source), login)
            clients.append(client)
            await client.come_online()
            await client.ping()

    await asyncio.gather(*(one_after_the_other() for _ in range(min(_AT_ONCE, len(numbers)))))
    return clients
