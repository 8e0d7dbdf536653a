"""What a connection may cost: how much may wait for a slow reader, how fast it may talk, how long it may be silent.

Tests: ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["UNBOUNDED", "Bounds"]


class Bounds(NamedTuple):
    """The limits of one connection; 0 is none.

    ``backlog`` are the bytes that may wait to be read by the other side, ``rate`` is how many stanzas a session may
    send in a second on average, ``connections`` how many connections one IP address may have.  ``login_time`` is how
    long a client may take until its resource is bound.  After ``keep_alive`` of silence a space is sent, after
    ``ping`` a request that must be answered within the same time.  All times are in seconds.
    """

    backlog: int = 0
    rate: int = 0
    connections: int = 0
    login_time: int = 0
    keep_alive: int = 0
    ping: int = 0


#: No limit at all.
UNBOUNDED = Bounds()
