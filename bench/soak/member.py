"""One client of a soak: how it comes, in its own way of connecting, how it goes, and its copy of the roster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from bench.clients.client import Client, Login, LoginRefusedError
from bench.clients.line import LostError
from bench.clients.serving import Serving
from bench.soak.roster_copy import RosterCopy
from bench.soak.tally import Tally

__all__ = ["WAYS", "Member", "Way"]

#: How long a client tries to come back, in seconds: a server that starts anew has to be there by then.
_PATIENCE = 120.0
#: How long a line that has vanished is kept open, unless the server ends it before.
_GHOST_SECONDS = 20.0


class Way(NamedTuple):
    """How a client connects."""

    mechanism: str
    starttls: bool = False
    framed: bool = False


WAYS = (
    Way("SCRAM-SHA-1"),
    Way("SCRAM-SHA-256", starttls=True),
    Way("PLAIN", starttls=True),
    Way("SCRAM-SHA-256", framed=True),
)


class Member:
    """One resource of ``account``; ``told`` is called when its copy has changed."""

    def __init__(
        self, serving: Serving, tally: Tally, account: str, way: Way, number: int, told: Callable[[], None]
    ) -> None:
        self.account = account
        self.copy = RosterCopy(account)
        self._serving = serving
        self._tally = tally
        self._way = way
        self._number = number
        self._told = told
        self._client: Client | None = None

    def __str__(self) -> str:
        return f"{self.account}/r{self._number}"

    @property
    def client(self) -> Client:
        """Raises :class:`LostError` where it is not connected."""
        if self._client is None or self._client.line.lost:
            raise LostError(f"{self.account} is not connected.")
        return self._client

    @property
    def is_online(self) -> bool:
        """Whether it is connected, as far as it knows."""
        return self._client is not None and not self._client.line.lost

    # Coming

    async def come(self) -> None:
        """Log in, however often it takes, and ask for what is new in the roster.  Raises :class:`LostError`."""
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        pause = 0.05
        while True:
            try:
                await self._come_once()
                return
            except (LostError, LoginRefusedError) as error:
                self._tally.counts["failed logins"] += 1
                if asyncio.get_running_loop().time() > deadline:
                    self._tally.differs(f"{self.account} cannot come back for {_PATIENCE:.0f} s: {error}")
                    raise LostError(str(error)) from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _come_once(self) -> None:
        name, _, _ = self.account.partition("@")
        login = Login(name, f"r{self._number}", self._way.mechanism, self._way.starttls)
        source = f"127.0.{1 + self._number // 1000}.{1 + self._number // 10 % 100}"
        client = self._client = await Client.connect(self._serving.place(self._way.framed, source), login)
        client.watch = self._hear
        await self.ask_for_roster()
        client.line.send(b"<presence/>")
        self._tally.counts["logins"] += 1

    async def ask_for_roster(self) -> None:
        """Ask for what is new; the answer is in the copy, and pushes may follow."""
        await self.client.ask("get", self.copy.request(), take=self.copy.take_result)
        self._tally.counts["operations"] += 1
        self._told()

    def _hear(self, kind: str, piece: bytes) -> None:
        if kind == "set" and b"jabber:iq:roster" in piece and self.copy.take_push(piece):
            self._tally.counts["pushes"] += 1
            self._told()
        elif piece.startswith(b"<presence"):
            self._tally.counts["presences"] += 1
        elif piece.startswith(b"<stream:error"):
            self._tally.counts["stream errors"] += 1

    # Going

    def go(self, random: Random) -> None:
        """Leave in one of the ways in which clients do."""
        if self._client is None:
            return
        line, self._client = self._client.line, None
        how = random.choice(("clean", "clean", "cut", "reset", "half-open"))
        self._tally.counts[f"{how} ends"] += 1
        if how == "clean":
            line.leave()
        elif how == "cut":
            line.cut()
        elif how == "reset" or line.lost:
            line.reset()
        else:
            line.vanish()
            asyncio.get_running_loop().call_later(_GHOST_SECONDS, line.reset)

    def quit(self) -> None:
        """Leave as one should."""
        if self._client is not None:
            self._client.line.leave()
            self._client = None
