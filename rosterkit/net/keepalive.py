"""TCP's own keep-alive: the system finds out by itself that the other machine is gone.

Tests: ``tests/net/test_bounds_on_sockets.py``.
"""

from __future__ import annotations

import socket
from typing import Any

__all__ = ["QUESTIONS", "SILENCE", "STEP", "UNRECEIVED", "keep_alive"]

#: Seconds of silence before the system asks, seconds between two questions, and how many may stay unanswered.
SILENCE, STEP, QUESTIONS = 60, 15, 4

#: Seconds for which what was sent may stay without a receipt: as long as silence may.
UNRECEIVED = SILENCE + STEP * QUESTIONS

#: Not every system lets all of it be set; what it has is set.
_OPTIONS = (
    ("TCP_KEEPIDLE", SILENCE),
    ("TCP_KEEPINTVL", STEP),
    ("TCP_KEEPCNT", QUESTIONS),
    ("TCP_USER_TIMEOUT", 1000 * UNRECEIVED),
)


def keep_alive(port: Any) -> None:
    """Let the system watch over every connection that comes to ``port``: they inherit it from its socket."""
    port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            port.socket.setsockopt(socket.IPPROTO_TCP, option, value)
