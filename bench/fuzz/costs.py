"""What input costs as it grows: each shape at three sizes, so that nothing takes more than its length.

Times are CPU times of this process, the least of some tries.

Tests: ``tests/bench/fuzz/test_fuzz_costs.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from bench.fuzz.frames import REQUEST, frame
from bench.fuzz.targets.host import Place, settings_of
from rosterkit.core import jid
from rosterkit.errors import JidError
from rosterkit.wire import decode
from rosterkit.wire.reader import Reader
from rosterkit.wire.sasl import Exchange
from rosterkit.wire.struck import without_secrets
from rosterkit.wire.websocket import WebSocket

__all__ = ["MOST", "SHAPES", "Shape", "is_too_much", "ratio"]

#: How many times as long four times as much may take: 4 is linear, 16 quadratic.
MOST = 9.0
#: Less than this is noise, whatever the ratio (seconds).
_NOISE = 0.02
_TRIES = 3
_SIZES = (20_000, 80_000)
_HEADER = b"<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"


class Shape(NamedTuple):
    """``run`` takes what ``make`` makes for a size in bytes."""

    name: str
    make: Callable[[int], bytes]
    run: Callable[[bytes], object]


def ratio(shape: Shape, sizes: tuple[int, int] = _SIZES) -> float:
    """How many times as long the larger size takes."""
    small, large = (_seconds(shape, size) for size in sizes)
    return large / max(small, 1e-6)


def is_too_much(shape: Shape, sizes: tuple[int, int] = _SIZES) -> bool:
    """Whether it grows faster than its length; one that seems to is looked at again."""
    return all(_seconds(shape, sizes[1], 1) > _NOISE and ratio(shape, sizes) > MOST for _ in range(3))


def _seconds(shape: Shape, size: int, tries: int = _TRIES) -> float:
    data, least = shape.make(size), float("inf")
    for _ in range(tries):
        began = time.process_time()
        shape.run(data)
        least = min(least, time.process_time() - began)
    return least


def _read(data: bytes, piece: int = 0, patient: bool = False) -> None:
    reader = Reader(1 << 20, patient=patient)
    reader.feed(_HEADER)
    for at in range(0, len(data), piece or len(data)):
        for event in reader.feed(data[at : at + (piece or len(data))]):
            if not isinstance(event, tuple):
                decode.stanza(event)
                without_secrets(decode.xml(event))


def _readers() -> Iterable[tuple[str, Callable[[bytes], object]]]:
    yield "whole", _read
    yield "in packets", lambda data: _read(data, 1400)
    yield "in bits", lambda data: _read(data, 7)
    yield "patiently", lambda data: _read(data, 4096, patient=True)


def _repeated(begin: bytes, unit: bytes, end: bytes) -> Callable[[int], bytes]:
    return lambda size: begin + unit * (size // len(unit)) + end


#: Stanzas made of one thing, over and over: what a pattern, a buffer or a table might go through again and again.
_MADE_OF = {
    "text": (b"<message><body>", b"x", b"</body></message>"),
    "words that declare": (b"<message><body>", b"xmlns", b"</body></message>"),
    "prefixes that declare": (b"<message><body>", b"xmlns:", b"</body></message>"),
    "declarations in text": (b"<message><body>", b"xmlns = ", b"</body></message>"),
    "quotes that declare": (b"<message><body>", b"xmlns='\"", b"</body></message>"),
    "references": (b"<message><body>", b"&lt;", b"</body></message>"),
    "ends in text": (b"<message><body>", b"&lt;/iq>", b"</body></message>"),
    "iqs inside": (b"<message><x>", b"<iq></iq>", b"</x></message>"),
    "small elements": (b"<message>", b"<a/>", b"</message>"),
    "sections": (b"<message><body>", b"<![CDATA[x]]>", b"</body></message>"),
    "almost ends of sections": (b"<message><body><![CDATA[", b"]] ", b"]]></body></message>"),
    "an attribute": (b"<message id='", b"x", b"'/>"),
    "quotes in an attribute": (b"<message id='", b'="', b"'/>"),
    "spaces in a tag": (b"<message", b" ", b"/>"),
    "spaces between": (b"", b" \n", b"<presence/>"),
    "a name": (b"<", b"x", b"/>"),
    "a tag without an end": (b"<message id='a'", b" b", b""),
    "an open quote": (b"<message id='", b'"', b""),
    "a section without an end": (b"<message><![CDATA[", b"]", b""),
    "groups": (b"<iq type='set' id='a'><query xmlns='jabber:iq:roster'><item jid='a@b'>", b"<group>a</group>",
               b"</item></query></iq>"),
    "passwords": (b"<iq type='set' id='a'><query xmlns='jabber:iq:register'>", b"<password>a</password>",
                  b"</query></iq>"),
    "fields": (b"<message><x xmlns='jabber:x:data'>", b"<field var='password'/>", b"</x></message>"),
    "zeros": (b"<presence><priority>", b"0", b"x</priority></presence>"),
    "stanzas": (b"", b"<presence/>", b""),
    "broken stanzas": (b"<message>", b"</iq ><iq>", b""),
}  # fmt: skip


_PART = frame(b"a", final=False)


def _frames(data: bytes) -> None:
    socket = WebSocket(1 << 20)
    for at in range(0, len(data), 1400):
        list(socket.receive(data[at : at + 1400]))


def _log_in(mechanism: str) -> Callable[[bytes], object]:
    return lambda data: Exchange(mechanism, "localhost", Place(settings_of(1)).credentials, "id").start(data.decode())


def _address(data: bytes) -> None:
    text = data.decode()
    for part in (f"{text}@localhost", f"a@{text}", f"a@localhost/{text}"):
        try:
            jid.bare(part)
        except JidError:
            continue


SHAPES: tuple[Shape, ...] = (
    *(
        Shape(f"{name} {how}", _repeated(*parts), run)
        for name, parts in _MADE_OF.items()
        for how, run in _readers()
        if how != "in bits" or len(name) < 8  # the slowest way, for some
    ),
    Shape("small frames", _repeated(REQUEST, frame(b"a"), b""), _frames),
    Shape("parts of a message", _repeated(REQUEST + _PART, frame(b"a", 0, final=False), b""), _frames),
    Shape("pings", _repeated(REQUEST, frame(b"a", 9), b""), _frames),
    Shape("a request's lines", _repeated(b"GET / HTTP/1.1\r\n", b"Upgrade: x\r\n", b"\r\n"), _frames),
    *(Shape(f"{name} by {unit!r}", _repeated(b"", unit, b""), _log_in(name)) for name in ("PLAIN", "SCRAM-SHA-1")
      for unit in (b"A", b"biws", b"LGE9", b"PTJD")),
    *(Shape(f"addresses of {unit!r}", _repeated(b"", unit.encode(), b""), _address)
      for unit in ("a", "a.", "-", "\u00e9", "\ufdfa", "\u3002", "@", "/", "0-")),
)  # fmt: skip
