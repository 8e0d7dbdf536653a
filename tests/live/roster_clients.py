"""The clients of one test: rosterkit's own, on real sockets, each of an account that no other test uses."""

from __future__ import annotations

import itertools
import re
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

import rosterkit
from rosterkit.client.connecting import Client
from rosterkit.client.roster import RosterClient
from rosterkit.testing.servers import RunningServer
from rosterkit.xmpp.handlers import XMPPHandler

__all__ = [
    "ACCOUNTS",
    "Clients",
    "Traffic",
    "becomes",
    "contact",
    "frozen",
    "heard",
    "in_reactor",
    "ready",
    "say_priority",
    "within",
]

#: Accounts of each role, for all tests of one server.
_OF_EACH = 80
_ROLES = ("juliet", "romeo")
ACCOUNTS = {f"{role}{number}": f"secret of {role}" for role in _ROLES for number in range(1, _OF_EACH + 1)}
#: Seconds for anything that a server has to do.
LIMIT = 20.0
#: Seconds for one test, whatever it waits for.
_LIMIT_OF_TEST = 60.0
#: Seconds between two attempts to connect.
_PAUSE = 0.1

_EVENTS = (
    "on_initial_roster_received", "on_entry_added", "on_entry_removed", "on_entry_name_changed",
    "on_entry_subscription_state_changed", "on_entry_added_to_group", "on_entry_removed_from_group",
    "on_group_added", "on_group_removed",
)  # fmt: skip


def in_reactor(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Deferred[None]]:
    """``test`` for Twisted's reactor, which fails where it takes too long.

    A coroutine function would be run in asyncio's loop, as the other tests of this folder are.
    """

    @wraps(test)
    def run(*args: Any, **options: Any) -> Deferred[None]:
        return ensureDeferred(test(*args, **options)).addTimeout(_LIMIT_OF_TEST, reactor)  # type: ignore[arg-type]

    return run


class Clients:
    """Makes clients of a server and ends them all; ``numbers`` gives each test accounts of its own."""

    def __init__(self, server: RunningServer, numbers: itertools.count[int]) -> None:
        self.server = server
        self._number = next(numbers)
        self._made: list[Client] = []

    def account(self, role: str) -> str:
        """The bare JID of the test's own ``juliet`` or ``romeo``."""
        assert self._number <= _OF_EACH, f"each test uses one account of each role, and there are {_OF_EACH}"
        return f"{role}{self._number}@{self.server.domain}"

    def connect(self, account: str, **options: Any) -> Client:
        """A client that is connecting; ``account`` may have a resource."""
        server = self.server
        options = {"ca_file": server.ca_file, "backoff": lambda _failures: _PAUSE} | options
        password = options.pop("password", ACCOUNTS[account.partition("@")[0]])
        client = rosterkit.connect(account, password, server.host, server.port, **options)
        if client.roster is not None:
            client.roster.timeout = LIMIT
        self._made.append(client)
        return client

    async def online(self, role: str, **options: Any) -> Client:
        """A client of the test's own account, with its roster, available."""
        return await ready(self.connect(self.account(role), **options))

    async def beside(self, client: Client, **options: Any) -> Client:
        """One more resource of somebody's account."""
        return await ready(self.connect(client.jid.userhost(), **options))

    async def friends(self, **options: Any) -> tuple[Client, Client]:
        """Juliet and Romeo, who are online and see each other; ``options`` are Juliet's."""
        juliet = await self.online("juliet", **options)
        romeo = await self.online("romeo", policy="accept-all")
        await juliet.roster.subscribe(romeo.jid)
        await becomes(juliet, romeo, subscription="to")
        asked = juliet.roster.on_subscribe.next()
        await romeo.roster.subscribe(juliet.jid)
        await within(asked)
        await juliet.roster.approve(romeo.jid)
        for one, other in ((juliet, romeo), (romeo, juliet)):
            await becomes(one, other, subscription="both")
            await one.roster.wait_for(lambda roster, other=other: roster[other.jid.userhost()].available)
        return juliet, romeo

    async def stop(self) -> None:
        """End the server, while the clients live on and notice it."""
        await deferToThread(self.server.stop)

    async def start(self) -> None:
        """Start it again, while the clients try to reach it."""
        await deferToThread(self.server.start)

    async def log_out(self) -> None:
        """End every client; the server is started where the test has left it stopped."""
        for client in self._made:
            await client.disconnect()
        await self.start()


async def ready(client: Client) -> Client:
    """The client, when it is online, every listener knows, and what follows is a request of its own."""
    await within(client.online())
    return await deferLater(reactor, 0, lambda: client)  # type: ignore[arg-type]


class Traffic(XMPPHandler):  # type: ignore[misc]
    """What a client says and hears on the wire, of all its streams."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = self.received = ""

    def connectionMade(self) -> None:
        """A stream begins."""
        self.xmlstream.rawDataOutFn = self._out
        self.xmlstream.rawDataInFn = self._in

    def _out(self, data: bytes) -> None:
        self.sent += data.decode()

    def _in(self, data: bytes) -> None:
        self.received += data.decode()

    def asked(self) -> list[str | None]:
        """The ``ver`` of each roster request, None where it has none."""
        requests = re.findall(r"<query\b([^>]*jabber:iq:roster[^>]*)/>", self.sent)
        return [(re.findall(r"\bver=['\"](.*?)['\"]", request) or [None])[0] for request in requests]


def heard(roster: RosterClient) -> list[str]:
    """A list that grows with what the signals about entries and groups say, in words."""
    told: list[str] = []

    def listen(name: str) -> Callable[..., None]:
        return lambda *about: told.append(" ".join([name.removeprefix("on_"), *map(_word, about)]))

    for name in _EVENTS:
        getattr(roster, name).connect(listen(name))
    return told


def _word(about: Any) -> str:
    return about if isinstance(about, str) else about.bare


async def becomes(client: Client, other: Client, **values: Any) -> None:
    """Wait until ``other`` stands in the roster of ``client`` with these values."""
    contact_ = other.jid.userhost()
    await client.roster.wait_for(lambda roster: contact_ in roster and _has(roster[contact_], values))


def _has(item: Any, values: dict[str, Any]) -> bool:
    return all(getattr(item, name) == value for name, value in values.items())


def contact(client: Client, other: Client) -> Any:
    """The item of ``other`` in the roster of ``client``."""
    return client.roster[other.jid.userhost()]


def say_priority(client: Client, number: int) -> None:
    """Say how much a resource wants messages (RFC 6121 §4.7.2.3)."""
    client.xmlstream.send(f"<presence><priority>{number}</priority></presence>")


def within(waiting: Deferred[Any]) -> Deferred[Any]:
    """The same, which fails where it takes too long."""
    return waiting.addTimeout(LIMIT, reactor)  # type: ignore[arg-type]


@contextmanager
def frozen(server: Any) -> Iterator[None]:
    """In the block the server's process stands still: its connections stay open, and nothing is answered."""
    (process,) = (one._child for one in server._processes)
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)
