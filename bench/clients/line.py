"""One connection to a server: TCP, TLS or WebSocket, stanzas out and whole stanzas in, and every way to end it.

A line reads for whoever set ``receive``; until then what comes waits for :meth:`Line.next`.  So thousands of idle
lines cost no task each.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import socket
import ssl
import struct
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, cast

from bench.clients.cutting import Cutter
from rosterkit.wire.websocket_client import Answer, Fault, Left, Message, WebSocketClient

__all__ = ["Line", "LostError", "Place", "open_line"]

#: Seconds that a connection or an answer may take before the line counts as lost.
PATIENCE = 60.0
_LONGEST_MESSAGE = 1 << 24
#: So many bytes may wait here before somebody who drains goes on.
_UNSENT = 1 << 18
_SO_ATTACH_FILTER = 26
_STANZA = re.compile(rb"^<(iq|presence|message)\b")
#: A program for the kernel's packet filter of the socket: take nothing.
_DEAF = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))


class LostError(Exception):
    """The connection is gone, or does not answer any more; the text says what was awaited."""


class Place(NamedTuple):
    """Where a server listens, and what its certificate is checked with; ``source`` is our own address."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    framed: bool = False
    source: str = "127.0.0.1"


class Line(asyncio.Protocol):
    """One connection.  With ``framed`` it is a WebSocket, and each message is one stanza."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.receive: Callable[[bytes], None] | None = None
        self.lost = False
        self._cutter = Cutter()
        self._socket: WebSocketClient | None = None
        if place.framed:
            self._socket = WebSocketClient(f"{place.host}:{place.port}", "/xmpp-websocket", _LONGEST_MESSAGE)
        self._came: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self.on_lost: Callable[[], None] | None = None

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there, or its TLS is."""
        self._transport = cast(asyncio.Transport, transport)
        tcp = transport.get_extra_info("socket")
        if tcp is not None:
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._socket is not None:
            self._read_frames(self._socket, data)
            return
        for piece in self._cutter.feed(data):
            self._take(piece)

    def connection_lost(self, _reason: Exception | None) -> None:
        """The connection is gone."""
        self.lost = True
        self._wake()
        if self.on_lost is not None:
            self.on_lost()

    def _read_frames(self, websocket: WebSocketClient, data: bytes) -> None:
        was_open = websocket.is_open
        for received in websocket.receive(data):
            if isinstance(received, Message):
                self._take(received.data)
            elif isinstance(received, Answer):
                self._write(received.data)
            elif isinstance(received, Left | Fault):
                self.cut()
        if websocket.is_open and not was_open:
            self._wake()

    def _take(self, piece: bytes) -> None:
        if self.receive is not None:
            self.receive(piece)
        else:
            self._came.append(piece)
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What a client does

    async def next(self) -> bytes:
        """The next stanza.  Raises :class:`LostError` where the connection ends first, or nothing comes."""
        while not self._came:
            await self._wait("a stanza")
        return self._came.popleft()

    async def _wait(self, what: str) -> None:
        if self.lost:
            raise LostError(f"The connection ended before {what} came.")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._waiter
        except TimeoutError as error:
            raise LostError(f"Nothing came for {PATIENCE:.0f} s where {what} was awaited.") from error
        finally:
            self._waiter = None

    async def upgrade(self) -> None:
        """Make the connection a WebSocket, where it is to be one."""
        if self._socket is not None:
            self._write(self._socket.open())
            while not self._socket.is_open:
                await self._wait("the WebSocket")

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Let TLS begin; a new stream has to follow."""
        assert self._transport is not None
        self._cutter = Cutter()
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self._transport, self, context, server_hostname="localhost")
        except (OSError, ssl.SSLError) as error:
            raise LostError(f"TLS failed: {error}.") from error
        if transport is None:
            raise LostError("The connection ended before TLS was there.")
        self._transport = transport

    def restart(self) -> None:
        """A new stream begins."""
        self._cutter = Cutter()

    def send(self, data: bytes) -> None:
        """Write a stanza; on a lost line nothing happens."""
        self._write(self._socket.message(_declared(data)) if self._socket is not None else data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self.lost and not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the kernel has taken what was written, or the line is lost; something else runs meanwhile."""
        await asyncio.sleep(0)
        while self._transport is not None and not self.lost and self._transport.get_write_buffer_size() > _UNSENT:
            await asyncio.sleep(0.005)

    async def ended(self, seconds: float) -> None:
        """Wait until the server has ended the connection; after so many seconds it is ended here."""
        try:
            async with asyncio.timeout(seconds):
                while not self.lost:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pass
        self.reset()

    def pause(self) -> None:
        """Read nothing from now on, as a slow reader does: the kernel's buffers fill, then the server's."""
        assert self._transport is not None
        self._transport.pause_reading()

    # Ends

    def leave(self) -> None:
        """End the stream as one should."""
        self.send(
            b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>" if self.place.framed else b"</stream:stream>"
        )
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Close the connection without a word."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Break the connection off with a TCP reset."""
        if self._transport is not None:
            tcp = self._transport.get_extra_info("socket")
            if tcp is not None and not self.lost:
                tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def vanish(self) -> None:
        """Be gone without telling the other side: from now on the kernel drops what comes, even acknowledgements.

        The socket stays open, so that no end is ever sent; :meth:`reset` frees it.  Where the other side was faster,
        and the connection is gone, a no-op.
        """
        if self._transport is None:
            return
        tcp = self._transport.get_extra_info("socket")
        if tcp is None or tcp.fileno() < 0:
            return
        program = struct.pack("HxxxxxxP", 1, ctypes.addressof(_DEAF))
        tcp.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
        self._transport.pause_reading()


def _declared(stanza: bytes) -> bytes:
    """``stanza`` as a document of its own: it says its namespace (RFC 7395 §3.3.3)."""
    return _STANZA.sub(rb"<\1 xmlns='jabber:client'", stanza, count=1)


async def open_line(place: Place) -> Line:
    """A connection to ``place``.  Raises :class:`LostError` where nobody takes it."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(PATIENCE):
            _, line = await loop.create_connection(
                lambda: Line(place), place.host, place.port, local_addr=(place.source, 0)
            )
    except (OSError, TimeoutError) as error:
        raise LostError(f"No connection to port {place.port}: {error}.") from error
    try:
        await line.upgrade()
    except LostError:
        line.cut()
        raise
    return line
