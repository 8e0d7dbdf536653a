"""The reader: how bytes are cut makes no difference, and expat agrees on what is well-formed and what it means.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from lxml.etree import _Element

from bench.fuzz.case import Case, Played, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.streams import client_stream, component_stream, made, mutated_stream, plain_stream
from bench.fuzz.targets.target import agree, cut_up, pieces, raw_case
from bench.fuzz.xml_check import Document, Tree, tree_of
from rosterkit.core.stanza import Stanza
from rosterkit.errors import StreamError
from rosterkit.wire import decode, encode
from rosterkit.wire.reader import Closed, Opened, Reader

__all__ = ["Reading"]

_LIMIT = 10_000
#: A reader's event, or the tree of an element.
_Event: TypeAlias = Any
_SMALL = 400
#: What the reader refuses and expat does not: names of namespaces, the version of XML, comments behind the end.
_STRICTER = (
    "is not a valid URI).",
    "The XML declaration is wrong; send <?xml version='1.0'?> or none.",
    "Nothing may follow the end of a stream.",
)
_NS_DECLARED = b"<s xmlns='jabber:client'>"


class Reading:
    """Whole streams as bytes; every step is a piece."""

    name = "reader"
    share = 0.22
    deep = "stanzas", 0.2

    def make(self, chance: Chance) -> Case:
        """A stream of a client or a component, cut anywhere."""
        parts = chance.choice((plain_stream, plain_stream, plain_stream, client_stream, component_stream))(chance)
        mutated = chance.random() < 0.95
        data = b"".join(mutated_stream(parts, chance) if mutated else made(parts, chance))
        return cut_up(data, chance, mutated)

    def from_bytes(self, data: bytes) -> Case:
        """The bytes are the stream."""
        return raw_case(data)

    def play(self, case: Case) -> Played:
        """Read it in every way that there is."""
        data = b"".join(pieces(case))
        reader, elements = _reader(), []
        whole: list[_Event] = []
        for event in reader.feed(data):
            if isinstance(event, _Element):
                elements.append(event)
            whole.append(_shown(event))
        agree("in pieces or whole", whole, _read(_reader(), pieces(case)))
        agree("step by step or at once", whole, _stepwise(_reader(stepwise=True), data))
        if len(data) <= _SMALL:
            agree("byte by byte or whole", whole, _read(_reader(), (bytes((byte,)) for byte in data)))
        patient = _read(_reader(patient=True), pieces(case))
        agree("patient or not", whole[: len(patient)], patient)
        _compare(data, whole, waits=not (reader.between or Closed() in whole))
        for element in elements:
            _check_writing(element)
        return Played(tuple(_phases(whole)))


def _reader(stepwise: bool = False, patient: bool = False) -> Reader:
    """As a server reads what it will pass on: nothing that expat could not."""
    return Reader(_LIMIT, stepwise, patient, passed_on=True)


def _shown(event: _Event) -> _Event:
    return tree_of(event) if isinstance(event, _Element) else event


def _read(reader: Reader, parts: Iterable[bytes]) -> list[_Event]:
    return [_shown(event) for part in parts for event in reader.feed(part)]


def _stepwise(reader: Reader, data: bytes) -> list[_Event]:
    found: list[_Event] = []
    while events := reader.feed(data):
        found.append(_shown(events[0]))
        data = reader.rest
    return found


def _phases(whole: list[_Event]) -> Iterable[str]:
    if whole and isinstance(whole[0], Opened):
        yield "opened"
    if sum(1 for event in whole if not isinstance(event, Opened | Closed | StreamError)) >= 3:
        yield "stanzas"
    if whole and isinstance(whole[-1], Closed):
        yield "closed"
    if whole and isinstance(whole[-1], StreamError):
        yield whole[-1].condition


def _compare(data: bytes, whole: list[_Event], waits: bool) -> None:
    """Where the reader finds nothing wrong, expat finds nothing either, and the same elements; and the other way.

    What ``waits`` for more bytes the reader has not judged yet.
    """
    document = Document()
    document.feed(data)
    error = whole[-1] if whole and isinstance(whole[-1], StreamError) else None
    trees = [event for event in whole if not isinstance(event, Opened | Closed | StreamError)]
    if document.error is not None and error is None and not waits:
        raise WrongError(f"expat refuses what the reader took: {document.error}.")
    agree("the reader and expat", trees, document.children[: len(trees)])
    if error is not None and error.condition == "not-well-formed" and not error.text.endswith(_STRICTER):
        document.feed(b"", final=True)
        if document.error is None:
            raise WrongError(f"expat takes what the reader refuses as {error.text!r}.")


def _check_writing(element: _Element) -> None:
    """What is passed on means the same: written, and read by expat, it is the same tree again."""
    agree("an element and what is written of it", [_spaceless(tree_of(element))], [_reread(decode.xml(element))])
    stanza = decode.stanza(element)
    if isinstance(stanza, Stanza) and stanza.fault is None:  # others are answered and never passed on
        _reread(encode.stanza(stanza, "juliet@localhost/a"))


def _reread(data: bytes) -> Tree:
    document = Document()
    document.feed(_NS_DECLARED + data + b"</s>", final=True)
    if document.error is not None or len(document.children) != 1:
        raise WrongError(f"What is written is not one element: {document.error}: {data!r:.300}")
    return _spaceless(document.children[0])


def _spaceless(tree: Tree) -> Tree:
    """Without the difference between the content namespaces, which a body is written free of."""
    tag, attributes, text, children = tree
    tag = tag.replace("{jabber:component:accept}", "{jabber:client}", 1)
    return tag, attributes, text, [(_spaceless(child), tail) for child, tail in children]
