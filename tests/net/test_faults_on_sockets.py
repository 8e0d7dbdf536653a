"""Faults as clients see them on real sockets: TCP, TLS, WebSocket; and what the journal says of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dialogue import Dialogue, connect
from pytest_twisted import ensureDeferred
from serving import PASSWORDS, config
from test_service import trusting
from twisted.internet import reactor
from twisted.internet.task import deferLater
from websocket_dialogue import client as in_message
from websocket_dialogue import connect_websocket
from wsproto.events import Ping, Pong, TextMessage

from rosterkit.core.faults import read_fault
from rosterkit.net.network import Network
from rosterkit.net.service import make_service

ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
VERSIONED = ROSTER.replace("/>", " ver=''/>")
SET = "<iq type='set' id='s{0}'><query xmlns='jabber:iq:roster'><item jid='c{0}@localhost'/></query></iq>"
PING = "<iq type='get' id='fence' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"


class Watched:
    """A server with a journal: its ready line, and its network."""

    def __init__(self, ready: dict[str, Any], network: Network) -> None:
        self.ready = ready
        self.network = network

    def fault(self, name: str, **values: Any) -> None:
        """Let a fault strike."""
        self.network.faults.add(read_fault({"fault": name, **values}, ""))

    def journal(self, text: bytes) -> list[tuple[str | None, bool]]:
        """Fault and withholding of every stanza that holds ``text`` and was to go out."""
        assert self.network.journal is not None
        return [
            (entry.fault, entry.withheld)
            for entry in self.network.journal.since(0)
            if entry.direction == "out" and text in entry.data
        ]

    def heard(self, text: bytes) -> bool:
        """Whether something with ``text`` has come in."""
        assert self.network.journal is not None
        return any(entry.direction == "in" and text in entry.data for entry in self.network.journal.since(0))

    async def client(self, **where: Any) -> Dialogue:
        """A client that has its roster, on TCP or as ``where`` says."""
        client = await connect(where.pop("port", self.ready["c2s"]), **where)
        await client.login("juliet", PASSWORDS["juliet"])
        client.say(VERSIONED)
        await client.until("</iq>")
        return client


@asynccontextmanager
async def watched(**changes: Any) -> AsyncIterator[Watched]:
    """It runs until the test is over."""
    service = make_service(config(journal=1 << 20, **changes))
    service.startService()
    try:
        ready = await service.ready
        yield Watched(ready, service.hub.networks["main"])
    finally:
        await service.stopService()


@ensureDeferred
async def test_versions_from_before_the_fault_are_known() -> None:
    """The version that a push repeats went out when there was no fault."""
    async with watched() as server:
        client = await server.client()
        client.say(SET.format(1))
        first = (await client.until("</iq>")).partition(b"ver='")[2].partition(b"'")[0]
        await client.until("id='s1'")
        server.fault("repeated-ver", next=1)
        client.say(SET.format(2))
        assert b"ver='%b'" % first in await client.until("</iq>")


@ensureDeferred
async def test_nothing_comes_behind_a_cut() -> None:
    """The result of the same set is withheld, and the journal says by what."""
    async with watched() as server:
        client = await server.client()
        server.fault("cut", next=1)
        client.say(SET.format(1))
        await client.ended
        assert client.read.count(b"<iq") == 1
        assert not client.read.endswith(b"</iq>")
        assert server.journal(b"id='s1'") == [("cut", True)]


@ensureDeferred
async def test_half_a_push_comes_over_tls_before_the_cut() -> None:
    """As over TCP."""
    async with watched(tls_port=0) as server:
        client = await server.client(port=server.ready["tls"], tls=trusting(server.ready))
        server.fault("cut", next=1)
        client.say(SET.format(1))
        await client.ended
        assert client.read.startswith(b"<iq")
        assert not client.read.endswith(b"</iq>")


@ensureDeferred
async def test_a_message_of_a_websocket_comes_in_bits_and_whole() -> None:
    """What is cut into bits is the frame: the message stays one element (RFC 7395 3.3.3)."""
    for fault in ("pause", "dribble"):
        async with watched(websocket_port=0) as server:
            client = await connect_websocket(server.ready["websocket"])
            await client.login("juliet", PASSWORDS["juliet"])
            client.say(in_message(ROSTER))
            await client.until("id='r'")
            server.fault(fault, next=1, seconds=0.0001)
            client.say(in_message(SET.format(1)))
            push = await client.until("<")
            assert push.startswith("<iq")
            assert push.endswith("</query></iq>")
            assert "id='s1'" in await client.until("<")
            assert not [event for event in client.events if isinstance(event, TextMessage)]


@ensureDeferred
async def test_a_pong_does_not_stand_within_a_message_that_is_half_written() -> None:
    """It comes behind it, and the WebSocket goes on."""
    async with watched(websocket_port=0) as server:
        client = await connect_websocket(server.ready["websocket"])
        await client.login("juliet", PASSWORDS["juliet"])
        client.say(in_message(ROSTER))
        await client.until("id='r'")
        server.fault("pause", next=1, seconds=60)
        client.say(in_message(SET.format(1)))
        while not server.journal(b"c1@localhost"):
            await deferLater(reactor, 0)  # type: ignore[arg-type]
        client.send(Ping(b"there?"), TextMessage(in_message(PING)))
        while not server.heard(b"fence"):
            await deferLater(reactor, 0)  # type: ignore[arg-type]
        server.network.clock.forward(60)
        assert (await client.until("<")).endswith("</query></iq>")
        await client.until("id='fence'")
        assert [event.payload for event in client.events if isinstance(event, Pong)] == [b"there?"]


@ensureDeferred
async def test_what_is_late_when_the_client_leaves_is_withheld() -> None:
    """Closing the stream ends what is held back; the journal does not say that it was sent."""
    async with watched() as server:
        client = await server.client()
        server.fault("delay", seconds=60, next=1)
        client.say(SET.format(1))
        await client.until("id='s1'")
        client.say("</stream:stream>")
        await client.until("</stream:stream>")
        server.network.clock.forward(60)
        assert server.journal(b"c1@localhost") == [("delay", True)]
