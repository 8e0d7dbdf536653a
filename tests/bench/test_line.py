"""One connection of the driver, against a server that is a few lines of asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bench.clients import line as lines
from bench.clients.line import Line, LostError, Place, open_line

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Line, Peer]]:
    """A line, and the other side of it."""
    peers: asyncio.Queue[Peer] = asyncio.Queue()
    server = await asyncio.start_server(lambda *peer: peers.put(peer), "127.0.0.1", 0)
    line = await open_line(Place("127.0.0.1", server.sockets[0].getsockname()[1], source="127.0.0.77"))
    peer = await peers.get()
    try:
        yield line, peer
    finally:
        line.reset()
        peer[1].close()
        server.close()


def run(test: Callable[[Line, Peer], Awaitable[None]]) -> None:
    """Run ``test`` with a line, for at most ten seconds."""

    async def whole() -> None:
        async with asyncio.timeout(10), connected() as (line, peer):
            await test(line, peer)

    asyncio.run(whole())


def test_stanzas_come_whole_and_what_is_sent_arrives() -> None:
    """In both directions, and from the address that was asked for."""

    async def test(line: Line, peer: Peer) -> None:
        reader, writer = peer
        writer.write(b"<iq/><presence>")
        assert await line.next() == b"<iq/>"
        writer.write(b"</presence>")
        assert await line.next() == b"<presence></presence>"
        line.send(b"<message/>")
        assert await reader.readexactly(10) == b"<message/>"
        assert writer.get_extra_info("peername")[0] == "127.0.0.77"

    run(test)


def test_whoever_receives_is_told_of_each_stanza() -> None:
    """Nothing waits for ``next`` then."""

    async def test(line: Line, peer: Peer) -> None:
        told: asyncio.Queue[bytes] = asyncio.Queue()
        line.receive = told.put_nowait
        peer[1].write(b"<iq/><iq/>")
        assert [await told.get(), await told.get()] == [b"<iq/>", b"<iq/>"]

    run(test)


def test_an_end_is_an_error_for_whoever_waits_and_told() -> None:
    """A stanza that will not come any more is not waited for."""

    async def test(line: Line, peer: Peer) -> None:
        told = asyncio.Event()
        line.on_lost = told.set
        peer[1].close()
        with pytest.raises(LostError, match="before a stanza came"):
            await line.next()
        await told.wait()
        assert line.lost
        line.send(b"<iq/>")  # nobody is there; that is no error

    run(test)


def test_silence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(lines, "PATIENCE", 0.05)

    async def test(line: Line, peer: Peer) -> None:
        with pytest.raises(LostError, match="Nothing came"):
            await line.next()

    run(test)


def test_the_ways_to_end() -> None:
    """Leaving says so, cutting ends the stream of bytes, a reset breaks it off."""

    async def leave(line: Line, peer: Peer) -> None:
        line.leave()
        assert await peer[0].read() == b"</stream:stream>"

    async def cut(line: Line, peer: Peer) -> None:
        line.cut()
        assert await peer[0].read() == b""

    async def reset(line: Line, peer: Peer) -> None:
        line.reset()
        with pytest.raises(ConnectionResetError):
            await peer[0].read()

    for test in (leave, cut, reset):
        run(test)


def test_a_peer_that_vanishes_acknowledges_nothing() -> None:
    """The other side's bytes stay unacknowledged in its kernel, and it sees no end."""

    async def test(line: Line, peer: Peer) -> None:
        line.vanish()
        tcp = peer[1].get_extra_info("socket")
        peer[1].write(b"<iq/>")
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert unacknowledged(tcp) == 1
        assert not peer[0].at_eof()

    run(test)


def test_a_peer_that_is_gone_already_cannot_vanish() -> None:
    """The other side was faster: there is no socket any more, and nothing to be done."""

    async def test(line: Line, peer: Peer) -> None:
        line.cut()
        assert await peer[0].read() == b""
        await asyncio.sleep(0)
        line.vanish()

    run(test)


def unacknowledged(tcp: object) -> int:
    """How many segments of the socket wait for an acknowledgement (``tcpi_unacked`` of Linux)."""
    info = tcp.getsockopt(6, 11, 104)  # type: ignore[attr-defined]
    return int.from_bytes(info[24:28], "little")


def test_nobody_listens() -> None:
    """The error says at which port."""

    async def test() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(LostError, match=f"port {port}"):
            await open_line(Place("127.0.0.1", port))

    asyncio.run(test())
