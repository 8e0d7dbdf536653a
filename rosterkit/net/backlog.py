"""How many bytes a transport holds because the other side has not read them.

Tests: ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.abstract import FileDescriptor

__all__ = ["socket_of", "unsent"]


def unsent(transport: Any) -> int:
    """The bytes in Twisted's buffers, as they are on the wire (encrypted where there is TLS); 0 where it has none.

    What the system holds is not counted: that is bounded by the system.
    """
    socket = socket_of(transport)
    return len(socket.dataBuffer) - socket.offset + socket._tempDataLen if socket is not None else 0


def socket_of(transport: Any) -> Any:
    """The transport that reads and writes a socket, below TLS where there is some; None in memory."""
    while transport is not None and not isinstance(transport, FileDescriptor):
        transport = getattr(transport, "transport", None)
    return transport
