"""What Twisted's transports do not offer: how much they hold, how little to read, and writing without a delay.

Tests: ``tests/net/test_c2s.py``, ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.tcp import Connection as TCPConnection

__all__ = ["is_plain", "read_little", "unsent", "write"]

#: The most bytes that are read from one socket before the others have their turn: about twenty stanzas, a
#: millisecond or two.  A single stanza rarely is longer, and a long one costs some more reads.
_READ_AT_ONCE = 2048
#: The most bytes that are tried in one call before the reactor is asked when the socket is writable.
_WRITE_AT_ONCE = 65536


def is_plain(transport: Any) -> bool:
    """Whether there is TCP and no TLS above it."""
    return isinstance(transport, TCPConnection) and not transport.TLS


def read_little(transport: Any) -> None:
    """Let others have their turn soon, whatever comes here; in memory a no-op."""
    socket = _socket_of(transport)
    if socket is not None:
        socket.bufferSize = _READ_AT_ONCE


def unsent(transport: Any) -> int:
    """The bytes in Twisted's buffers, as they are on the wire (encrypted where there is TLS); 0 where it has none.

    What the system holds is not counted: that is bounded by the system.
    """
    socket = _socket_of(transport)
    return len(socket.dataBuffer) - socket.offset + socket._tempDataLen if socket is not None else 0


def write(transport: Any, pieces: Sequence[bytes]) -> None:
    """Write at once where the socket takes it: waiting for the reactor costs three more system calls.

    Only plain TCP with nothing in Twisted's buffers takes this way, and only what one call can pass on; what is left
    over, and any error, goes through the transport, which waits, or ends the connection.
    """
    if sum(map(len, pieces)) > _WRITE_AT_ONCE or not _takes_bytes_now(transport):
        transport.writeSequence(pieces)
        return
    data = b"".join(pieces)
    sent = transport.writeSomeData(data)
    rest = data[sent:] if isinstance(sent, int) else data
    if rest:
        transport.write(rest)


def _takes_bytes_now(transport: Any) -> bool:
    """Whether the next byte may go straight into the socket: plain TCP, nothing waiting before."""
    return is_plain(transport) and not transport.dataBuffer and not transport._tempDataBuffer


def _socket_of(transport: Any) -> Any:
    """The transport that reads and writes a socket, below TLS where there is some; None in memory."""
    while transport is not None and not isinstance(transport, FileDescriptor):
        transport = getattr(transport, "transport", None)
    return transport
