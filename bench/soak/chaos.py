"""What disturbs a server while clients use it: faults, restarts, slow readers, garbage, vanished peers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from urllib.error import URLError

from bench.clients.client import Client, Login, LoginRefusedError
from bench.clients.line import LostError, open_line
from bench.clients.serving import Serving
from bench.soak.circle import Circle
from bench.soak.tally import Tally

__all__ = ["SLOW", "Chaos"]

#: The account whose clients read nothing.
SLOW = "slow"
#: Faults after which a client may hold something wrong until it asks for its roster anew ...
_LOSING = ("drop", "delay", "reorder", "push-from-stranger", "push-without-item", "push-malformed-jid")
#: ... and faults that no client may be led astray by.
_HARMLESS = ("duplicate", "dribble", "pause", "cut", "push-from-bare-jid", "push-unknown-attributes", "result-twice")
_GARBAGE = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"to='localhost' version='1.0'><iq><<<",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<stream" * 300,
    bytes(range(256)),
)


class Chaos:
    """Everything that disturbs ``circles``; with ``lies`` also the faults of the control API."""

    def __init__(self, serving: Serving, tally: Tally, circles: Sequence[Circle], seed: int, lies: bool) -> None:
        self._serving = serving
        self._tally = tally
        self._circles = circles
        self._random = Random(f"{seed} chaos")
        self._lies = lies

    async def run(self, until: float, pause: float) -> None:
        """One disturbance after the other until ``until``."""
        acts = [self._send_garbage, self._read_slowly, self._forget_versions]
        acts += [self._lie] * 6 if self._lies else []
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            await asyncio.sleep(self._random.expovariate(1 / pause))
            try:
                await self._random.choice(acts)()
            except (LostError, LoginRefusedError, URLError, OSError):
                self._tally.counts["disturbances that failed"] += 1

    async def restart(self, kill: bool) -> None:
        """Stop the server, by SIGKILL or SIGTERM, and start it anew on the same file."""
        self._tally.counts["SIGKILL" if kill else "SIGTERM"] += 1
        await asyncio.to_thread(self._serving.kill if kill else self._serving.stop)
        await asyncio.to_thread(self._serving.start)

    async def _lie(self) -> None:
        circle = self._random.choice(self._circles)
        account = self._random.choice(circle.accounts)
        losing = self._random.random() < 0.5
        name = self._random.choice(_LOSING if losing else _HARMLESS)
        if losing:
            circle.lied_to[account] = circle.lied_to.get(account, 0) + 1
        body = {"fault": name, "account": account, "next": 1}
        if name in ("delay", "pause"):
            body["seconds"] = 0.3
        await self._serving.call("POST", "/networks/main/faults", body)
        if losing:  # again: a repair in between does not know of it yet
            circle.lied_to[account] = circle.lied_to.get(account, 0) + 1
        self._tally.counts["faults"] += 1

    async def _forget_versions(self) -> None:
        account = self._random.choice(self._random.choice(self._circles).accounts)
        await self._serving.call("POST", f"/networks/main/accounts/{account}/forget")
        self._tally.counts["faults"] += 1

    async def _send_garbage(self) -> None:
        line = await open_line(self._serving.place(source="127.0.200.1"))
        self._tally.counts["garbage"] += 1
        line.send(self._random.choice(_GARBAGE))
        try:
            async with asyncio.timeout(5):
                while not line.lost:
                    await line.next()
        except (LostError, TimeoutError):
            line.reset()

    async def _read_slowly(self) -> None:
        """Ask for a long roster again and again and read nothing of it, for a few seconds."""
        login = Login(SLOW, f"s{self._random.randrange(4)}")
        client = await Client.connect(self._serving.place(source="127.0.200.2"), login)
        self._tally.counts["slow readers"] += 1
        client.line.pause()
        for number in range(20):
            client.line.send(b"<iq type='get' id='s%d'><query xmlns='jabber:iq:roster'/></iq>" % number)
        asyncio.get_running_loop().call_later(5.0, client.line.reset)
