"""What the sides on asyncio share: a transport in memory, and a way to learn that a phase is complete.

Apart from :mod:`side`, so that the others do not carry asyncio in their memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from side import Side


class Countdown:
    """Called ``left`` times it lets :meth:`wait` return: how asyncio's sides learn that a phase is complete."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._done = asyncio.Event()

    def __call__(self, *_: object) -> None:
        """One event less to wait for."""
        self._left -= 1
        if self._left == 0:
            self._done.set()

    async def wait(self) -> None:
        """Return when everything has come."""
        await self._done.wait()


class MemoryTransport(asyncio.Transport):
    """An asyncio transport that remembers what is written; ``on_write`` is called for each write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.on_write: Callable[[], object] = lambda: None

    def write(self, data: bytes) -> None:
        """Remember it."""
        self.written.append(data)
        self.on_write()

    def sent(self) -> bytes:
        """What was written since the last call."""
        data, self.written = b"".join(self.written), []
        return data

    def is_closing(self) -> bool:
        """Never."""
        return False

    def can_write_eof(self) -> bool:
        """As over TLS."""
        return False

    def close(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """Nothing to close."""


async def measure(side: Side, phase: str, receive: Callable[[bytes], object], done: Countdown, id_: str = "") -> None:
    """Give the bytes of a phase to ``receive`` and wait until it is complete, under the clock.

    Between two chunks the loop goes around once, as it does to read a socket.
    """
    chunks = side.chunks(phase, id_)
    with side.measured(phase):
        for chunk in chunks:
            receive(chunk)
            await asyncio.sleep(0)
        await done.wait()
