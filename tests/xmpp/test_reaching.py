"""Where a server is: SRV records, their order, and what happens without them."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IReactorPluggableNameResolver
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.names.dns import IN, A, Record_A, Record_SRV, RRHeader
from twisted.names.error import DNSNameError
from zope.interface import implementer

from rosterkit.wire.sasl_client import LoginError
from rosterkit.xmpp.reaching import Route, Server, find, in_order


class Names:
    """A resolver that knows what a test says, and remembers what it was asked."""

    def __init__(self, *records: Any) -> None:
        self.asked: list[str] = []
        self.records = records

    def lookupService(self, name: str) -> Deferred[Any]:
        """Answers, authority, additional."""
        self.asked.append(name)
        answers = [RRHeader(b"x", 33 if isinstance(each, Record_SRV) else A, IN, 60, each) for each in self.records]
        return succeed((answers, [], []))


@implementer(IReactorPluggableNameResolver)
class Memory(MemoryReactorClock):
    """A reactor in memory that takes every name for an address; before Twisted 25 its own asks the network."""

    def __init__(self) -> None:
        super().__init__()
        self.nameResolver: Any = self

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *rest: Any) -> Any:
        """Answer at once."""
        receiver.resolutionBegan(self)
        receiver.addressResolved(IPv4Address("TCP", hostName, portNumber))
        receiver.resolutionComplete()
        return receiver


def srv(host: str, port: int = 5222, priority: int = 0, weight: int = 0) -> Record_SRV:
    """A record."""
    return Record_SRV(priority, weight, port, host.encode())


@ensureDeferred
async def test_records_are_asked_for_and_read() -> None:
    """RFC 6120 §3.2.1, XEP-0368: the service depends on TLS, the domain is asked in its ASCII form."""
    names = Names(srv("b.test", 5, priority=2), srv("a.test", 4, priority=1), Record_A("127.0.0.1"))
    assert await find("exämple.test", False, names) == [Server("a.test", 4), Server("b.test", 5)]
    await find("example.test", True, names)
    assert names.asked == ["_xmpp-client._tcp.xn--exmple-cua.test", "_xmpps-client._tcp.example.test"]


@pytest.mark.parametrize("domain", ["localhost", "app.localhost", "127.0.0.1", "[::1]"])
@ensureDeferred
async def test_some_domains_have_no_records(domain: str) -> None:
    """Addresses and this host itself are not asked for."""
    names = Names(srv("a.test"))
    assert await find(domain, False, names) == []
    assert names.asked == []


@pytest.mark.parametrize("error", [DNSNameError(), OSError("no network"), TimeoutError()])
@ensureDeferred
async def test_a_lookup_that_fails_counts_as_none(error: Exception) -> None:
    """RFC 6120 §3.2.1: then the domain itself is tried."""
    names = Names()
    names.lookupService = lambda _: fail(error)  # type: ignore[method-assign, assignment]
    assert await find("example.test", False, names) == []
    assert await find("example.test", False, Names()) == []


@ensureDeferred
async def test_a_domain_that_has_no_service() -> None:
    """RFC 2782: the root as the only target says that there is none."""
    with pytest.raises(LoginError, match="no such service"):
        await find("example.test", False, Names(srv("")))


def test_the_order_of_records():
    """RFC 2782: by priority, then drawn by weight; each record once."""
    light, heavy, last = srv("a", weight=1), srv("b", weight=99), srv("c", priority=9, weight=5)
    assert in_order([last, heavy, light], lambda: 0.005) == [light, heavy, last]
    assert in_order([last, heavy, light], lambda: 0.5) == [heavy, light, last]
    assert in_order([srv("a"), srv("b")], lambda: 0.4) == [srv("a"), srv("b")]
    assert in_order([srv("a"), srv("b")], lambda: 0.6) == [srv("b"), srv("a")]
    assert in_order([]) == []


@pytest.mark.parametrize(
    ("options", "host", "port"),
    [
        ({}, "example.test", 5222),
        ({"port": 1}, "example.test", 1),
        ({"host": "host.test"}, "host.test", 5222),
        ({"host": "host.test", "context": object()}, "host.test", 5223),
        ({"host": "[::1]", "port": 7}, "::1", 7),
    ],
)
def test_where_it_is_without_records(options: dict[str, Any], host: str, port: int):
    """The domain and the usual port, which depends on direct TLS, stand in for what is not given."""
    assert Route("example.test", **options, reactor=Clock()).server == Server(host, port)


@ensureDeferred
async def test_hosts_are_tried_in_order() -> None:
    """One that refuses is passed over; the last one's failure is the result."""
    ports: list[Any] = [reactor.listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1") for _ in range(2)]  # type: ignore[attr-defined]
    closed, there = (port.getHost().port for port in ports)
    await ports[0].stopListening()
    names = Names(srv("127.0.0.1", closed, 1), srv("127.0.0.1", there, 2), srv("127.0.0.1", closed, 3))
    found = await Route("example.test", resolver=names, reactor=reactor).connect(Factory.forProtocol(Protocol))
    assert found.transport.getPeer().port == there
    found.transport.abortConnection()
    await ports[1].stopListening()
    with pytest.raises(ConnectionRefusedError):
        await Route("example.test", resolver=names, reactor=reactor).connect(Factory.forProtocol(Protocol))


def test_cancelling():
    """A cancelled attempt ends, during the lookup as well as during a connection, and no other host is tried."""
    lookup: Deferred[Any] = Deferred()
    names = Names()
    names.lookupService = lambda _: lookup  # type: ignore[method-assign, assignment]
    assert cancelled(names) == 0
    assert cancelled(Names(srv("127.0.0.1", 1, 1), srv("127.0.0.2", 2, 2))) == 1


def cancelled(names: Names) -> int:
    """How many connections there were in an attempt that was cancelled."""
    memory = Memory()
    ended: list[Any] = []
    attempt = Route("example.test", resolver=names, reactor=memory).connect(Factory.forProtocol(Protocol))
    attempt.addErrback(ended.append)
    attempt.cancel()
    assert ended
    return len(memory.tcpClients)


def test_how_a_route_is_called_in_the_log():
    """By its host where that is given, else by its domain."""
    assert str(Route("example.test", reactor=Clock())) == "example.test"
    assert str(Route("example.test", "host.test", reactor=Clock())) == "host.test port 5222"
