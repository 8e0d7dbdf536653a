"""The attacks, one at a time: ``python -m bench.hostile.attacks NAME TARGET``, in a process of their own.

Each goes on until its time is over, coming back whenever the server ends it, and prints what became of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from bench.clients.client import Client, Login, LoginRefusedError
from bench.clients.line import Line, LostError, open_line
from bench.hostile.target import COMPONENT, LARGE, SECRET, Target

__all__ = ["ATTACKS"]

_HEADER = (
    b"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
_LAUGHS = (
    b"<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>"
    + b"".join(
        b"<!ENTITY lol%d '%s'>" % (n, b"&lol%d;" % (n - 1) * 10 if n > 1 else b"&lol;" * 10) for n in range(1, 10)
    )
    + b"]><stream:stream xmlns:stream='http://etherx.jabber.org/streams'>&lol9;"
)
_ROSTER_GET = b"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
_PING = b"<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
_REQUESTS = 10_000


_Act: TypeAlias = "Callable[[Attack], Coroutine[Any, Any, None]]"


class Attack:
    """What one attacker knows: whom, until when, and what it counts."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.until = time.monotonic() + target.seconds
        self.counts: Counter[str] = Counter()

    @property
    def goes_on(self) -> bool:
        """Whether there is time left."""
        return time.monotonic() < self.until

    async def again(self, once: Callable[[], Awaitable[None]]) -> None:
        """Do something over and over; an end by the server is only counted."""
        while self.goes_on:
            try:
                await once()
            except (LostError, LoginRefusedError) as error:
                self.counts["ended by the server" if isinstance(error, LostError) else "refused"] += 1
                await asyncio.sleep(0.01)

    async def beside_each_other(self, count: int, once: Callable[[], Awaitable[None]]) -> None:
        """The same, by so many at once."""
        await asyncio.gather(*(self.again(once) for _ in range(count)))

    async def log_in(self, name: str) -> Client:
        """A client of an attacker."""
        client = await Client.connect(self.target.place(), Login(name, f"bad{self.counts['logins']}"))
        self.counts["logins"] += 1
        return client

    async def pour(self, line: Line, data: bytes, most: int = 1 << 40) -> None:
        """Write without end, as fast as it is taken."""
        sent = 0
        while self.goes_on and not line.lost and sent < most:
            line.send(data)
            sent += len(data)
            self.counts["bytes"] += len(data)
            await line.drain()
        if line.lost:
            raise LostError("The server has ended it.")


async def slow_reader(attack: Attack) -> None:
    """Asks for a roster of 10,000 entries again and again and reads nothing."""

    async def once() -> None:
        client = await attack.log_in(LARGE)
        client.line.pause()
        await attack.pour(client.line, _ROSTER_GET * 10)

    await attack.beside_each_other(4, once)


async def half_open(attack: Attack) -> None:
    """Forty sessions vanish without a word; another one of their account goes on changing the roster."""
    vanished = [await attack.log_in("bad0") for _ in range(40)]
    for client in vanished:
        await client.come_online()
        client.line.vanish()
    attack.counts["vanished"] = len(vanished)

    async def once() -> None:
        client = await attack.log_in("bad0")
        while attack.goes_on:
            attack.counts["pushes to each"] += 1
            item = b"<item jid='x@elsewhere.test' name='%d'/>" % attack.counts["pushes to each"]
            await client.ask("set", b"<query xmlns='jabber:iq:roster'>%s</query>" % item)
            await asyncio.sleep(0.02)

    await attack.again(once)
    for client in vanished:
        client.line.reset()


async def connections(attack: Attack) -> None:
    """Opens connections as fast as it can, and keeps up to 2,000 of them open without a word."""
    held: list[Line] = []

    async def once() -> None:
        held.append(await open_line(attack.target.place()))
        attack.counts["opened"] += 1
        if len(held) > 2000:
            held.pop(0).reset()

    await attack.beside_each_other(20, once)
    attack.counts["open at the end"] = sum(not line.lost for line in held)
    for line in held:
        line.reset()


async def garbage(attack: Attack) -> None:
    """Connects, sends no XML, and connects again."""

    async def once() -> None:
        line = await open_line(attack.target.place())
        attack.counts["connections"] += 1
        line.send(bytes(range(256)) * 16)
        await line.ended(1.0)

    await attack.beside_each_other(10, once)


async def headers(attack: Attack) -> None:
    """Stream headers that never end."""

    async def once() -> None:
        line = await open_line(attack.target.place())
        attack.counts["connections"] += 1
        line.send(b"<?xml version='1.0'?><stream:stream")
        await attack.pour(line, b" a='%s'" % (b"x" * 1000))

    await attack.beside_each_other(10, once)


async def laughs(attack: Attack) -> None:
    """The billion laughs, before and after a login."""

    async def once() -> None:
        line = await open_line(attack.target.place())
        line.send(_LAUGHS)
        attack.counts["documents"] += 1
        await line.ended(1.0)

    async def logged_in() -> None:
        client = await attack.log_in("bad1")
        client.line.send(_LAUGHS)
        attack.counts["documents"] += 1
        await client.line.ended(1.0)

    await asyncio.gather(attack.beside_each_other(5, once), attack.again(logged_in))


async def endless_stanza(attack: Attack) -> None:
    """A stanza of 1 GiB, before and after a login."""

    async def once() -> None:
        line = await open_line(attack.target.place())
        line.send(_HEADER + b"<message><body>")
        await attack.pour(line, b"x" * 65536, 1 << 30)

    async def logged_in() -> None:
        client = await attack.log_in("bad2")
        client.line.send(b"<message to='localhost'><body>")
        await attack.pour(client.line, b"x" * 65536, 1 << 30)

    await asyncio.gather(attack.again(once), attack.beside_each_other(2, logged_in))


async def strangers(attack: Attack) -> None:
    """10,000 strangers of a component ask one account for a subscription, over and over."""
    place = attack.target.place()._replace(port=attack.target.component_port)

    async def once() -> None:
        line = await open_line(place)
        line.send(
            b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
            b"xmlns:stream='http://etherx.jabber.org/streams' to='%s'>" % COMPONENT.encode()
        )
        header = await line.next()
        while b" id=" not in header:
            header = await line.next()
        id_ = header.partition(b" id='")[2].partition(b"'")[0]
        line.send(b"<handshake>%s</handshake>" % hashlib.sha1(id_ + SECRET.encode()).hexdigest().encode())
        await line.next()
        line.receive = lambda _piece: None
        for number in range(_REQUESTS):
            attack.counts["requests"] += 1
            line.send(
                b"<presence type='subscribe' from='s%d@%s' to='victim0@localhost'/>" % (number, COMPONENT.encode())
            )
            if number % 20 == 0:
                await line.drain()
                if line.lost or not attack.goes_on:
                    break
        await asyncio.sleep(0.1)
        line.reset()

    await attack.again(once)


async def wrong_passwords(attack: Attack) -> None:
    """Logins with wrong passwords and of unknown users, by PLAIN and by SCRAM."""

    def login(name: str, mechanism: str) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            attack.counts[f"{mechanism} attempts"] += 1
            number = attack.counts[f"{mechanism} attempts"]
            await Client.connect(
                attack.target.place(), Login(name.format(number), "x", mechanism, password=f"no{number}")
            )

        return once

    await asyncio.gather(
        attack.beside_each_other(10, login("bad3", "PLAIN")),
        attack.beside_each_other(10, login("nobody{}", "PLAIN")),
        attack.beside_each_other(5, login("bad4", "SCRAM-SHA-1")),
        attack.beside_each_other(5, login("nobody{}", "SCRAM-SHA-256")),
    )


async def stanzas(attack: Attack) -> None:
    """One session asks and asks, and reads the answers."""

    async def once() -> None:
        client = await attack.log_in("bad5")
        await attack.pour(client.line, (_PING + _ROSTER_GET) * 100)

    await attack.again(once)


async def new_names(attack: Attack) -> None:
    """Stanzas full of elements with names that nobody has used before."""

    async def once() -> None:
        client = await attack.log_in("bad6")
        while attack.goes_on:
            attack.counts["stanzas"] += 1
            begin = b"<n%d-%d-" % (time.monotonic_ns(), attack.counts["stanzas"])
            names = b"".join(begin + b"%d/>" % number for number in range(4000))
            client.line.send(b"<message to='localhost'><x xmlns='urn:x'>%s</x></message>" % names)
            await client.line.drain()
            if client.line.lost:
                raise LostError("The server has ended it.")

    await attack.beside_each_other(2, once)


ATTACKS: Mapping[str, _Act] = {
    "slow-reader": slow_reader,
    "half-open": half_open,
    "connections": connections,
    "garbage": garbage,
    "headers": headers,
    "strangers": strangers,
    "laughs": laughs,
    "endless-stanza": endless_stanza,
    "wrong-passwords": wrong_passwords,
    "stanzas": stanzas,
    "new-names": new_names,
}


def main() -> None:
    """Attack."""
    os.nice(5)  # whoever measures must not wait for the attacker's own processor
    attack = Attack(Target.from_text(sys.argv[2]))
    asyncio.run(ATTACKS[sys.argv[1]](attack))
    print(", ".join(f"{count} {name}" for name, count in sorted(attack.counts.items())))


if __name__ == "__main__":
    main()
