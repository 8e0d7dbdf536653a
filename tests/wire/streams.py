"""Streams for the tests of the reader and of both directions of stanzas: headers, cuts, and trees to compare."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from rosterkit.wire.reader import Opened, Reader

CLIENT = "jabber:client"
COMPONENT = "jabber:component:accept"
XML = "http://www.w3.org/XML/1998/namespace"


def header(namespace: str = CLIENT, more: str = "") -> bytes:
    """A stream header as a client sends it."""
    return (
        f"<?xml version='1.0'?><stream:stream xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'"
        f" to='example.net' version='1.0'{more}>"
    ).encode()


HEADER = header()
END = b"</stream:stream>"

#: Every character that XML can carry.
CHARACTERS = st.sampled_from("\t\n\r '\"&<>]=;\x7f\x85\u2028\ufffd\U00010000\U0010fffd") | st.characters(
    exclude_categories=["Cs"], exclude_characters=[*map(chr, range(0x20)), "\ufffe", "\uffff"]
)
TEXTS = st.text(CHARACTERS, max_size=6)

NAMESPACES = st.sampled_from(["", CLIENT, COMPONENT, "urn:x", "vcard-temp", XML])
NAMES = st.builds("{{{}}}{}".format, NAMESPACES, st.sampled_from(["a", "b", "iq", "\u00e9l\u00e8ve", "x.y-z_1"])).map(
    lambda name: name.removeprefix("{}")
)
ATTRIBUTES = st.dictionaries(NAMES | st.just(f"{{{XML}}}lang"), TEXTS, max_size=2)
#: Elements as :func:`tree` gives them.
TREES: st.SearchStrategy[tuple[Any, ...]] = st.recursive(
    st.tuples(NAMES, ATTRIBUTES, TEXTS, st.just([])),
    lambda inner: st.tuples(NAMES, ATTRIBUTES, TEXTS, st.lists(st.tuples(inner, TEXTS), max_size=3)),
    max_leaves=6,
)


def written(value: tuple[Any, ...]) -> str:
    """An element in the plainest way there is: every namespace declared where it stands, each character by number."""
    tag, items, text, children = value
    attributes = ""
    for number, (key, content) in enumerate(items.items()):
        namespace, _, name = key.rpartition("}")
        prefix = "xml:" if namespace[1:] == XML else f"p{number}:" if namespace else ""
        attributes += f" xmlns:p{number}='{namespace[1:]}'" if prefix.startswith("p") else ""
        attributes += f" {prefix}{name}='{numbered(content)}'"
    namespace, _, name = tag.rpartition("}")
    begin = f"xml:{name}" if namespace[1:] == XML else f"{name} xmlns='{namespace[1:]}'"
    inside = "".join(written(child) + numbered(tail) for child, tail in children)
    return f"<{begin}{attributes}>{numbered(text)}{inside}</{begin.partition(' ')[0]}>"


def numbered(text: str) -> str:
    """Each character as a reference."""
    return "".join(f"&#{ord(character)};" for character in text)


def tree(element: Any) -> tuple[Any, ...]:
    """An element as a value: name, attributes, text, and children with the text behind each."""
    return (
        element.tag,
        dict(element.items()),
        element.text or "",
        [(tree(child), child.tail or "") for child in element],
    )


def events(pieces: Iterable[bytes], limit: int = 262_144) -> list[Any]:
    """What a reader makes of ``pieces``, elements as values."""
    reader = Reader(limit)
    return [
        tree(event) if isinstance(event, etree._Element) else event for data in pieces for event in reader.feed(data)
    ]


def cut(data: bytes, size: int) -> list[bytes]:
    """``data`` in pieces of ``size`` bytes."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def elements(data: bytes, namespace: str = CLIENT) -> list[Any]:
    """The children that a stream of ``namespace`` with ``data`` in it has; fails where there is an error."""
    opened, *found = Reader(10_000_000).feed(header(namespace) + data)
    assert isinstance(opened, Opened)
    for element in found:
        assert isinstance(element, etree._Element), element
    return found


def element(data: bytes, namespace: str = CLIENT) -> Any:
    """The one child that ``data`` is."""
    (found,) = elements(data, namespace)
    return found
