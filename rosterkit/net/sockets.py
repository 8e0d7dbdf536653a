"""What Twisted's transports do not offer: how much they hold, how little to read, and writing without a delay.

Tests: ``tests/net/test_sockets.py``, ``tests/net/test_bounds_on_sockets.py``.
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
#: Fewer bytes are copied faster than they are handed over piece by piece.
_WORTH_JOINING = 16_384
#: The system takes some hundreds of pieces in one call.
_MOST_PIECES = 64


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
    """Write at once what the socket takes: waiting for the reactor costs three more system calls, and a copy.

    Only plain TCP with nothing in Twisted's buffers takes this way.  What is left over goes through the transport,
    which waits; so does everything after an error, which the transport then meets and ends the connection.
    """
    size = sum(map(len, pieces))
    sent = _send(transport.socket, pieces, size) if _takes_bytes_now(transport) else 0
    if not sent:
        transport.writeSequence(pieces)
    elif sent < size:
        transport.writeSequence(_behind(pieces, sent))


def _send(socket: Any, pieces: Sequence[bytes], size: int) -> int:
    """How many of the ``size`` bytes the socket has taken from the beginning; what is long is not joined before."""
    try:
        if size < _WORTH_JOINING or len(pieces) > _MOST_PIECES:
            return int(socket.send(b"".join(pieces)))
        return int(socket.sendmsg(pieces))
    except OSError:
        return 0


def _behind(pieces: Sequence[bytes], sent: int) -> list[bytes]:
    """What comes after the first ``sent`` bytes; a list, which Twisted goes through twice."""
    rest: list[bytes] = []
    for piece in pieces:
        if sent < len(piece):
            rest.append(piece[sent:])
        sent = max(0, sent - len(piece))
    return rest


def _takes_bytes_now(transport: Any) -> bool:
    """Whether the next byte may go straight into the socket: plain TCP, nothing waiting before."""
    return is_plain(transport) and not transport.dataBuffer and not transport._tempDataBuffer


def _socket_of(transport: Any) -> Any:
    """The transport that reads and writes a socket, below TLS where there is some; None in memory."""
    while transport is not None and not isinstance(transport, FileDescriptor):
        transport = getattr(transport, "transport", None)
    return transport
