"""A stream's bytes to events: its header, each complete child of its root, its end, or the error that ends it.

Strict where XML libraries are not: what RFC 6120 §11 forbids is refused, and everything within fixed limits.
:mod:`rosterkit.wire.framing` finds where each piece begins and stops; each stanza is then parsed as a small
document of its own, so that memory stays flat however long a stream lives.

Tests: ``tests/wire/test_reader.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from lxml import etree

from rosterkit.core.markup import attribute
from rosterkit.errors import STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, STREAM_RESTRICTED_XML, StreamError
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.wire import xml_names
from rosterkit.wire.framing import SPACE, Frame, Framer, Kind, smallest_run
from rosterkit.wire.parsing import parse

__all__ = ["DEFAULT_LIMIT", "SMALLEST_LIMIT", "Closed", "Event", "Opened", "Reader"]

#: The most bytes of one stanza, where nothing else is said.
DEFAULT_LIMIT = 262_144
#: No limit for stanzas may be lower (RFC 6120 §13.12).
SMALLEST_LIMIT = 10_000

#: The most namespaces that a stream header may declare.
MAX_DECLARATIONS = 16
#: The most bytes of a namespace.  Whoever is sent a stanza may get its namespaces written out on every element.
MAX_NAMESPACE = 256
_TOO_MANY_DECLARATIONS = STREAM_POLICY_VIOLATION.saying(
    f"A stream header may declare {MAX_DECLARATIONS} namespaces; declare the others where they are used."
)
_TOO_LONG_NAMESPACE = STREAM_POLICY_VIOLATION.saying(f"A namespace may have {MAX_NAMESPACE} bytes; one has more.")
_NEW_NAME = STREAM_POLICY_VIOLATION.saying(
    "A name has characters that only the fifth edition of XML allows, which most clients cannot read."
)
# Too long a namespace, or something in a text that looks like one.
# No two beginnings go through the same bytes: a text may be made of nothing else.
_LONG_NAMESPACE = re.compile(
    rb"xmlns(?::[^:=<>'\" \t\r\n]*+)?[ \t\r\n]*+=[ \t\r\n]*+(?:'[^']{%d}|\"[^\"]{%d})" % ((MAX_NAMESPACE + 1,) * 2)
)
_INSIDE = (b"<item ", b"<group>", b"</item>", b"</group>")
_LONG_PACKET, _LONGEST_TAG = 16_384, 4096
_STANZA_ENDS = (b"</iq>", b"</presence>", b"</message>")
_UNDECLARED_ENTITY = {26, 27}  # XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY
_TOO_MUCH = {110, 114}  # XML_ERR_NAME_TOO_LONG, XML_ERR_RESOURCE_LIMIT
_NAME = re.compile(rb"<([^ \t\r\n/>]+)")
_VERSION_1 = re.compile(r"0*[1-9][0-9]*\.[0-9]+", re.ASCII)
_POSITION = re.compile(r",? line \d+, column \d+.*", re.DOTALL)


class Opened(NamedTuple):
    """The stream header.

    ``tag`` is the root's ``{namespace}name``; ``attributes`` are named as they are there, ``{namespace}name`` where
    they have a namespace.
    """

    tag: str
    default_namespace: str
    attributes: Mapping[str, str]

    @property
    def is_xmpp_1(self) -> bool:
        """Whether its version is 1.0 or later (RFC 6120 §4.7.5)."""
        return _VERSION_1.fullmatch(self.attributes.get("version", "")) is not None


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
        tags = data.count(b"<")
        if (
            data[:1] != b"<"
            or data[-1:] != b">"
            or tags - data.count(b"</") > self._elements
            or _is_doubtful(data, self._limit, self._attributes)
        ):
            return None
        root = self._parsed(b"".join((self._head, data, b"</s>")))
        if isinstance(root, StreamError) or (tags > 2 * self._depth and _beyond(self._depth)(root)):
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

    def _parsed(self, data: bytes) -> etree._Element | StreamError:
        """The root of a document.  What is wrong with namespaces lxml only notes, and forgets over a warning."""
        try:
            root, noted = parse(data)
        except etree.XMLSyntaxError as error:
            return _stream_error(error.msg, getattr(error, "code", 0))
        if len(noted):
            for entry in noted:
                if entry.level >= etree.ErrorLevels.ERROR:
                    return _stream_error(entry.message, entry.type)
        if len(data) > MAX_NAMESPACE and _LONG_NAMESPACE.search(data) and _has_long_namespace(root):
            return _TOO_LONG_NAMESPACE
        if self._passed_on and not data.isascii() and xml_names.are_new(data):
            return _NEW_NAME
        return root

    def _stanza(self, data: bytes) -> Event:
        if _elements(data) > self._elements:
            return STREAM_POLICY_VIOLATION.saying(
                f"A stanza may have {self._elements} elements; this one has {_elements(data)}."
            )
        root = self._parsed(b"".join((self._head, data, b"</s>")))
        if isinstance(root, StreamError):
            return root
        if len(root) != 1 or root.text or root[0].tail:  # or one stanza could hide in another
            return STREAM_NOT_WELL_FORMED.saying("This is not one whole element.")
        return root[0]

    def _header(self, data: bytes) -> Event:
        end = b"" if data.endswith(b"/>") else b"</%b>" % _NAME.findall(data)[0]
        root = self._parsed(data + end)
        if isinstance(root, StreamError):
            return root
        if len(root.nsmap) > MAX_DECLARATIONS:  # each stanza is read with them
            return _TOO_MANY_DECLARATIONS
        declared = (
            f" {'xmlns:' + prefix if prefix else 'xmlns'}='{attribute(uri)}'" for prefix, uri in root.nsmap.items()
        )
        self._head = f"<s{''.join(declared)}>".encode()
        return Opened(str(root.tag), root.nsmap.get(None, ""), dict(map(_strings, root.items())))


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


def _has_long_namespace(root: etree._Element) -> bool:
    uris = {uri for element in root.iter() for uri in element.nsmap.values()}
    return any(len(uri.encode()) > MAX_NAMESPACE for uri in uris)


def _strings(item: tuple[str | bytes, str | bytes]) -> tuple[str, str]:
    name, value = item
    return str(name), str(value)


def _stream_error(message: str | None, code: int) -> StreamError:
    said = _POSITION.sub("", message or "").strip() or "unknown reason"
    if code in _UNDECLARED_ENTITY:
        return STREAM_RESTRICTED_XML.saying(f"XMPP knows five entities only; write the character itself ({said}).")
    if code in _TOO_MUCH:
        return STREAM_POLICY_VIOLATION.saying(f"The parser's limits are exceeded ({said}).")
    return STREAM_NOT_WELL_FORMED.saying(f"The XML is not well-formed ({said}).")
