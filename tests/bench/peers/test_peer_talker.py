"""The raw client: what it takes for a stanza, and that a wrong answer is told."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.peers.talker import Talker, WrongError, attribute


@contextmanager
def talking() -> Iterator[tuple[Talker, socket.socket, list[int]]]:
    """A talker, the other end, and the sizes that it tells."""
    sizes: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        talker = Talker(listening.getsockname()[1], lambda _, size: sizes.append(size))
        other, _ = listening.accept()
        with other:
            yield talker, other, sizes
        talker.close()


def test_stanzas_come_whole() -> None:
    """However they were cut on their way."""
    with talking() as (talker, other, _):
        other.sendall(b"<iq type='result' id='a'/><iq type='set' id='b'><query><item/></que")
        assert talker.next() == b"<iq type='result' id='a'/>"
        other.sendall(b"ry></iq>")
        assert talker.get(b"<iq", b"set") == b"<iq type='set' id='b'><query><item/></query></iq>"


def test_another_answer_is_an_error() -> None:
    """With what was awaited and what came; so is the end of the connection."""
    with talking() as (talker, other, _):
        other.sendall(b"<iq type='error' id='a'/>")
        with pytest.raises(WrongError, match=r"result.*error"):
            talker.get(b"<iq", b"result")
        other.close()
        with pytest.raises(WrongError, match="closed"):
            talker.next()


def test_sizes_are_told() -> None:
    """What was sent counts up, what came counts down."""
    with talking() as (talker, other, sizes):
        talker.send(b"12345")
        other.sendall(b"<presence/>")
        talker.next()
        assert sizes == [5, -11]


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        (b"<iq id='a' type='set'/>", b"a"),
        (b'<iq type="set" id="a"><x id="b"/></iq>', b"a"),
        (b"<iq type='set'><x id='b'/></iq>", b""),
        (b"<iq xid='b' id='a'/>", b"a"),
    ],
)
def test_an_attribute_is_that_of_the_first_tag(piece: bytes, value: bytes) -> None:
    """In either kind of quotes; one whose name only ends alike is another."""
    assert attribute(piece, b"id") == value
