"""Limits of connections on real sockets: readers that stop reading, too many from one address, all transports."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from dialogue import HEADER, Dialogue, connect
from pytest_twisted import ensureDeferred
from serving import config, logged_in, serving
from test_component import DOMAIN, SECRET, attached
from test_service import trusting
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from websocket_dialogue import connect_websocket
from wsproto.events import Ping, Pong

from rosterkit.config import Component
from rosterkit.limits import Limits
from rosterkit.net.backlog import unsent
from rosterkit.net.keepalive import QUESTIONS, SILENCE, UNRECEIVED
from rosterkit.net.readiness import AT_ONCE
from rosterkit.net.service import make_service

ROSTER = "<query xmlns='jabber:iq:roster'/>"
PING = "<iq type='get' id='alive' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
#: More than Linux holds for a socket on its way by itself, several times.
MUCH = 40_000_000
BODY = "<message to='romeo@localhost/deaf'><body>" + "x" * 100_000 + "</body></message>"


async def ended(client: Any) -> None:
    """The connection is gone, within half a minute."""
    await client.ended.addTimeout(30, reactor)


def deaf(client: Dialogue) -> None:
    """Read nothing from now on."""
    client.transport.pauseProducing()


async def says_until_gone(speaker: Dialogue, gone: str) -> int:
    """Let ``speaker`` write to somebody until the server says that there is nobody; how many bytes it took."""
    said = 0
    while said < MUCH:
        speaker.say(BODY + PING)
        said += len(BODY)
        got = await speaker.until("id='alive'")
        if gone.encode() in got:
            return said
    raise AssertionError(f"{said} bytes, and the reader is still there")


@pytest.mark.parametrize("way", ["tcp", "starttls", "tls", "websocket"])
@ensureDeferred
async def test_a_reader_that_stops_reading_is_closed(way: str) -> None:
    """Its contacts get unavailable when more waits than may; then it is found to have had policy-violation."""
    limits = Limits(backlog=1_000_000, rate=0)
    ports: dict[str, Any] = {"tls_port": 0} if way == "tls" else {"websocket_port": 0} if way == "websocket" else {}
    async with serving(limits=limits, **ports) as ready:
        reader: Any
        if way == "websocket":
            reader = await connect_websocket(ready["websocket"])
        elif way == "tls":
            reader = await connect(ready["tls"], trusting(ready))
        else:
            reader = await connect(ready["c2s"])
            if way == "starttls":
                await reader.starttls(trusting(ready))
        await reader.login("romeo", "jul13t", "deaf")
        juliet = await logged_in(ready, resource="desk")
        stanza = "<presence xmlns='jabber:client' to='juliet@localhost'/>"
        reader.say(stanza if way == "websocket" else stanza.replace(" xmlns='jabber:client'", ""))
        juliet.say("<presence/>")
        await juliet.until("from='romeo@localhost/deaf'")
        deaf(reader)
        said = await says_until_gone(juliet, "from='romeo@localhost/deaf' type='unavailable'")
        assert said > limits.backlog
        reader.transport.resumeProducing()
        await ended(reader)


@ensureDeferred
async def test_a_reader_that_takes_everything_gets_everything() -> None:
    """However much it is: a long answer, and many of them, over a limit that is far smaller."""
    async with serving(limits=Limits(backlog=10_000, rate=0, entries=300)) as ready:
        client = await logged_in(ready)
        for number in range(300):
            client.say(
                f"<iq type='set' id='s{number}'><query xmlns='jabber:iq:roster'>"
                f"<item jid='c{number}@x.test' name='{'n' * 900}'/></query></iq>"
            )
            await client.until(f"id='s{number}'")
        for number in range(20):
            client.say(f"<iq type='get' id='g{number}'>{ROSTER}</iq>")
            got = await client.until("</query></iq>")
            assert len(got) > 250_000


@ensureDeferred
async def test_who_asks_and_never_reads_is_closed_too() -> None:
    """What one asks for oneself counts, many in one packet too; there is never more than the limit and an answer."""
    async with serving(limits=Limits(backlog=1_000_000, rate=0)) as ready:
        client, other = await logged_in(ready), await logged_in(ready, "romeo")
        for number in range(100):
            client.say(
                f"<iq type='set' id='s{number}'><query xmlns='jabber:iq:roster'>"
                f"<item jid='c{number}@x.test' name='{'n' * 900}'/></query></iq>"
            )
        await client.until("id='s99'")
        deaf(client)
        client.say(f"<iq type='get' id='g'>{ROSTER}</iq>" * 600)
        await other_goes_on(other)
        client.transport.resumeProducing()
        await ended(client)
        assert client.read.count(b"<iq type='result' id='g'") < 300
        assert b"<policy-violation" in client.read
        await other_goes_on(other)


async def other_goes_on(other: Dialogue) -> None:
    """Somebody else is answered."""
    other.say(PING)
    await other.until("id='alive'")


@ensureDeferred
async def test_who_sends_pings_of_websocket_and_never_reads_is_closed() -> None:
    """The answers count as everything else does: there is never much more than the limit."""
    service = make_service(config(websocket_port=0, limits=Limits(backlog=1_000_000)))
    service.startService()
    ready = await service.ready
    try:
        client = await connect_websocket(ready["websocket"])
        await client.login("juliet", "r0m30")
        while len(service._connections()) > 1:  # the server has looked at itself
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        (connection,) = service._connections()
        deaf(client)
        pings = bytes(client.socket.send(Ping(b"x" * 125))) * 500
        for _ in range(MUCH // len(pings)):
            if connection.closing:
                break
            client.transport.write(pings)
            while unsent(client.transport) > len(pings):
                await deferLater(reactor, 0)  # type: ignore[arg-type]
        assert connection.closing
        assert unsent(connection.transport) < 1_100_000
        client.transport.resumeProducing()
        await client.until("<policy-violation")
    finally:
        await service.stopService()


@ensureDeferred
async def test_a_component_that_stops_reading_is_closed() -> None:
    """Then its domain is away, as after any other end."""
    components = (Component(DOMAIN, SECRET),)
    async with serving(component_port=0, components=components, limits=Limits(backlog=1_000_000, rate=0)) as ready:
        component, juliet = await attached(ready), await logged_in(ready)
        deaf(component)
        body = BODY.replace("romeo@localhost/deaf", f"x@{DOMAIN}")
        for _ in range(MUCH // len(body)):
            juliet.say(body + PING)
            if b"<remote-server-timeout" in await juliet.until("id='alive'"):
                break
        else:
            raise AssertionError("the component is still there")
        component.transport.resumeProducing()
        await ended(component)


@ensureDeferred
async def test_an_address_has_so_many_connections() -> None:
    """One more is told policy-violation; over twice as many are cut without a word; who goes makes room."""
    async with serving(limits=Limits(connections=3)) as ready:
        await until_free(ready)
        friend = await logged_in(ready)
        first = await connect(ready["c2s"])
        second = await connect(ready["c2s"])
        second.say(HEADER)
        await second.until("</stream:features>")
        refused = []
        for _ in range(3):
            refused.append(await connect(ready["c2s"]))
            deaf(refused[-1])  # or it would see its end, and make room
        beyond = await connect(ready["c2s"])
        await ended(beyond)
        assert beyond.read == b""
        for one in refused:
            one.transport.resumeProducing()
            got = await one.until("</stream:stream>")
            assert b"<policy-violation" in got
            assert b"3 connections" in got
        await other_goes_on(friend)
        for one in (*refused, first):
            one.transport.loseConnection()
            await ended(one)
        await until_free(ready)


async def until_free(ready: dict[str, Any]) -> None:
    """Connect until somebody is served; the server hears of ends a moment later than the test."""
    for _ in range(100):
        client = await connect(ready["c2s"])
        client.say(HEADER)
        got = await client.until("</stream:")
        client.transport.loseConnection()
        await ended(client)
        if b"<mechanism" in got:
            return
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]
    raise AssertionError("nobody is served any more")


@ensureDeferred
async def test_all_ports_are_counted_together() -> None:
    """WebSocket is told so by HTTP: 503, before its upgrade."""
    async with serving(limits=Limits(connections=1), websocket_port=0) as ready:
        await until_free(ready)  # the server has looked at itself
        await connect(ready["c2s"])
        refused = await connect(ready["websocket"])
        got = await refused.until("yours has them.")
        assert got.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        await ended(refused)


@ensureDeferred
async def test_a_websocket_is_kept_alive_by_its_own_ping() -> None:
    """A ping frame, for white space is no message (RFC 7395 §3.8)."""
    service = make_service(config(websocket_port=0, limits=Limits(keep_alive=1)))
    service.startService()
    ready = await service.ready
    try:
        client = await connect_websocket(ready["websocket"])
        await client.login("juliet", "r0m30", "")
        seen: Deferred[None] = Deferred()

        def hear(event: Any) -> None:
            if isinstance(event, Ping) and not seen.called:
                seen.callback(None)

        client._other = hear  # type: ignore[method-assign]
        await seen.addTimeout(30, reactor)
        client.say("<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await client.until("id='r'")
    finally:
        await service.stopService()


@ensureDeferred
async def test_a_ping_of_websocket_is_an_answer_too() -> None:
    """Whoever sends a frame of any kind is there."""
    service = make_service(config(websocket_port=0))
    service.startService()
    ready = await service.ready
    try:
        client = await connect_websocket(ready["websocket"])
        await client.login("juliet", "r0m30")
        (connection,) = [one for one in service._connections() if one.entered]
        connection.asked_at = 1.0
        client.send(Ping())
        while not any(isinstance(event, Pong) for event in client.events):
            await deferLater(reactor, 0)  # type: ignore[arg-type]
        assert connection.asked_at is None
    finally:
        await service.stopService()


@ensureDeferred
async def test_the_system_watches_over_every_connection() -> None:
    """TCP keep-alive is on, with the times that are documented, without a word to each connection."""
    service = make_service(config(websocket_port=0, component_port=0))
    service.startService()
    ready = await service.ready
    try:
        for port in ("c2s", "websocket", "component"):
            await connect(ready[port])
        while len(service._connections()) < 3:
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        for connection in service._connections():
            handle = connection.transport.getHandle()
            assert connection.transport.getTcpKeepAlive()
            assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == SILENCE
            assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == QUESTIONS
            assert handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000 * UNRECEIVED
    finally:
        await service.stopService()


@ensureDeferred
async def test_few_are_taken_in_a_turn() -> None:
    """However many come, those who are there have their turn between; and all who come are taken."""
    service = make_service(config())
    service.startService()
    ready = await service.ready
    taken: list[int] = []
    (port,) = (port for port in service._ports if port.getHost().port == ready["c2s"]["port"])
    reading = port.doRead  # type: ignore[attr-defined]

    def count() -> Any:
        before = len(service._connections())
        outcome = reading()
        taken.append(len(service._connections()) - before)
        return outcome

    port.doRead = count  # type: ignore[attr-defined]
    sockets = [socket.create_connection((ready["c2s"]["host"], ready["c2s"]["port"])) for _ in range(30)]
    try:
        while sum(taken) < len(sockets):
            await deferLater(reactor, 0.01)  # type: ignore[arg-type]
        assert max(taken) == AT_ONCE
    finally:
        for one in sockets:
            one.close()
        await service.stopService()
