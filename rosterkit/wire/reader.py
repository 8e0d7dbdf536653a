"""A stream's bytes to events: its header, each complete child of its root, its end, or the error that ends it.

Strict where XML libraries are not: what RFC 6120 §11 forbids is refused, and everything within fixed limits.
:mod:`rosterkit.wire.framing` finds where each piece begins and stops; each stanza is then parsed as a small
document of its own, so that memory stays flat however long a stream lives.

Tests: ``tests/wire/test_reader.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from lxml import etree

from rosterkit.core.markup import attribute
from rosterkit.errors import STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, STREAM_RESTRICTED_XML, StreamError
from rosterkit.wire.framing import MAX_ATTRIBUTES, MAX_DEPTH, SMALLEST_RUN, SPACE, Frame, Framer, Kind

__all__ = ["DEFAULT_LIMIT", "SMALLEST_LIMIT", "Closed", "Event", "Opened", "Reader"]

#: The most bytes of one stanza, where nothing else is said.
DEFAULT_LIMIT = 262_144
#: No limit for stanzas may be lower (RFC 6120 §13.12).
SMALLEST_LIMIT = 10_000

_LONG_RUN = re.compile(rb"[^<]{%d}" % SMALLEST_RUN)
_UNDECLARED_ENTITY = {26, 27}  # XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY
_TOO_MUCH = {110, 114}  # XML_ERR_NAME_TOO_LONG, XML_ERR_RESOURCE_LIMIT
_NAME = re.compile(rb"<([^ \t\r\n/>]+)")
_POSITION = re.compile(r",? line \d+, column \d+.*", re.DOTALL)


class Opened(NamedTuple):
    """The stream header.

    ``tag`` is the root's ``{namespace}name``; ``attributes`` are named as they are there, ``{namespace}name`` where
    they have a namespace.
    """

    tag: str
    default_namespace: str
    attributes: Mapping[str, str]


class Closed(NamedTuple):
    """The root's end tag."""


Event: TypeAlias = Opened | Closed | StreamError | etree._Element


class Reader:
    """Reads one stream.  A :class:`~rosterkit.errors.StreamError` is its last event; what comes later is ignored.

    ``limit`` bounds each stanza in bytes; less than 10,000 counts as 10,000 (RFC 6120 §13.12).  While ``stepwise``
    is true, :meth:`feed` stops behind the first event, and ``rest`` holds what it did not look at, without white
    space at the front: whoever wants it read feeds it again, here or to another reader.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT, stepwise: bool = False) -> None:
        self.stepwise = stepwise
        self.rest = b""
        self._limit = max(limit, SMALLEST_LIMIT)
        self._framer = Framer(self._limit)
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8", collect_ids=False)
        self._head = b""
        self._failed = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes, in order.  Never raises for anything that arrives."""
        self.rest = b""
        if self._failed:
            return []
        if not self.stepwise and self._framer.between:
            whole = self._read_whole(data.strip(SPACE))
            if whole is not None:
                return whole
        return self._read_framed(data)

    def _read_whole(self, data: bytes) -> list[Event] | None:
        """The stanzas in ``data`` where it holds some and nothing else, all beyond doubt; else None.

        Nearly everything that arrives is one whole stanza: then this is right, and much faster than framing.
        """
        if not data:
            return []
        if not (data.startswith(b"<") and data.endswith(b">")) or _is_doubtful(data, self._limit):
            return None
        try:
            root = etree.fromstring(self._head + data + b"</s>", self._parser)
        except etree.XMLSyntaxError:
            return None
        found: list[Event] = list(root)
        if len(found) == 1 and root.text is None and root[0].tail is None:
            return found
        return None if root.text or any(child.tail for child in root) else found

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
        try:
            if frame.kind is Kind.STANZA:
                return self._stanza(frame.data)
            return self._header(frame.data) if frame.kind is Kind.HEADER else Closed()
        except etree.XMLSyntaxError as error:
            return _stream_error(error)

    def _stanza(self, data: bytes) -> Event:
        root = etree.fromstring(self._head + data + b"</s>", self._parser)
        if len(root) != 1 or root.text or root[0].tail:  # or one stanza could hide in another
            return STREAM_NOT_WELL_FORMED.saying("This is not one whole element.")
        return root[0]

    def _header(self, data: bytes) -> Event:
        end = b"" if data.endswith(b"/>") else b"</%b>" % _NAME.findall(data)[0]
        root = etree.fromstring(data + end, self._parser)
        declared = (
            f" {'xmlns:' + prefix if prefix else 'xmlns'}='{attribute(uri)}'" for prefix, uri in root.nsmap.items()
        )
        self._head = f"<s{''.join(declared)}>".encode()
        return Opened(str(root.tag), root.nsmap.get(None, ""), dict(map(_strings, root.items())))


def _is_doubtful(data: bytes, limit: int) -> bool:
    """Whether ``data`` could hold what framing must judge: forbidden pieces, too many bytes, levels or attributes."""
    return (
        b"<!" in data
        or b"<?" in data
        or len(data) > limit
        or data.count(b"<") > 2 * MAX_DEPTH
        or (data.count(b"=") > MAX_ATTRIBUTES and _LONG_RUN.search(data) is not None)
    )


def _strings(item: tuple[str | bytes, str | bytes]) -> tuple[str, str]:
    name, value = item
    return str(name), str(value)


def _stream_error(error: etree.XMLSyntaxError) -> StreamError:
    said = _POSITION.sub("", error.msg or "").strip() or "unknown reason"
    code = getattr(error, "code", 0)
    if code in _UNDECLARED_ENTITY:
        return STREAM_RESTRICTED_XML.saying(f"XMPP knows five entities only; write the character itself ({said}).")
    if code in _TOO_MUCH:
        return STREAM_POLICY_VIOLATION.saying(f"The parser's limits are exceeded ({said}).")
    return STREAM_NOT_WELL_FORMED.saying(f"The XML is not well-formed ({said}).")
