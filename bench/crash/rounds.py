"""One life of the server after the other: started, looked at, loaded, killed; and what is counted of all of them."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.crash.caches import Cache, Caches
from bench.crash.doomed import Death
from bench.crash.ledger import Ledger
from bench.crash.person import Person
from bench.crash.server import ACCOUNTS, Server

__all__ = ["Count", "Run", "WrongError"]

#: Accounts that have a second client, which works too.
_TWICE = ACCOUNTS[:3]
#: Seconds of work before a kill from outside, and until one from inside has to have come.
_WORK = (0.04, 0.25)
_PATIENCE = 3.0
#: The share of kills from outside; instructions of transactions until one from inside.
_FROM_OUTSIDE = 0.4
_INSTRUCTIONS = (50, 10_000)
#: So many of each account's copies are led after each start: the newest, and others by chance.
_NEWEST, _OLDER = 30, 20


class WrongError(Exception):
    """Something is not as it must be; the text says what, line by line."""


@dataclass
class Count:
    """What came of all rounds.

    ``open_rounds`` are those in which something was sent and not answered; ``kept`` and ``gone`` are such operations,
    by whether they have happened.  ``led`` counts the copies that were led to a roster.
    """

    rounds: int = 0
    outside: int = 0
    inside: int = 0
    behind: int = 0
    open_rounds: int = 0
    kept: int = 0
    gone: int = 0
    led: int = 0
    start_seconds: list[float] = field(default_factory=list)


class Run:
    """All rounds on one database.  What clients want to do follows from ``seed``; when the server dies, mostly."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.ledger = Ledger(ACCOUNTS)
        self.caches = Caches()
        self.count = Count()
        self._persons: list[Person] = []
        self._seed = seed
        self._random = Random(seed)
        self._marks = map(str, itertools.count(1))
        self._working = False

    async def round(self) -> None:
        """Start the server, look at everything, load it and kill it.  Raises :class:`WrongError`."""
        self.count.rounds += 1
        self._random = Random(f"{self._seed}/{self.count.rounds}")
        death = self._choose_death()
        await self.start(death)
        await self.look()
        failed = await self.work(self._random.uniform(*_WORK) if death is None else _PATIENCE, until_killed=True)
        if failed:
            raise WrongError(f"{failed} changes were refused with internal-server-error, and nothing was broken.")

    def _choose_death(self) -> Death | None:
        """None is a kill from outside."""
        if self._random.random() < _FROM_OUTSIDE:
            return None
        return Death(self._random.randint(*_INSTRUCTIONS), self._random.random() < 0.5)

    async def start(self, death: Death | None = None) -> None:
        """Start the server and log everybody in; the files that it finds are kept for who has to look into it."""
        self.server.keep_files()
        self.server.death = death
        began = time.perf_counter()
        try:
            self.server.start()
        except SystemExit as error:
            raise WrongError(f"START  {error}") from error
        self.count.start_seconds.append(time.perf_counter() - began)
        await self.enter()

    async def enter(self) -> None:
        """Log everybody in; whoever was there leaves."""
        for person in self._persons:
            person.leave()
        sessions = [(account, "one") for account in ACCOUNTS] + [(account, "two") for account in _TWICE]
        place = self.server.place()
        self._persons = [
            await Person.enter(place, account, resource, self.ledger, self.caches) for account, resource in sessions
        ]

    # Working

    async def work(self, seconds: float, until_killed: bool = False) -> int:
        """Let everybody work for so long; with ``until_killed`` the server ends then, unless it has died before.

        Gives how many changes were refused because they could not be stored.
        """
        self._working = True
        tasks = [asyncio.create_task(self._let_work(person)) for person in self._persons]
        await asyncio.wait(tasks, timeout=seconds)
        if until_killed:
            self._end()
        self._working = False
        await asyncio.gather(*tasks)
        return sum(person.failed for person in self._persons)

    async def _let_work(self, person: Person) -> None:
        random = Random(self._random.random())
        await person.work(random, lambda: next(self._marks), lambda: self._working)

    def _end(self) -> None:
        if self.server.runs:
            self.count.outside += 1
            self.server.kill()
        elif self.server.death is not None and self.server.death.committed:
            self.count.behind += 1
        else:
            self.count.inside += 1

    # Looking

    async def look(self) -> None:
        """Compare rosters, requests and old copies with what may be.  Raises :class:`WrongError`."""
        await asyncio.gather(*(person.fetch() for person in self._persons))
        rosters = {person.account: dict(person.copy.entries) for person in self._persons}
        await asyncio.gather(*(person.come() for person in self._persons))
        requests = {person.account: person.asked for person in self._persons}
        judgement = self.ledger.look(rosters, requests)
        self.count.kept += judgement.kept
        self.count.gone += judgement.gone
        self.count.open_rounds += bool(judgement.kept + judgement.gone)
        wrong = [
            *(f"HALF  {sentence}" for sentence in judgement.half),
            *(f"LOST  {sentence}" for sentence in judgement.lost),
            *(f"ANSWER  {sentence}" for sentence in self.ledger.wrong_answers),
        ]
        if wrong:
            raise WrongError("\n".join(wrong))
        await self._lead({one: self.caches.chosen(one, self._random, _NEWEST, _OLDER) for one in ACCOUNTS})

    async def look_at_every_copy(self) -> None:
        """Lead every copy that was ever held.  Raises :class:`WrongError`."""
        await self._lead({account: self.caches.of(account) for account in ACCOUNTS})

    async def _lead(self, caches: dict[str, Sequence[Cache]]) -> None:
        for person in self._persons[: len(ACCOUNTS)]:
            entries, version = dict(person.copy.entries), person.copy.version
            led = await person.lead(caches[person.account])
            self.count.led += len(led)
            problems = [problem for one in led if (problem := one.problem(entries, version)) is not None]
            if problems:
                raise WrongError("\n".join(f"VERSION  {problem}" for problem in problems[:5]))
