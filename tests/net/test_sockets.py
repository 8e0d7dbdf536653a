"""Writing without a delay: whatever the socket takes, every byte goes once and in its place."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.tcp import Connection

from rosterkit.net import sockets


class Socket:
    """Takes so many bytes of each call, and fails after so many calls."""

    def __init__(self, takes: int, calls: int = 1 << 30) -> None:
        self.taken = b""
        self._takes = takes
        self._calls = calls

    def send(self, data: bytes) -> int:
        """Take some."""
        self._calls -= 1
        if self._calls < 0 or not self._takes:
            raise BlockingIOError
        self.taken += data[: self._takes]
        return min(len(data), self._takes)

    def sendmsg(self, pieces: list[bytes]) -> int:
        """Take some of all of them."""
        return self.send(b"".join(pieces))


class Transport(Connection):
    """One of Twisted's, with nothing in its buffers; what is left to it is kept."""

    TLS = False

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.dataBuffer, self._tempDataBuffer = b"", []
        self.left: list[bytes] = []

    def writeSequence(self, pieces: Any) -> None:
        """As Twisted does, which looks at all of them before it takes them."""
        assert all(isinstance(piece, bytes) for piece in pieces)
        self.left += pieces


@given(st.lists(st.binary(max_size=40_000), max_size=70), st.integers(0, 100_000))
def test_every_byte_goes_once(pieces: list[bytes], takes: int) -> None:
    """At once what the socket takes, the rest through the transport; short pieces and long ones, few and many."""
    transport = Transport(Socket(takes))
    sockets.write(transport, pieces)
    assert transport.socket.taken + b"".join(transport.left) == b"".join(pieces)
    assert len(transport.socket.taken) == min(takes, len(b"".join(pieces)))


def test_after_an_error_the_transport_has_it_all() -> None:
    """It meets the error again, and ends the connection."""
    transport = Transport(Socket(10, calls=0))
    sockets.write(transport, [b"<presence/>"])
    assert transport.left == [b"<presence/>"]


def test_nothing_overtakes_what_waits() -> None:
    """Where the transport holds something already, the socket is not asked."""
    transport = Transport(Socket(1000))
    transport.dataBuffer = b"<iq"
    sockets.write(transport, [b"/>"])
    assert (transport.socket.taken, transport.left) == (b"", [b"/>"])
