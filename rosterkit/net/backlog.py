"""How many bytes a transport holds because the other side has not read them.

Tests: ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.abstract import FileDescriptor

__all__ = ["unsent"]


def unsent(transport: Any) -> int:
    """The bytes in Twisted's buffers, as they are on the wire (encrypted where there is TLS); 0 where it has none.

    What the system holds is not counted: that is bounded by the system.
    """
    while not isinstance(transport, FileDescriptor):  # TLS above TCP
        transport = getattr(transport, "transport", None)
        if transport is None:
            return 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen
