"""What is measured: each workload is one operation, over and over, whose answers are checked.

One operation at a time: nothing is pipelined, so no server can batch what nobody asked it to batch.

Tests: ``tests/bench/peers/test_peer_workloads.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, Protocol

from bench.peers.talker import Talker, WrongError, attribute

__all__ = ["WORKLOADS", "Bars", "Connect", "Workload"]

Connect = Callable[[], Talker]
"""Opens a connection to the server that is measured."""
Operation = Callable[[int], object]

_SET = (
    b"<iq type='set' id='set%d'><query xmlns='jabber:iq:roster'>"
    b"<item jid='%b@localhost' name='N%d'>%b</item></query></iq>"
)
_ALL = ("rosterkit", "prosody", "ejabberd")
_GROUP = b"<group>Friends</group>"
_VERSIONED = b"<iq type='get' id='v%d'><query xmlns='jabber:iq:roster' ver='%b'/></iq>"
_PRESENCE = b"<presence id='p%d'><show>away</show><status>%d</status></presence>"
_ITEM = re.compile(rb"<item\b")


class Prepared(Protocol):
    """What makes the clients of a workload ready, and gives its operation."""

    def __call__(self, connect: Connect, stack: ExitStack, size: int) -> Operation:
        """``stack`` closes the clients."""


class Bars(NamedTuple):
    """CPU milliseconds on the machine on which the bars were set.

    Where ``must`` is None the cheaper of the others is the bar.  ``reference`` is what that one cost there.
    """

    must: float | None
    aim: float
    reference: float | None


class Workload(NamedTuple):
    """``size`` is that of the table, ``sizes`` those of which the growth is looked at; it runs so many ``times``."""

    title: str
    prepare: Prepared
    size: int
    sizes: tuple[int, ...]
    times: int
    bars: Bars
    #: Who can do it at all.
    offered: tuple[str, ...] = _ALL

    @contextmanager
    def ready(self, connect: Connect, size: int) -> Iterator[Operation]:
        """Its operation, as long as the block lasts."""
        with ExitStack() as stack:
            yield self.prepare(connect, stack, size)


def _online(connect: Connect, stack: ExitStack, name: str, resource: str = "bench") -> Talker:
    client = connect()
    stack.callback(client.close)
    client.login(name, resource)
    client.come_online()
    return client


def _login(mechanism: str, repeated: bool) -> Prepared:
    def prepare(connect: Connect, stack: ExitStack, size: int) -> Operation:
        def operation(number: int) -> None:
            client = connect()
            name = f"r{size}" if repeated else f"idle{number}"
            client.login(name, f"r{number}", mechanism)
            client.come_online()
            client.close()

        return operation

    return prepare


def _get(connect: Connect, stack: ExitStack, size: int) -> Operation:
    client = _online(connect, stack, f"r{size}")

    def operation(_: int) -> None:
        count = client.roster().count(b"<item ")
        if count != size:
            raise WrongError(f"The roster has {count} entries instead of {size}.")

    return operation


def _versioned(connect: Connect, stack: ExitStack, size: int) -> Operation:
    client = _online(connect, stack, f"r{size}")
    version = _version(client)

    def operation(number: int) -> None:
        client.send(_VERSIONED % (number, version))
        answer = client.get(b"<iq", b"v%d" % number, b"result")
        if b"<query" in answer:
            raise WrongError(f"Nothing has changed, and it was told: {answer[:300]!r}")

    return operation


def _version(client: Talker) -> bytes:
    """That of the roster, told to who asks for it."""
    client.send(_VERSIONED % (0, b""))
    roster = client.get(b"<iq", b"'v0'", b"result")
    version = attribute(roster[roster.find(b"<query") :], b"ver")
    if not version:
        raise WrongError(f"There is no version in {roster[:300]!r}")
    return version


def _changed(connect: Connect, stack: ExitStack, size: int) -> Operation:
    """A client that was away while twenty entries were changed."""
    client = _online(connect, stack, f"r{size}")
    _set(client, b"someone0", 0, 0)  # what was there before the start has no history
    version = _version(client)
    jids = [b"someone%d" % number for number in range(min(size, 20))]
    for number, jid in enumerate(jids):
        _set(client, jid, number, number)

    def operation(number: int) -> None:
        client.send(_VERSIONED % (number, version))
        client.get(b"<iq", b"v%d" % number, b"result")
        names = [client.get(b"<iq", b"set", b"<item ") for _ in jids]
        if not all(b"'%b@localhost'" % jid in push for jid, push in zip(jids, names, strict=True)):
            raise WrongError("The changes came in another order, or others did.")

    return operation


def _set(client: Talker, jid: bytes, number: int, value: int) -> None:
    """Change an entry; its push, which is answered, and its result, in any order."""
    client.send(_SET % (number, jid, value, _GROUP))
    wanted = {b"result", b"set"}
    while wanted:
        piece = client.get(b"<iq")
        kind = attribute(piece, b"type")
        if kind == b"set" and b"N%d" % value in piece:
            client.send(b"<iq type='result' id='%b'/>" % attribute(piece, b"id"))
        elif kind != b"result" or attribute(piece, b"id") != b"set%d" % number:
            raise WrongError(f"After a roster set came {piece[:300]!r}")
        wanted.discard(kind)


def _setting(connect: Connect, stack: ExitStack, size: int) -> Operation:
    client = _online(connect, stack, f"r{size}")

    def operation(number: int) -> None:
        _set(client, b"someone%d" % (number % size), number, number)

    return operation


def _fan_out(connect: Connect, stack: ExitStack, size: int) -> Operation:
    """All resources of one account are told of a change, and answer."""
    clients = [_online(connect, stack, "r10", f"r{number}") for number in range(size)]
    for client in clients:
        client.ping()

    def operation(number: int) -> None:
        name = b"N%d" % number
        clients[0].send(_SET % (number, b"someone1", number, _GROUP))
        for client in clients[1:]:
            push = client.get(b"<iq", b"set", name)
            client.send(b"<iq type='result' id='%b'/>" % attribute(push, b"id"))
        for _ in range(2):
            piece = clients[0].get(b"<iq")
            if attribute(piece, b"type") == b"set":
                clients[0].send(b"<iq type='result' id='%b'/>" % attribute(piece, b"id"))
            elif attribute(piece, b"id") != b"set%d" % number:
                raise WrongError(f"After a roster set came {piece[:300]!r}")

    return operation


def _presence(connect: Connect, stack: ExitStack, size: int) -> Operation:
    """Somebody whom many contacts online see says something else."""
    contacts = [_online(connect, stack, f"s{size}c{number}") for number in range(size)]
    star = _online(connect, stack, f"s{size}")
    for client in (*contacts, star):
        client.ping()

    def operation(number: int) -> None:
        star.send(_PRESENCE % (number, number))
        status = b"<status>%d</status>" % number
        for client in (*contacts, star):
            client.get(b"<presence", status)

    return operation


def _subscribing(connect: Connect, stack: ExitStack, size: int) -> Operation:
    """Two who are online ask and approve each other."""
    pairs: dict[int, tuple[Talker, Talker]] = {}
    for number in range(PAIRS):
        pairs[number] = _online(connect, stack, f"p{size}a{number}"), _online(connect, stack, f"p{size}b{number}")

    def operation(number: int) -> None:
        one, other = pairs[number % PAIRS]
        mine, theirs = b"p%da%d@localhost" % (size, number % PAIRS), b"p%db%d@localhost" % (size, number % PAIRS)
        for asker, answerer, asks, asked in ((one, other, mine, theirs), (other, one, theirs, mine)):
            asker.send(b"<presence type='subscribe' to='%b'/>" % asked)
            answerer.until(b"<presence", b"'subscribe'", asks)
            answerer.send(b"<presence type='subscribed' to='%b'/>" % asks)
            asker.until(b"<presence", b"'subscribed'", asked)
            asker.until(b"<presence", asked + b"/bench")

    return operation


#: How many subscribe to each other; each pair does it once.
PAIRS = 60

_SIZES = (100, 1_000, 10_000)

WORKLOADS: Mapping[str, Workload] = {
    "login": Workload(
        "login: SCRAM-SHA-1, bind, roster, presence",
        _login("SCRAM-SHA-1", True), 10, (10, 100, 1_000), 300, Bars(0.8, 0.5, 1.1),
    ),
    "plain-first": Workload("login: PLAIN, first", _login("PLAIN", False), 10, (10,), 300, Bars(1.9, 1.5, 2.2)),
    "plain-repeated": Workload(
        "login: PLAIN, repeated", _login("PLAIN", True), 10, (10, 100, 1_000), 300, Bars(0.8, 0.5, 2.2)
    ),
    "get10": Workload("roster get, 10 items", _get, 10, (10,), 2000, Bars(0.05, 0.04, 0.105)),
    "get1000": Workload("roster get, 1,000", _get, 1_000, (1_000,), 500, Bars(0.08, 0.06, 2.5)),
    "get10000": Workload("roster get, 10,000", _get, 10_000, _SIZES, 60, Bars(0.5, 0.4, 36)),
    "versioned": Workload("unchanged versioned get", _versioned, 1_000, _SIZES, 2000, Bars(None, 0.035, 0.04)),
    "changed": Workload(
        "get with 20 changes since", _changed, 1_000, _SIZES, 500, Bars(0.2, 0.15, None), ("rosterkit",)
    ),
    "set": Workload("set + result + push", _setting, 10, (10, 1_000, 10_000), 1500, Bars(0.15, 0.12, 0.33)),
    "fan-out": Workload(
        "set pushed to 50 resources, with replies", _fan_out, 50, (10, 50, 200), 100, Bars(2.0, 1.2, 3.1)
    ),
    "presence": Workload("presence to 500 contacts", _presence, 500, (100, 500, 1_000), 40, Bars(8, 5, 19.8)),
    "subscription": Workload(
        "mutual subscription, both online", _subscribing, 0, (0, 100, 1_000), PAIRS, Bars(1.0, 0.8, 2.6)
    ),
}  # fmt: skip
"""By name, in the order of the table."""
