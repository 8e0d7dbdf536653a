"""A light raw XMPP client: one blocking socket, stanzas cut out of the bytes, nothing parsed.

It keeps the sizes of what it sent and got where somebody listens: that is what a floor replays.

Tests: ``tests/bench/peers/test_peer_talker.py``.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Callable

from bench.clients import wording
from bench.clients.cutting import Cutter
from bench.clients.proving import Scram, plain
from bench.peers.seeds import PASSWORD

__all__ = ["Talker", "WrongError", "attribute"]

_SESSION = b"<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
_SECONDS = 20.0


class WrongError(Exception):
    """A server has answered something else than it should; the text says what."""


class Talker:
    """One connection.  Every wait ends after 20 seconds with TimeoutError.

    ``told`` is called with ``(this, size)`` for what was sent and ``(this, -size)`` for what came.
    """

    def __init__(self, port: int, told: Callable[[Talker, int], None] | None = None) -> None:
        self._told = told
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._cutter = Cutter()
        self._came: deque[bytes] = deque()
        self._count = 0

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""
        if self._told is not None:
            self._told(self, len(data))
        self._socket.sendall(data)

    def next(self) -> bytes:
        """The next stanza, header or end.  Raises :class:`WrongError` where the connection ends first."""
        while not self._came:
            data = self._socket.recv(1 << 20)
            if not data:
                raise WrongError("The server has closed the connection.")
            if self._told is not None:
                self._told(self, -len(data))
            self._came += self._cutter.feed(data)
        return self._came.popleft()

    def get(self, begin: bytes, *parts: bytes) -> bytes:
        """The next stanza; raises :class:`WrongError` where it does not begin so, or lacks a part."""
        piece = self.next()
        if not piece.startswith(begin) or not all(part in piece for part in parts):
            raise WrongError(f"Awaited {begin!r} with {parts!r}; got {piece[:500]!r}")
        return piece

    def until(self, begin: bytes, *parts: bytes) -> bytes:
        """The first stanza that begins so and has all parts; others before it are dropped."""
        while True:
            piece = self.next()
            if piece.startswith(begin) and all(part in piece for part in parts):
                return piece

    # What clients do

    def login(self, name: str, resource: str, mechanism: str = "PLAIN") -> None:
        """Authenticate and bind."""
        self._open()
        if mechanism == "PLAIN":
            self.send(wording.AUTH % (b"PLAIN", plain(name, PASSWORD)))
            self.get(b"<success")
        else:
            scram = Scram(mechanism, name, PASSWORD)
            self.send(wording.AUTH % (mechanism.encode(), scram.first()))
            self.send(wording.RESPONSE % scram.respond(wording.text(self.get(b"<challenge"))))
            if not scram.is_proved(wording.text(self.get(b"<success"))):
                raise WrongError("The server has not proved that it knows the password.")
        features = self._open()
        self._ask(b"set", b"bind", wording.BIND % resource.encode())
        self.get(b"<iq", b"bind", b"/" + resource.encode() + b"</jid>")
        if b"<session" in features and b"<optional" not in features:
            self._ask(b"set", b"session", _SESSION)
            self.get(b"<iq", b"session")

    def _open(self) -> bytes:
        self._cutter = Cutter()
        self.send(wording.HEADER)
        while b"features" not in (piece := self.next())[:20]:
            if piece.startswith((b"<stream:error", b"</")):
                raise WrongError(f"The server ended the stream: {piece!r}")
        return piece

    def _ask(self, kind: bytes, id_: bytes, payload: bytes, address: bytes = b"") -> None:
        self.send(b"<iq type='%s' id='%s'%s>%s</iq>" % (kind, id_, address, payload))

    def roster(self) -> bytes:
        """Fetch the roster."""
        self._count += 1
        id_ = b"get%d" % self._count
        self._ask(b"get", id_, wording.ROSTER)
        return self.until(b"<iq", id_)

    def come_online(self) -> None:
        """Fetch the roster, send initial presence and wait for it to come back."""
        self.roster()
        self.send(b"<presence/>")
        self.until(b"<presence")

    def ping(self) -> None:
        """Wait until everything that was sent before has been handled; what comes meanwhile is dropped."""
        self._count += 1
        id_ = b"fence%d" % self._count
        self._ask(b"get", id_, wording.PING, b" to='localhost'")
        self.until(b"<iq", id_)

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()


def attribute(piece: bytes, name: bytes) -> bytes:
    """The value of an attribute of the first tag; empty where it has none."""
    tag = piece[: piece.find(b">") + 1]
    found = re.search(rb"[\s]%s=(?:'([^']*)'|\"([^\"]*)\")" % name, tag)
    return (found[1] or found[2] or b"") if found else b""
