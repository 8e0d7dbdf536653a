"""A client that changes its account's roster as fast as it is answered, and keeps a copy of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from random import Random
from xml.sax.saxutils import quoteattr

from bench.clients.client import Client, Login
from bench.clients.line import LostError, Place
from bench.crash.caches import Cache, Caches, Led
from bench.crash.choosing import choose
from bench.crash.ledger import Ledger
from bench.soak.model import Operation, Remove, Set, Subscription
from bench.soak.roster_copy import RosterCopy

__all__ = ["Person"]

_ATTRIBUTE = r"<presence\b[^>]*?\s{}=['\"]([^'\"]*)"
_FROM, _ID = (re.compile(_ATTRIBUTE.format(name).encode()) for name in ("from", "id"))
#: What an answer says where nothing could be stored.
_FAILED = b"<internal-server-error"
#: The most operations that are sent before their answers are awaited.
_MOST_AT_ONCE = 4


class Person:
    """One session of ``account``.  ``asked`` are the requests that it was shown."""

    def __init__(self, account: str, client: Client, ledger: Ledger, caches: Caches) -> None:
        self.account = account
        self.copy = RosterCopy(account)
        self.asked: set[str] = set()
        self.failed = 0
        self._client = client
        self._name = f"{account}/{client.login.resource}"
        self._ledger = ledger
        self._caches = caches
        self._errors: dict[str, bytes] = {}
        client.watch = self._see

    @classmethod
    async def enter(cls, place: Place, account: str, resource: str, ledger: Ledger, caches: Caches) -> Person:
        """Log in; it has asked for nothing yet."""
        client = await Client.connect(place, Login(account.partition("@")[0], resource))
        return cls(account, client, ledger, caches)

    # Looking

    async def fetch(self) -> None:
        """Get the whole roster."""
        self.copy = RosterCopy(self.account)
        await self._client.ask("get", b"<query xmlns='jabber:iq:roster'/>", take=self.copy.take_result)
        self._caches.hold(self.copy)

    async def come(self) -> None:
        """Become available, and be shown the requests that wait."""
        self._client.line.send(b"<presence/>")
        await self._client.ping()

    async def lead(self, caches: Sequence[Cache]) -> list[Led]:
        """Ask for what is new since each of the copies, and give where that leads."""
        led = [Led(cache, cache.copied()) for cache in caches]
        kept = self.copy
        for begin in range(0, len(led), 100):
            await asyncio.gather(*(self._ask_since(one.copy) for one in led[begin : begin + 100]))
            await self._client.ping()
        self.copy = kept
        return led

    async def _ask_since(self, copy: RosterCopy) -> None:
        """What is pushed behind the answer is for this copy, until the next answer comes."""

        def take(answer: bytes) -> None:
            self.copy = copy
            copy.take_result(answer)

        await self._client.ask("get", copy.request(), take=take)

    # Changing

    async def work(self, random: Random, marks: Callable[[], str], goes_on: Callable[[], bool]) -> None:
        """Change things until ``goes_on`` says no or the connection is gone."""
        try:
            while goes_on():
                if random.random() < 0.05:
                    await self._begin_anew(random)
                wanted = [
                    choose(random, self.account, self._ledger.accounts, marks())
                    for _ in range(random.randint(1, _MOST_AT_ONCE))
                ]
                await asyncio.gather(*map(self._do, wanted))
        except LostError:
            return

    async def _begin_anew(self, random: Random) -> None:
        """Take up an old copy, as a client does that was away."""
        held = self._caches.of(self.account)
        if held:
            await self._ask_since(random.choice(held).copied())
            self._caches.hold(self.copy)

    async def _do(self, operation: Operation) -> None:
        number = self._ledger.send(self._name, operation)
        problem = await (
            self._subscribe(number, operation) if isinstance(operation, Subscription) else self._set(operation)
        )
        self.failed += problem is not None and _FAILED in problem
        self._ledger.answer(number, problem is None)

    async def _set(self, operation: Operation) -> bytes | None:
        answer = await self._client.ask("set", _query(operation))
        return answer if b" type='error'" in answer.partition(b">")[0] else None

    async def _subscribe(self, number: int, operation: Subscription) -> bytes | None:
        """Nothing answers a presence but an error; the ping behind it shows that it was handled."""
        name = f"p{number}"
        stanza = f"<presence id='{name}' type='{operation.type}' to='{operation.contact}'/>"
        self._client.line.send(stanza.encode())
        await self._client.ping()
        return self._errors.pop(name, None)

    def _see(self, kind: str, piece: bytes) -> None:
        if piece.startswith(b"<iq"):
            if self.copy.take_push(piece):
                self._caches.hold(self.copy)
        elif piece.startswith(b"<presence") and kind == "error":
            self._errors[_found(_ID, piece)] = piece
        elif piece.startswith(b"<presence") and kind == "subscribe":
            self.asked.add(_found(_FROM, piece))

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return self._client.line.lost

    def leave(self) -> None:
        """End the connection without a word."""
        self._client.line.cut()


def _found(pattern: re.Pattern[bytes], piece: bytes) -> str:
    found = pattern.match(piece)
    return found[1].decode() if found else ""


def _query(operation: Operation) -> bytes:
    if isinstance(operation, Remove):
        item = f"<item jid='{operation.contact}' subscription='remove'/>"
    else:
        assert isinstance(operation, Set)
        groups = "".join(f"<group>{group}</group>" for group in operation.groups)
        item = f"<item jid='{operation.contact}' name={quoteattr(operation.name or '')}>{groups}</item>"
    return f"<query xmlns='jabber:iq:roster'>{item}</query>".encode()
