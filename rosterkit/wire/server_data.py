"""What another server has exported (XEP-0227), read in pieces: a file of any length takes the memory of one entry.

Nothing is judged here but the XML.  A document type is refused, and with it every entity that somebody could define;
what is not asked for (vCards, messages) is passed over without being kept.

Tests: ``tests/wire/test_server_data.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple, NoReturn, TypeAlias
from xml.parsers import expat

from lxml import etree

from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.wire.framing import MAX_DEPTH
from rosterkit.wire.names import CLIENT

__all__ = ["MAX_PART_BYTES", "SCRAM", "BadExport", "Event", "Included", "Other", "Part", "User", "UserEnd", "read"]

#: The namespace of keys in an export; they are not part of the first editions of XEP-0227.
SCRAM = "urn:xmpp:pie:0#scram"
#: The most bytes of one entry, request or tag.
MAX_PART_BYTES = 1024 * 1024

#: Today's namespace, and that of ejabberd before 2012.
_EXPORT = ("urn:xmpp:pie:0", "http://www.xmpp.org/extensions/xep-0227.html#ns")
_INCLUDE = "{http://www.w3.org/2001/XInclude}include"
_PIECE = 65_536


class BadExport(ValueError):
    """A file that is no export of a server; the text has the line and says what is wrong with it."""


class User(NamedTuple):
    """An account begins.  Everything is as it was written, None where absent; ``repr`` does not show the password."""

    line: int
    host: str | None
    name: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"<User {self.name} at {self.host}>"


class Part(NamedTuple):
    """An element of the account: ``item`` of a roster, ``presence`` (always of clients), or ``scram-credentials``."""

    line: int
    element: etree._Element


class UserEnd(NamedTuple):
    """The account is whole."""


class Other(NamedTuple):
    """An element that is left out, with all that stands in it; ``name`` is its own, or the namespace of a query."""

    name: str


class Included(NamedTuple):
    """A file whose content should stand here; it was not looked for."""

    line: int
    href: str


Event: TypeAlias = User | Part | UserEnd | Other | Included


def read(file: BinaryIO) -> Iterator[Event]:
    """What ``file`` holds, in its order.

    Raises :class:`BadExport` for what is not XML in UTF-8, has a document type, is nested deeper than a stanza may
    be, is no ``server-data`` or ``host``, or has a part of more than :data:`MAX_PART_BYTES`.
    """
    reader = _Reader()
    while piece := file.read(_PIECE):
        yield from reader.feed(piece)
    yield from reader.feed(b"")


class _Reader:
    """Takes the bytes of one file; ``_where`` are the elements that are entered, from the root inwards."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("utf-8", "}")  # whatever the declaration says
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._events: list[Event] = []
        self._where = [""]
        self._host: str | None = None
        self._depth = 0
        self._passed_over = 0  # the depth at which that began, 0 where nothing is passed over
        self._built = 0  # likewise
        self._builder = etree.TreeBuilder()
        self._size = 0
        self._line = 0
        self._fed = 0

    def feed(self, piece: bytes) -> list[Event]:
        """The events that these bytes complete; no bytes are the end."""
        self._events = []
        try:
            self._parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise BadExport(f"line {error.lineno}: It is not XML in UTF-8: {what}.") from error
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > MAX_PART_BYTES:  # held back by the parser until the tag ends
            self._fail(f"A tag is longer than {MAX_PART_BYTES} bytes.")
        return self._events

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"Elements are nested deeper than {MAX_DEPTH}.")
        if self._built:
            self._build(name, attributes)
        elif not self._passed_over:
            self._enter(name, attributes)

    def _enter(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin with an element that stands among those that are read one by one."""
        namespace, _, local = name.rpartition("}")
        inside, kind = self._where[-1], local if namespace in _EXPORT else _tag(name)
        if (inside, kind) in _ENTERED:
            self._where.append(kind)
            self._note(kind, attributes)
        elif (inside, kind) in _BUILT:
            self._built, self._size, self._line = self._depth, 0, self._parser.CurrentLineNumber
            self._builder = etree.TreeBuilder()
            self._build(name, attributes)
        elif not inside:
            self._fail(f"The file begins with {local!r:.60}; an export of a server begins with server-data or host.")
        else:
            self._passed_over = self._depth
            if kind == _INCLUDE:
                self._events.append(Included(self._parser.CurrentLineNumber, attributes.get("href", "")))
            else:
                self._events.append(Other(namespace if local == "query" else local))

    def _note(self, kind: str, attributes: Mapping[str, str]) -> None:
        if kind == "host":
            self._host = attributes.get("jid")
        elif kind == "user":
            name, password = attributes.get("name"), attributes.get("password")
            self._events.append(User(self._parser.CurrentLineNumber, self._host, name, password))

    def _build(self, name: str, attributes: Mapping[str, str]) -> None:
        self._grow(len(name) + sum(len(key) + len(value) for key, value in attributes.items()))
        self._builder.start(_tag(name), {_tag(key): value for key, value in attributes.items()})

    def _text(self, data: str) -> None:
        if self._built:
            self._grow(len(data))
            self._builder.data(data)

    def _end(self, name: str) -> None:
        if self._built:
            self._builder.end(_tag(name))
            if self._depth == self._built:
                self._built = 0
                self._events.append(Part(self._line, self._builder.close()))
        elif self._passed_over:
            if self._depth == self._passed_over:
                self._passed_over = 0
        elif self._where.pop() == "user":
            self._events.append(UserEnd())
        self._depth -= 1

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_PART_BYTES:
            self._fail(f"An entry or a request is longer than {MAX_PART_BYTES} bytes.")

    def _refuse_doctype(self, *_: object) -> None:
        self._fail("It has a document type (<!DOCTYPE), which no export has and which could make entities.")

    def _fail(self, what: str) -> NoReturn:
        raise BadExport(f"line {self._parser.CurrentLineNumber}: {what}")


_QUERY = f"{{{ROSTER}}}query"
#: What is entered inside what; elements of the export itself have no namespace here.
_ENTERED = {("", "server-data"), ("", "host"), ("server-data", "host"), ("host", "user"), ("user", _QUERY)}
#: What is given as an element.  Prosody leaves requests in the namespace of the export.
_BUILT = {
    (_QUERY, f"{{{ROSTER}}}item"),
    ("user", f"{{{CLIENT}}}presence"),
    ("user", "presence"),
    ("user", f"{{{SCRAM}}}scram-credentials"),
}


def _tag(name: str) -> str:
    """An expanded name as lxml has it, that of the export taken for that of clients."""
    namespace, brace, local = name.rpartition("}")
    if not brace:
        return name
    return f"{{{CLIENT if namespace in _EXPORT else namespace}}}{local}"
