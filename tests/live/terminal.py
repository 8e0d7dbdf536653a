"""A program in a terminal of its own: keys go in, the screen can be read, nothing is a real terminal."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence

import pyte

#: So many rows that nothing scrolls away during a test.
_ROWS, _COLUMNS = 150, 120


class Terminal:
    """A child process on a pseudo-terminal, its screen kept by a terminal emulator in the running event loop."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(_COLUMNS, _ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = asyncio.Event()
        #: Whether the program has let go of its terminal, as it does at its end.
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        # As its controlling terminal: when the tests die the kernel hangs up on it; else it would spin for ever.
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=theirs, stdout=theirs, stderr=theirs, env=dict(environment)
        )
        os.close(theirs)
        self._loop.add_reader(self._ours, self._read)

    @property
    def lines(self) -> list[str]:
        """What the screen shows now, blanks at the ends of lines taken off."""
        return [line.rstrip() for line in self._screen.display]

    def enter(self, line: str) -> None:
        """Type a line and the return key."""
        os.write(self._ours, line.encode() + b"\r")

    async def changed(self) -> None:
        """Wait until there may be something new on the screen."""
        self._changed.clear()
        await self._changed.wait()

    def close(self) -> None:
        """End the program, if it has not ended, and the terminal."""
        self._loop.remove_reader(self._ours)
        self._process.kill()  # does nothing to a process that has ended
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> None:
        try:
            piece = os.read(self._ours, 65536)
        except OSError:  # Linux says EIO when the last process on the other side is gone
            piece = b""
        if piece:
            self._stream.feed(piece)
        else:
            self.ended = True
            self._loop.remove_reader(self._ours)
        self._changed.set()
