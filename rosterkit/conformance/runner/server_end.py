"""Our own server's end of a wire in memory: what Twisted would give a connection of it as its transport.

Tests: ``tests/conformance/test_matrix.py``, ``tests/conformance/test_memory_lines.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rosterkit.wire.negotiate import Settings

__all__ = ["SETTINGS", "ServerEnd"]

#: What our server lets clients do in memory; the switches of the network come on top.
SETTINGS = Settings(1_048_576, True, True, False, allow_plaintext=True, starttls=False)


class ServerEnd:
    """Gives ``wrote`` the bytes that the server writes, and calls ``left`` when it closes.

    Once it is ``closed``, by either side, neither is called any more.
    """

    def __init__(self, wrote: Callable[[bytes], object], left: Callable[[], object] = lambda: None) -> None:
        self.closed = False
        self._wrote = wrote
        self._left = left

    def setTcpNoDelay(self, _enabled: bool) -> None:
        """There is nothing to delay."""

    def startTLS(self, _context: object) -> None:
        """There is nobody to hide anything from."""

    def write(self, data: bytes) -> None:
        """Send."""
        if data and not self.closed:
            self._wrote(data)

    def writeSequence(self, pieces: Sequence[bytes]) -> None:
        """Send in one piece."""
        self.write(b"".join(pieces))

    def loseConnection(self) -> None:
        """Close."""
        if not self.closed:
            self.closed = True
            self._left()

    def abortConnection(self) -> None:
        """Break off, which is the same here."""
        self.loseConnection()
