"""Where each stanza of what a server sends begins and ends, found in the bytes alone.

For a server that is trusted to send well-formed XML as rosterkit writes it: no comments, no CDATA, no element inside
another of the same name, every ``>`` within a value escaped.  So a stanza costs two searches and no parser.

Tests: ``tests/bench/test_cutting.py``.
"""

from __future__ import annotations

import re

__all__ = ["Cutter"]

_NAME = re.compile(rb"<([^\s/>]+)")
_STREAM_END = b"</stream:stream>"


class Cutter:
    """Takes the bytes of one stream; gives its header, its stanzas and its end, each whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._more: list[bytes] = []  # behind the rest; the end is not in it
        self._end = b""  # what the stanza that waits ends with, as far as that is known

    def feed(self, data: bytes) -> list[bytes]:
        """The pieces that ``data`` completes, in order; white space between them is left out."""
        if self._goes_on(data):
            self._more.append(data)
            return []
        before = len(self._rest) + sum(map(len, self._more))
        began = max(0, before - len(self._end))  # so far there is no end; only it may have been cut
        if before:
            data = b"".join((self._rest, *self._more, data))
            self._more = []
        pieces: list[bytes] = []
        at = 0
        while (end := self._find_end(data, at, began)) > 0:
            pieces.append(data[at:end].lstrip())
            at, self._end, began = end, b"", 0
        self._rest = data[at:].lstrip() if at else data
        return pieces

    def _goes_on(self, data: bytes) -> bool:
        """Whether a long stanza does not end in ``data``: then nothing of it is copied."""
        before, size = self._more[-1] if self._more else self._rest, len(self._end)
        return 0 < size <= len(before) and self._end not in data and self._end not in before[-size:] + data[:size]

    def _find_end(self, data: bytes, at: int, began: int) -> int:
        """Behind the piece that begins at ``at``; 0 where it is not whole.  ``began`` is where to look on."""
        if not self._end:
            tag_end = data.find(b">", at)
            if tag_end < 0:
                return 0
            found = _NAME.search(data, at, tag_end)
            name = found[1] if found else b""
            if data[tag_end - 1 : tag_end] in (b"/", b"?") or name == b"stream:stream" or name[:1] in (b"/", b""):
                return tag_end + 1
            self._end = b"</" + name + b">"
            began = tag_end
        end = data.find(self._end, max(at, began))
        return end + len(self._end) if end >= 0 else 0
