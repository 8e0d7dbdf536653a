"""Where a stream's header, its children and its end begin and stop, found in the bytes alone, within limits.

What may not stand in a stream at all (comments, processing instructions, document types) and what is too much
(bytes, levels, attributes) is refused here, before any parser sees it.  Whether a piece is well-formed inside is
for :mod:`rosterkit.wire.document` to say.  How the bytes were cut on their way makes no difference to the result,
and each byte is looked at a fixed number of times.

Tests: ``tests/wire/test_framing.py``, ``tests/wire/test_reader.py``.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from rosterkit.errors import (
    STREAM_BAD_FORMAT,
    STREAM_NOT_WELL_FORMED,
    STREAM_POLICY_VIOLATION,
    STREAM_RESTRICTED_XML,
    StreamError,
)
from rosterkit.wire import prolog

__all__ = ["HEADER_LIMIT", "MAX_ATTRIBUTES", "MAX_DEPTH", "SPACE", "Frame", "Framer", "Kind", "smallest_run"]

#: The most bytes that the root's start tag may take.
HEADER_LIMIT = 10_000
#: The most levels of elements in a stanza, itself included, where nothing else is said.
MAX_DEPTH = 100
#: The most attributes on one element, namespace declarations included, where nothing else is said.
MAX_ATTRIBUTES = 128
#: The bytes that XML calls white space.
SPACE = b" \t\r\n"

_LESS, _SLASH, _SPECIAL = ord("<"), ord("/"), b"!?"
_CDATA = b"<![CDATA["
_SPACES = re.compile(rb"[ \t\r\n]*+")
# Text, then one whole tag: whether it ends an element, its name, the rest with quoted values (">" may stand there).
# The group itself is not possessive: Python 3.11.2 (Debian 12) then loses the quotes inside it.
_TAG = re.compile(rb"[^<]*+<(/?+)([^ \t\r\n<>'\"/=!?]++)(?:[^<>'\"]++|'[^'<]*+'|\"[^\"<]*+\")*>")
_OUTSIDE = re.compile(rb"[<>'\"]")
_INSIDE = {b"'": re.compile(rb"[<']"), b'"': re.compile(rb'[<"]')}
_ATTRIBUTE = re.compile(rb"=[ \t\r\n]*+(?:'[^']*+'|\"[^\"]*+\")")

_SECOND_DECLARATION = STREAM_NOT_WELL_FORMED.saying(
    "An XML declaration may only stand at the start of a stream; that begins anew only after TLS or SASL."
)
_FORBIDDEN = {
    b"<!--": STREAM_RESTRICTED_XML.saying("XMPP forbids comments; leave them out."),
    b"<!DOCTYPE": STREAM_RESTRICTED_XML.saying("XMPP forbids document types; leave them out."),
    **{b"<?xml" + bytes([space]): _SECOND_DECLARATION for space in SPACE},
}
_INSTRUCTION = STREAM_RESTRICTED_XML.saying("XMPP forbids processing instructions; leave them out.")
_NO_NAME = STREAM_NOT_WELL_FORMED.saying("A '<' begins no tag; in text it is written '&lt;'.")
_OPEN_TAG = STREAM_NOT_WELL_FORMED.saying("'<' stands within a tag: a '>' or a quote is missing before it.")
_STRAY_TEXT = STREAM_BAD_FORMAT.saying("Text stands between stanzas; only white space may.")
_NOT_XML = STREAM_NOT_WELL_FORMED.saying("A stream begins with '<'; this is not XML (TLS on a plaintext port?).")
_MORE_THAN_A_NAME = STREAM_NOT_WELL_FORMED.saying("The stream's end tag holds more than its name.")
_AFTER_END = STREAM_NOT_WELL_FORMED.saying("Nothing may follow the end of a stream.")


class Kind(Enum):
    """What a frame is."""

    HEADER = auto()
    STANZA = auto()
    END = auto()


class Frame(NamedTuple):
    """The exact bytes of the root's start tag, of one of its children, or of its end tag."""

    kind: Kind
    data: bytes


class _RefusedError(Exception):
    """Carries a stream error from where it is found to :meth:`Framer.next`."""

    def __init__(self, error: StreamError) -> None:
        self.error = error


class Framer:
    """Takes bytes with :meth:`push`, gives frames with :meth:`next`.

    ``limit`` bounds each stanza in bytes, ``depth`` the levels of elements in it, itself included, ``attributes``
    those of one element, namespace declarations included.
    """

    def __init__(self, limit: int, depth: int = MAX_DEPTH, attributes: int = MAX_ATTRIBUTES) -> None:
        self._limit = limit
        self._depth = depth
        self._attributes = attributes
        self._smallest_run = smallest_run(attributes)
        self._buffer = bytearray()
        self._start = 0  # where the frame begins
        self._at = 0  # everything before is gone through
        self._scanned = 0  # in an unfinished tag or CDATA section: how far it is gone through ...
        self._quote = b""  # ... and which quote is open there
        self._names: list[bytes] = []  # of the open elements below the root
        self._root: bytes | None = None
        self._begun = False
        self._ended = False

    @property
    def inside(self) -> bool:
        """Whether the root has been opened and not closed."""
        return self._root is not None and not self._ended

    @property
    def between(self) -> bool:
        """Whether the next byte stands directly under the root, with nothing waiting."""
        # What `inside` says too, spelled out: every packet asks.
        return self._root is not None and not self._ended and not self._buffer

    @property
    def size(self) -> int:
        """How many bytes wait."""
        return len(self._buffer)

    @property
    def unfinished(self) -> bytes:
        """What waits for more bytes; it begins where a stanza does, or before."""
        return bytes(self._buffer[self._start :])

    def forget(self) -> None:
        """What waits was read by somebody else: the next byte stands directly under the root."""
        self._buffer.clear()
        self._names.clear()
        self._start = self._at = self._scanned = 0
        self._quote = b""

    def push(self, data: bytes) -> None:
        """Add what arrived."""
        self._buffer += data

    def take(self) -> bytes:
        """Everything after the last frame, without white space at its front; it is no longer here."""
        rest = bytes(self._buffer[self._start :]).lstrip(SPACE)
        self._buffer.clear()
        self._start = self._at = 0
        return rest

    def next(self) -> Frame | StreamError | None:
        """The next frame, an error (then there is no use in going on), or None until more arrives."""
        try:
            found = self._find() if self._begun or self._begin() else None
        except _RefusedError as refused:
            return refused.error
        if found is None and self._start:  # what was given out is let go
            del self._buffer[: self._start]
            self._at -= self._start
            self._scanned = max(0, self._scanned - self._start)
            self._start = 0
        return found

    def _begin(self) -> bool:
        found = prolog.length(bytes(self._buffer[: prolog.LIMIT + 1]))
        if isinstance(found, StreamError):
            raise _RefusedError(found)
        self._at = found or 0
        self._begun = found is not None
        return self._begun

    def _find(self) -> Frame | None:
        if not self._names and not self._stand():
            return None
        bound = self._start + (HEADER_LIMIT if self._root is None else self._limit)
        while True:
            frame = None if self._scanned else self._go_through_tags(bound)
            if frame is not None:
                self._start = self._at
                return frame
            if not self._go_past(bound):
                break
        if len(self._buffer) > bound:
            what = "A stream header" if self._root is None else "A stanza"
            raise _RefusedError(
                STREAM_POLICY_VIOLATION.saying(f"{what} may have {bound - self._start} bytes; this one has more.")
            )
        return None

    def _stand(self) -> bool:
        """Find the first ``<`` of a frame; white space before it counts for nothing.  False where it is not there."""
        spaces = _SPACES.match(self._buffer, self._at)
        self._start = self._at = spaces.end() if spaces else self._at
        if self._at == len(self._buffer):
            return False
        if self._ended:
            raise _RefusedError(_AFTER_END)
        if self._buffer[self._at] != _LESS:
            raise _RefusedError(_NOT_XML if self._root is None else _STRAY_TEXT)
        return True

    def _go_through_tags(self, bound: int) -> Frame | None:
        """Go on for as long as whole tags follow, to the end of the frame if they reach it."""
        buffer, names, at = self._buffer, self._names, self._at
        while match := _TAG.match(buffer, at, bound):
            slash, name = match.groups()
            begin, at = match.start(1) - 1, match.end()
            if at - begin > self._smallest_run:
                self._count_attributes(bytes(buffer[begin:at]))
            kind = Kind.STANZA
            if slash:
                kind = self._close(name, begin, at)
            elif self._root is None:
                kind = self._open(name, at)
            elif len(names) >= self._depth:
                raise _RefusedError(_too_deep(self._depth))
            elif buffer[at - 2] != _SLASH:
                names.append(name)
            if not names:
                self._at = at
                return Frame(kind, bytes(buffer[self._start : at]))
        self._at = at
        return None

    def _open(self, name: bytes, end: int) -> Kind:
        """The root begins."""
        self._root = name
        if self._buffer[end - 2] == _SLASH:  # it is over at once: as if its end tag had been written out
            self._buffer[end:end] = b"</" + name + b">"
        return Kind.HEADER

    def _close(self, name: bytes, begin: int, end: int) -> Kind:
        """An element ends, or the root, whose end tag no parser sees."""
        expected = self._names.pop() if self._names else self._root
        if name != expected:
            place = f"where only </{_shown(expected)}> may" if expected else "before any element"
            raise _RefusedError(STREAM_NOT_WELL_FORMED.saying(f"</{_shown(name)}> stands {place}."))
        self._ended = begin == self._start
        if self._ended and self._buffer[begin + len(b"</") + len(name) : end - 1].strip(SPACE):
            raise _RefusedError(_MORE_THAN_A_NAME)
        return Kind.END if self._ended else Kind.STANZA

    def _count_attributes(self, tag: bytes) -> None:
        if len(_ATTRIBUTE.findall(tag)) > self._attributes:
            raise _RefusedError(
                STREAM_POLICY_VIOLATION.saying(
                    f"An element may have {self._attributes} attributes; this one has more."
                )
            )

    # What is not a whole tag: it arrives in pieces, is none, or is wrong

    def _go_past(self, bound: int) -> bool:
        """Go past a CDATA section, or make sure that a whole tag follows; False where more must arrive first."""
        if not self._scanned:
            found = self._buffer.find(b"<", self._at, bound)
            self._at = found if found >= 0 else min(bound, len(self._buffer))
        second = self._buffer[self._at + 1 : self._at + 2]
        if not second:
            return False
        return self._special(bound) if second in _SPECIAL else self._tag_is_whole(bound)

    def _tag_is_whole(self, bound: int) -> bool:
        """Look at each byte of a tag once, however small the pieces are in which it arrives."""
        self._scanned = self._scanned or self._at + 1
        while match := (_INSIDE[self._quote] if self._quote else _OUTSIDE).search(self._buffer, self._scanned, bound):
            self._scanned = match.end()
            if match[0] == b"<":
                raise _RefusedError(_OPEN_TAG)
            if match[0] == b">":
                if not _TAG.match(self._buffer, self._at, bound):
                    raise _RefusedError(_NO_NAME)
                self._scanned = 0
                return True
            self._quote = b"" if self._quote else match[0]
        self._scanned = min(bound, len(self._buffer))
        return False

    def _special(self, bound: int) -> bool:
        """Go past a CDATA section; whatever else begins with ``<!`` or ``<?`` is refused."""
        begin = bytes(self._buffer[self._at : min(self._at + len(_CDATA), bound)])
        if begin == _CDATA and self._names:
            return self._character_data(bound)
        for word, error in _FORBIDDEN.items():
            if begin.startswith(word):
                raise _RefusedError(error)
        if begin != _CDATA and any(word.startswith(begin) for word in (_CDATA, *_FORBIDDEN)):
            return False
        if begin.startswith(b"<?"):
            raise _RefusedError(_INSTRUCTION)
        raise _RefusedError(_STRAY_TEXT if begin == _CDATA and self._root is not None else _NO_NAME)

    def _character_data(self, bound: int) -> bool:
        found = self._buffer.find(b"]]>", max(self._scanned - 2, self._at + len(_CDATA)), bound)
        if found < 0:
            self._scanned = min(bound, len(self._buffer))
            return False
        self._at, self._scanned = found + 3, 0
        return True


def smallest_run(attributes: int) -> int:
    """A tag with more than ``attributes`` has at least so many bytes behind its ``<``."""
    return attributes * len(" a=''")


def _too_deep(depth: int) -> StreamError:
    return STREAM_POLICY_VIOLATION.saying(f"Elements may stand {depth} levels deep; these go deeper.")


def _shown(name: bytes) -> str:
    """``name`` for a sentence: readable, short, nothing in it that XML could not carry."""
    return ascii(name[:60].decode("utf-8", "replace"))[1:-1]
