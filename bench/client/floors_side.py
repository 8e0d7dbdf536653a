"""The floors: the roster's bytes through a bare parser, that makes nothing of them.

The second argument says which: ``expat`` with handlers that do nothing, ``lxml`` with its pull parser and every
element looked at, ``domish`` as Twisted's streams use it.  Only the roster is measured.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from side import Side

Feed = Callable[[bytes], object]


def expat() -> tuple[Feed, Callable[[], int]]:
    """Expat with namespaces and the three handlers that any client needs."""
    from xml.parsers.expat import ParserCreate

    parser = ParserCreate(namespace_separator=" ")
    starts = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal starts
        starts += 1

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: None
    parser.CharacterDataHandler = lambda text: None
    parser.buffer_text = True
    return parser.Parse, lambda: starts


def lxml() -> tuple[Feed, Callable[[], int]]:
    """The pull parser of lxml; the tree of the roster is built."""
    from lxml.etree import XMLPullParser

    parser = XMLPullParser(events=("end",))
    ends = 0

    def feed(data: bytes) -> None:
        nonlocal ends
        parser.feed(data)
        for _ in parser.read_events():
            ends += 1

    return feed, lambda: ends


def domish() -> tuple[Feed, Callable[[], int]]:
    """Twisted's element stream; the tree of the roster is built."""
    from twisted.words.xish import domish as twisted_domish

    stream = twisted_domish.elementStream()
    stanzas = []
    stream.DocumentStartEvent = stream.DocumentEndEvent = lambda *_: None
    stream.ElementEvent = stanzas.append
    return stream.parse, lambda: sum(1 for _ in stanzas[-1].firstChildElement().elements())


FLOORS = {"expat": expat, "lxml": lxml, "domish": domish}


def main() -> None:
    """Measure the floor that was asked for."""
    kind = sys.argv[2]
    feed, count = FLOORS[kind]()
    side = Side(f"({kind} alone)")
    for chunk in side.chunks("header"):
        feed(chunk)
    before = count() if kind != "domish" else 0
    chunks = side.chunks("roster", "roster")
    with side.measured("roster"):
        for chunk in chunks:
            feed(chunk)
    entries = side.expected["entries"]
    # An iq and a query, and for each entry an item and its two groups.
    side.check("elements", count() - before, entries if kind == "domish" else 3 * entries + 2)
    side.finish()


if __name__ == "__main__":
    main()
