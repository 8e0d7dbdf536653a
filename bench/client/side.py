"""What the sides in Python share: the bytes in chunks, the CPU clock, the checks, and the line that each prints.

A side is a process of its own.  It gets the folder with the bytes as its first argument, lets its library log in,
is fed the roster, the pushes and the presences, and checks after each that its state is exactly the right one.  Only
the standard library is used: the sides run in different environments.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from traffic import ID_MARK

#: What one read from a socket gives at most, in Twisted as in Node.
CHUNK = 65_536


def memory(field: str) -> int:
    """KiB of this process from the kernel: ``VmRSS`` now or ``VmHWM`` at its peak.  Linux only."""
    # Not getrusage: its peak also counts what the process was before exec, which is a copy of the driver.
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{field}:\s*(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1])


class Side:
    """The measurement of one library; ``name`` is what the table calls it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(sys.argv[1])
        self.expected: dict[str, Any] = json.loads((self.folder / "expected.json").read_text())
        self.figures: dict[str, str | float] = {"name": name}
        self.heard: dict[str, int] = {}

    def chunks(self, phase: str, id_: str = "") -> list[bytes]:
        """The bytes of a phase as they would come from a socket; ``id_`` is that of the request they answer."""
        chunks = []
        with (self.folder / f"{phase}.xml").open("rb") as file:
            while chunk := file.read(CHUNK):
                chunks.append(chunk)
        chunks[0] = chunks[0].replace(ID_MARK.encode(), id_.encode())
        return chunks

    @contextmanager
    def measured(self, phase: str) -> Iterator[None]:
        """Take the CPU time of the process (user and system, all threads) for the block, which is one phase."""
        self.figures.setdefault("base_kib", memory("VmRSS"))
        before = time.process_time()
        yield
        self.figures[f"{phase}_ms"] = round((time.process_time() - before) * 1000, 2)
        self.figures["peak_kib"] = memory("VmHWM")

    def listener(self, event: str) -> Callable[..., None]:
        """A listener that counts in ``heard``, as the least that one can do."""
        heard = self.heard
        heard[event] = 0

        def hear(*_: object) -> None:
            heard[event] += 1

        return hear

    def check(self, what: str, seen: object, wanted: object) -> None:
        """End the process with a sentence where the library has not come to the state that it should."""
        if seen != wanted:
            raise SystemExit(f"{self.name}: {what}: {seen!r}, but it should be {wanted!r}.")

    def check_index(self, sizes: list[int], phase: str) -> None:
        """Check how many members the groups have, where the library or the side keeps an index by group."""
        self.check(f"groups after the {phase}", len(sizes), self.expected["groups"])
        self.check(f"members of groups after the {phase}", sum(sizes), 2 * self.expected["entries"])

    def finish(self) -> None:
        """Print the figures."""
        sys.stdout.write(json.dumps(self.figures) + "\n")


def request_id(sent: bytes) -> str:
    """The id of the one iq request in ``sent``."""
    found = re.findall(rb"<iq\b[^>]*\bid=[\"']([^\"']+)", sent)
    if len(found) != 1:
        raise SystemExit(f"One request was to be sent, but this was: {sent!r}")
    return found[0].decode()


def replies(sent: bytes) -> int:
    """How many results, each to another push, are in ``sent``."""
    results = re.findall(rb"<iq\b[^>]*>", sent)
    answered = [re.search(rb"id=[\"'](push-\d+)[\"']", result) for result in results if b"result" in result]
    return len({found[1] for found in answered if found is not None})
