"""Frames of a WebSocket as a client sends them, right and wrong (RFC 6455 §5).

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

import struct

from bench.fuzz.chance import Chance
from bench.fuzz.mutations import mutate_bytes

__all__ = ["REQUEST", "frame", "frames", "request"]

#: The request for the upgrade.
REQUEST = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: xmpp\r\n\r\n"
)
_LINES = (
    b"Sec-WebSocket-Protocol: xmpp, xmpp\r\n", b"Sec-WebSocket-Protocol: chat\r\n",
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n", b"Sec-WebSocket-Extensions: ,\r\n",
    b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Upgrade: h2c\r\n",
    b"Connection: close\r\n", b"Sec-WebSocket-Version: 8\r\n", b"Sec-WebSocket-Key: x\r\n", b"Host: b\r\n",
    b": x\r\n", b"X:\xff\r\n", b"X: " + b"x" * 17_000 + b"\r\n", b"X: y\n", b" folded\r\n",
    b"Expect: 100-continue\r\n", b"Origin: \0\r\n",
)  # fmt: skip


def request(chance: Chance) -> bytes:
    """A request that is nearly right."""
    lines = REQUEST.splitlines(keepends=True)
    roll = chance.random()
    if roll < 0.3:
        lines.insert(chance.randrange(1, len(lines)), chance.choice(_LINES))
    elif roll < 0.5:
        del lines[chance.randrange(len(lines))]
    elif roll < 0.6:
        lines[0] = chance.choice(
            (b"POST / HTTP/1.1\r\n", b"GET / HTTP/1.0\r\n", b"GET\r\n", b"PRI * HTTP/2.0\r\n", b"\r\n", b"G\xff\r\n")
        )
    return mutate_bytes(b"".join(lines), chance) if roll >= 0.6 else b"".join(lines)


def frame(
    data: bytes, opcode: int = 1, final: bool = True, mask: bytes | None = b"\x01\x02\x03\x04", bits: int = 0
) -> bytes:
    """One frame; without ``mask`` as no client may send it."""
    masked = 0x80 if mask is not None else 0
    head = bytes(((0x80 if final else 0) | bits | opcode,))
    if len(data) < 126:
        head += bytes((masked | len(data),))
    elif len(data) < 1 << 16:
        head += bytes((masked | 126,)) + struct.pack("!H", len(data))
    else:
        head += bytes((masked | 127,)) + struct.pack("!Q", len(data))
    if mask is None:
        return head + data
    whole = mask * (len(data) // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(data, whole, strict=False))


def frames(message: bytes, chance: Chance) -> bytes:
    """A message in one frame or several, perhaps with control frames between them; sometimes with a mistake."""
    roll = chance.random()
    if roll < 0.45:
        return frame(message)
    if roll < 0.65:
        at = chance.randint(0, len(message))
        between = _control(chance) if chance.random() < 0.4 else b""
        return frame(message[:at], final=False) + between + frame(message[at:], 0)
    if roll < 0.8:
        return _control(chance) + frame(message)
    if roll < 0.9:
        return frame(
            message,
            chance.randrange(16),
            chance.random() < 0.8,
            chance.choice((None, b"\0\0\0\0")),
            chance.choice((0, 0x40)),
        )
    return mutate_bytes(frame(message), chance)


def _control(chance: Chance) -> bytes:
    data = chance.choice(
        (
            b"",
            b"x",
            b"x" * 125,
            b"x" * 126,
            b"\x03\xe8",
            b"\x03\xe8bye",
            b"\x03",
            b"\x03\xe8\xff",
            b"\xff\xff",
            b"\x00\x00",
        )
    )
    return frame(data, chance.choice((8, 9, 9, 10, 10, 11)), chance.random() < 0.9)
