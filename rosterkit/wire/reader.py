"""A stream's bytes to events: its header, each complete child of its root, its end, or the error that ends it.

Strict where XML libraries are not: what RFC 6120 §11 forbids is refused, and everything within fixed limits.
:mod:`rosterkit.wire.framing` finds where each piece begins and stops; each stanza is then parsed as a small
document of its own, so that memory stays flat however long a stream lives.

Tests: ``tests/wire/test_reader.py``.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import NamedTuple, TypeAlias

from lxml import etree

from rosterkit.errors import STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, StreamError
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.wire import document, header
from rosterkit.wire.framing import SPACE, Frame, Framer, Kind, smallest_run
from rosterkit.wire.header import Opened

__all__ = ["DEFAULT_LIMIT", "SMALLEST_LIMIT", "Closed", "Event", "Opened", "Reader"]

#: The most bytes of one stanza, where nothing else is said.
DEFAULT_LIMIT = 262_144
#: No limit for stanzas may be lower (RFC 6120 §13.12).
SMALLEST_LIMIT = 10_000

_INSIDE = (b"<item ", b"<group>", b"</item>", b"</group>")
_LONG_PACKET, _LONGEST_TAG = 16_384, 4096
_STANZA_ENDS = (b"</iq>", b"</presence>", b"</message>")


class Closed(NamedTuple):
    """The root's end tag."""


Event: TypeAlias = Opened | Closed | StreamError | etree._Element


class Reader:
    """Reads one stream.  A :class:`~rosterkit.errors.StreamError` is its last event; what comes later is ignored.

    ``limit`` bounds each stanza in bytes; less than 10,000 counts as 10,000 (RFC 6120 §13.12).  Of
    ``limits`` its depth, elements and attributes are kept: elements cost far more than text.  While ``stepwise`` is
    true, :meth:`feed` stops behind the first event, and ``rest`` holds what it did not look at, without white
    space at the front: whoever wants it read feeds it again, here or to another reader.  A ``patient`` reader is
    faster with long rosters: what is wrong inside a long stanza it finds when that ends.  Where what is read will be
    ``passed_on``, names that only some parsers take are refused (:mod:`rosterkit.wire.xml_names`).
    """

    def __init__(
        self,
        limit: int = DEFAULT_LIMIT,
        stepwise: bool = False,
        patient: bool = False,
        limits: Limits = UNLIMITED,
        passed_on: bool = False,
    ) -> None:
        self.stepwise = stepwise
        self._patient = patient
        self._try_again_at = 0  # bytes
        self.rest = b""
        self._limit = max(limit, SMALLEST_LIMIT)
        self._depth, self._attributes = limits.depth, limits.attributes
        self._elements: float = limits.elements or math.inf
        self._passed_on = passed_on
        self._framer = Framer(self._limit, limits.depth, limits.attributes)
        self._head = b""
        self._failed = False

    @property
    def between(self) -> bool:
        """Whether the root is open and nothing waits for more bytes."""
        return self._framer.between

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes, in order.  Never raises for anything that arrives."""
        self.rest = b""
        if self._failed:
            return []
        whole = self._read_whole(data.strip(SPACE)) if self._framer.between else None
        if whole is not None and (not self.stepwise or len(whole) == 1):
            return whole
        if self.stepwise or not self._framer.inside:
            return self._read_framed(data)
        return self._read_many(data)

    def _read_many(self, data: bytes) -> list[Event]:
        """Read a packet that seems to hold the end of a stanza up to there in one go, the rest by framing.

        Parsing it tells whether it was one.  Where it was not, it is tried again when twice as much is there, so that
        no byte is looked at more than a few times.
        """
        end = _end_of_stanzas(data)
        unfinished = self._framer.unfinished if end else b""
        if end and len(unfinished) + end >= self._try_again_at:
            whole = self._read_whole((unfinished + data[:end]).strip(SPACE))
            if whole is not None:
                self._try_again_at = 0
                self._framer.forget()
                return whole + self._read_framed(data[end:])
            self._try_again_at = 2 * (len(unfinished) + end)
        if self._patient and not end and _goes_on(data) and self._framer.size + len(data) <= self._limit:
            self._framer.push(data)
            return []
        return self._read_framed(data)

    def _read_whole(self, data: bytes) -> list[Event] | None:
        """The stanzas in ``data`` where it holds some and nothing else, all beyond doubt; else None.

        Nearly everything that arrives is one whole stanza: then this is right, and much faster than framing.
        """
        if not data:
            return []
        if (
            not (data.startswith(b"<") and data.endswith(b">"))
            or _elements(data) > self._elements
            or _is_doubtful(data, self._limit, self._attributes)
        ):
            return None
        root = document.read(b"".join((self._head, data, b"</s>")), self._passed_on)
        if isinstance(root, StreamError) or (data.count(b"<") > 2 * self._depth and _beyond(self._depth)(root)):
            return None
        found: list[Event] = []
        for child in root:
            if child.tail:
                return None
            found.append(child)
        return None if root.text else found

    def _read_framed(self, data: bytes) -> list[Event]:
        self._framer.push(data)
        events: list[Event] = []
        while (found := self._framer.next()) is not None:
            event = found if isinstance(found, StreamError) else self._event(found)
            events.append(event)
            if isinstance(event, StreamError):
                self._failed = True
                break
            if self.stepwise:
                self.rest = self._framer.take()
                break
        return events

    def _event(self, frame: Frame) -> Event:
        if frame.kind is Kind.STANZA:
            return self._stanza(frame.data)
        return self._header(frame.data) if frame.kind is Kind.HEADER else Closed()

    def _header(self, data: bytes) -> Event:
        found = header.read(data, self._passed_on)
        if isinstance(found, StreamError):
            return found
        opened, self._head = found
        return opened

    def _stanza(self, data: bytes) -> Event:
        if _elements(data) > self._elements:
            return STREAM_POLICY_VIOLATION.saying(
                f"A stanza may have {self._elements} elements; this one has {_elements(data)}."
            )
        root = document.read(b"".join((self._head, data, b"</s>")), self._passed_on)
        if isinstance(root, StreamError):
            return root
        if len(root) != 1 or root.text or root[0].tail:  # or one stanza could hide in another
            return STREAM_NOT_WELL_FORMED.saying("This is not one whole element.")
        return root[0]


def _elements(data: bytes) -> int:
    """How many elements there are; a CDATA section counts as one, and each "<" in it."""
    return data.count(b"<") - data.count(b"</")


def _end_of_stanzas(data: bytes) -> int:
    """Where the last stanza in a packet seems to end; 0 where there is no sign of one.  Parsing it will tell."""
    return max(end + len(tag) if (end := data.rfind(tag)) >= 0 else 0 for tag in _STANZA_ENDS)


def _goes_on(data: bytes) -> bool:
    """Whether a long packet ends in the middle of a roster, beyond doubt: not with a tag, or with one inside it."""
    if len(data) < _LONG_PACKET:
        return False
    end = data[-_LONGEST_TAG:].rstrip(SPACE)
    return not end.endswith(b">") or end[end.rfind(b"<") :].startswith(_INSIDE)


def _is_doubtful(data: bytes, limit: int, attributes: int) -> bool:
    """Whether ``data`` could hold what framing must judge: forbidden pieces, too many bytes or attributes."""
    return (
        b"<!" in data
        or b"<?" in data
        or len(data) > limit
        or (data.count(b"=") > attributes and _long_run(attributes).search(data) is not None)
    )


@cache
def _long_run(attributes: int) -> re.Pattern[bytes]:
    """Finds what could be a tag with more than so many attributes."""
    return re.compile(rb"<[^<]{%d}" % smallest_run(attributes))


@cache
def _beyond(depth: int) -> etree.XPath:
    """Whether any element is deeper than a stanza may be, below the root that is put around stanzas."""
    return etree.XPath(f"boolean(/*{'/*' * (depth + 1)})")
