"""A time for each input, and what a run leaves behind: the two ways in which bytes wear a server down.

Linux only (``/proc``).

Tests: ``tests/bench/fuzz/test_fuzz_watch.py``.
"""

from __future__ import annotations

import faulthandler
import functools
import gc
import mmap
import signal
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from rosterkit.wire import passwords, scram_proof

__all__ = ["Growth", "Marks", "Size", "growth", "limit_time", "size_now"]

#: How much a process may grow between its half and its end: beyond what the allocator rounds up and single tables do.
MOST_KIB = 12 * 1024
#: The same in blocks of Python's allocator, for each input.
MOST_BLOCKS = 0.05
_SLACK_BLOCKS = 5_000
_MARKS = 16_384  # bytes


class Marks:
    """How far a process is, in a file that another one can read whatever becomes of this one."""

    def __init__(self, path: Path, made: bool = False) -> None:
        if not made:
            path.write_bytes(bytes(_MARKS))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _MARKS)

    def write(self, case: int, inputs: int, data: bytes = b"") -> None:
        """Which case is under way, how many inputs are done, and the bytes from which the case is made, if any."""
        self._map[:24] = struct.pack("<QQQ", case, inputs, len(data))
        self._map[24 : 24 + len(data)] = data

    def read(self) -> tuple[int, int, bytes]:
        """What was written last."""
        case, inputs, size = struct.unpack("<QQQ", self._map[:24])
        return case, inputs, self._map[24 : 24 + size]


def limit_time(seconds: float) -> None:
    """End this process when the next so many seconds of its CPU time have passed; 0: never.

    The signal ends it in the middle of a regular expression or a parser too, where no Python code would run, and
    says on stderr where it was.
    """
    if seconds:
        _say_where()
    signal.setitimer(signal.ITIMER_PROF, seconds)


@functools.cache
def _say_where() -> None:
    """Once: let the signal tell where it came, then do what it does."""
    faulthandler.register(signal.SIGPROF, file=2, all_threads=False, chain=True)


class Size(NamedTuple):
    """What a process holds: its resident memory, the blocks of Python's allocator; and after how many inputs."""

    kib: int
    blocks: int
    inputs: int


class Growth(NamedTuple):
    """What came on top between two looks, over so many inputs."""

    kib: int
    blocks: int
    inputs: int

    @property
    def is_flat(self) -> bool:
        """Whether it is no more than chance."""
        return self.kib <= MOST_KIB and self.blocks <= _SLACK_BLOCKS + MOST_BLOCKS * self.inputs


def growth(before: Size, after: Size) -> Growth:
    """From one look to the other."""
    return Growth(*(new - old for old, new in zip(before, after, strict=True)))


def size_now(inputs: int) -> Size:
    """What this process holds when its bounded caches are empty and its garbage is collected."""
    for cached in gc.get_objects():
        if isinstance(cached, functools._lru_cache_wrapper) and str(cached.__module__).startswith("rosterkit."):
            cached.cache_clear()
    passwords._remembered.clear()
    scram_proof._remembered.clear()
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Size(pages * mmap.PAGESIZE // 1024, sys.getallocatedblocks(), inputs)
