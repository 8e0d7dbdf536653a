"""A few accounts that know each other: one script does all that they do, so that what has to come of it is certain.

Operations of one account that others feel are done one after the other; edits of different accounts beside each
other.  After each the copy of every client has to become what the model says.
"""

from __future__ import annotations

import asyncio
import time
from random import Random
from xml.sax.saxutils import escape, quoteattr

from bench.clients.client import stanza_type
from bench.clients.line import LostError
from bench.clients.serving import Serving
from bench.soak.choosing import BEGINNING, ROBOTS, choose
from bench.soak.member import WAYS, Member
from bench.soak.model import Block, Model, Online, Operation, Remove, Set, Subscription, Unblock
from bench.soak.tally import Tally
from bench.soak.worlds import Worlds

__all__ = ["ACCOUNTS", "CLIENTS", "Circle", "contacts_of", "names_of"]

#: Accounts and clients of a circle: the first account has two.
ACCOUNTS, CLIENTS = 3, 4
#: Seconds until every copy has to be right, and after which a client that was lied to may ask anew.
_PATIENCE, _BEFORE_REPAIR = 30.0, 1.0
#: Seconds after which a fault holds nothing back any more ("reorder" does it for 2).
_HELD_BACK = 2.5


def names_of(number: int) -> list[str]:
    """The accounts of a circle."""
    return [f"c{number}-{place}@localhost" for place in range(ACCOUNTS)]


def contacts_of(number: int) -> dict[str, str]:
    """The scripted contacts of a circle, each with its kind, where there are any: they need a journal."""
    return {f"{kind}-{number}@far.test": kind for kind in ROBOTS}


class Circle:
    """The accounts of circle ``number``; ``seed`` decides all that they do.  ``scripted`` gives them contacts."""

    def __init__(self, serving: Serving, tally: Tally, number: int, seed: int, scripted: bool) -> None:
        self.accounts = names_of(number)
        self._robots = contacts_of(number) if scripted else {}
        robots = {contact: ROBOTS[kind] for contact, kind in self._robots.items()}
        model = Model(self.accounts, robots)
        for account in self.accounts:
            for contact, name in BEGINNING.items():
                model.apply(Set(account, contact, name, ()))
        self.worlds = Worlds(model)
        self.lied_to: dict[str, int] = {}  # how many faults may have lost a push of an account, so far
        self.has_failed = False
        self._serving = serving
        self._tally = tally
        self._random = Random(f"{seed} {number}")
        self._changed = asyncio.Event()
        self._starts = serving.starts
        self._came: list[str] = []  # whose clients have come, while the model does not know of it
        self._last: list[Operation] = []
        self._members = [
            Member(
                serving,
                tally,
                self.accounts[max(0, place - 1)],
                WAYS[place],
                number * CLIENTS + place,
                self._changed.set,
            )
            for place in range(CLIENTS)
        ]

    async def run(self, until: float, pause: float) -> None:
        """Do one thing after another until ``until`` on the loop's clock, with pauses of ``pause`` on average."""
        loop = asyncio.get_running_loop()
        while loop.time() < until and not self.has_failed:
            try:
                await self._recover()
                while loop.time() < until and not self.has_failed:
                    await self._step()
                    await asyncio.sleep(self._random.expovariate(1 / pause))
            except LostError:
                self._tally.counts["lost"] += 1

    async def _recover(self) -> None:
        """Everybody is online, and has what is right, whatever was lost."""
        for member in self._members:
            if not member.is_online:
                await self._bring(member)
        if self._serving.starts != self._starts:
            self._starts = self._serving.starts
            self.worlds.restart()
        came, self._came = self._came, []
        for account in came:
            self.worlds.apply(Online(account), None)
        await self._calm()
        await self._settle()

    async def _calm(self) -> None:
        """Nothing is under way any more, so that what is seen decides between possible worlds."""
        for member in self._members:
            await member.client.ping()
        if len(self.worlds.possible) > 1:
            for contact in self._robots:
                await self._fence(self._members[0], contact)
        for member in self._members:
            await member.client.ping()

    async def _bring(self, member: Member) -> None:
        """Let a client come, without a copy where that may be wrong."""
        if member.account in self.lied_to:
            member.copy.forget()
        await member.come()
        self._came.append(member.account)

    # Steps

    async def _step(self) -> None:
        chance = self._random.random()
        member = self._random.choice(self._members)
        if chance < 0.06:
            member.go(self._random)
            await self._recover()
        elif chance < 0.16:
            await member.ask_for_roster()
            await self._settle()
        elif chance < 0.26:
            show = self._random.choice((b"", b"<show>away</show>", b"<status>busy &amp; so</status>"))
            member.client.line.send(b"<presence>%s</presence>" % show)
            await self._ping(member)
        else:
            await self._operate(choose(self._random, self.worlds.possible[0], list(self._robots)))

    async def _operate(self, operations: list[Operation]) -> None:
        """Do them beside each other; then every copy has to be right."""
        self._last = operations
        outcomes = await asyncio.gather(*map(self._do, operations), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        await self._settle()

    async def _do(self, operation: Operation) -> None:
        """Have it done; the model does what the server has acknowledged, and doubts what it has not."""
        try:
            accepted = await self._ask(operation)
        except LostError:
            self.worlds.doubt(operation)
            raise
        self._tally.counts["operations"] += 1
        self._tally.counts[type(operation).__name__.lower()] += 1
        if not self.worlds.apply(operation, accepted):
            self._fail(f"the server {'accepts' if accepted else 'refuses'} {operation}")

    async def _ask(self, operation: Operation) -> bool | None:
        member = self._random.choice([one for one in self._members if one.account == operation.account])
        if isinstance(operation, Subscription):
            stanza = f"<presence type='{operation.type}' to='{operation.contact}'/>"
            member.client.line.send(stanza.encode())
            await self._fence(member, operation.contact)
            return None
        assert not isinstance(operation, Online)  # which a client does by coming
        began = time.perf_counter()
        answer = await member.client.ask("set", _payload(operation))
        if isinstance(operation, Set):
            self._tally.took("set", time.perf_counter() - began)
        return stanza_type(answer) == "result"

    async def _ping(self, member: Member) -> None:
        """Everything that the client has sent has been done."""
        self._tally.took("ping", await member.client.ping())
        self._tally.counts["operations"] += 1

    async def _fence(self, member: Member, contact: str) -> None:
        """The same, and what a scripted contact does about it too: three rounds go there and back."""
        await self._ping(member)
        if contact in self._robots:
            for _ in range(3):
                await member.client.ping(contact)

    # Being right

    async def _settle(self) -> None:
        """Wait until every copy is what a possible world says."""
        if len(self.worlds.possible) > 1:
            await self._calm()
        loop = asyncio.get_running_loop()
        began, next_repair = loop.time(), _BEFORE_REPAIR
        while not self.worlds.settle(self._agrees):
            waited = loop.time() - began
            if waited > next_repair and await self._repair():
                next_repair = waited + _BEFORE_REPAIR
                continue
            if waited > _PATIENCE:
                self._fail(self._differences())
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(0.25):
                    await self._changed.wait()
            except TimeoutError:
                for member in self._members:
                    if not member.is_online:
                        raise LostError("A client was cut off.") from None

    def _agrees(self, model: Model) -> bool:
        rosters = {account: model.roster(account) for account in self.accounts}
        return all(member.copy.entries == rosters[member.account] for member in self._members)

    async def _repair(self) -> bool:
        """Ask for the whole roster where a fault may have lost a push; False where there was none."""
        wrong = dict(self.lied_to)
        if not wrong:
            return False
        active = await self._active_faults()
        await asyncio.sleep(_HELD_BACK)
        for member in self._members:
            if member.account in wrong:
                member.copy.forget()
                await member.ask_for_roster()
        for account, count in wrong.items():
            if account not in active and self.lied_to[account] == count:  # what has not struck yet still can
                del self.lied_to[account]
        self._tally.counts["repairs"] += 1
        return True

    async def _active_faults(self) -> set[str]:
        """The accounts that faults wait for."""
        try:
            faults = await self._serving.call("GET", "/networks/main/faults")
        except OSError as error:
            raise LostError(f"The control API does not answer: {error}") from error
        return {fault["account"] for fault in faults["faults"]}

    def _differences(self) -> str:
        """What differs from the world that is nearest."""
        return min((self._differing(model) for model in self.worlds.possible), key=len)

    def _differing(self, model: Model) -> str:
        parts = []
        for member in self._members:
            expected, found = model.roster(member.account), member.copy.entries
            for contact in sorted({*expected, *found}):
                if expected.get(contact) != found.get(contact):
                    parts.append(
                        f"{member} has {found.get(contact)} for {contact}; it should be {expected.get(contact)}"
                    )
        return f"{'; '.join(parts)} ({self._last}, {len(self.worlds.possible)} worlds)"

    def _fail(self, what: str) -> None:
        self.has_failed = True
        self._tally.differs(what)

    async def quit(self) -> None:
        """Everybody leaves."""
        for member in self._members:
            member.quit()


def _payload(operation: Set | Remove | Block | Unblock) -> bytes:
    jid = quoteattr(operation.contact)
    if isinstance(operation, Block | Unblock):
        name = type(operation).__name__.lower()
        return f"<{name} xmlns='urn:xmpp:blocking'><item jid={jid}/></{name}>".encode()
    if isinstance(operation, Remove):
        return f"<query xmlns='jabber:iq:roster'><item jid={jid} subscription='remove'/></query>".encode()
    groups = "".join(f"<group>{escape(group)}</group>" for group in operation.groups)
    name = f" name={quoteattr(operation.name)}" if operation.name is not None else ""
    return f"<query xmlns='jabber:iq:roster'><item jid={jid}{name}>{groups}</item></query>".encode()
