"""Headers of streams: what they say is the same the first time and every other time."""

from __future__ import annotations

import pytest
from lxml import etree

from rosterkit.errors import STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, StreamError
from rosterkit.wire import document, header
from rosterkit.wire.header import Opened

HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='x.test' "
    b"version='1.0' xml:lang='de'>"
)
OPENED = Opened(
    "{http://etherx.jabber.org/streams}stream",
    "jabber:client",
    {"to": "x.test", "version": "1.0", "{http://www.w3.org/XML/1998/namespace}lang": "de"},
)
NAMESPACES = {None: "jabber:client", "stream": "http://etherx.jabber.org/streams"}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is parsed during the test; nothing is remembered from before."""
    header._remembered.cache_clear()
    seen: list[bytes] = []
    read = document.read
    monkeypatch.setattr(document, "read", lambda data, *rest: seen.append(data) or read(data, *rest))
    return seen


def test_it_is_parsed_once(parsed: list[bytes]) -> None:
    """What it says, and the start tag in which stanzas are read, are remembered together."""
    for _ in range(3):
        found = header.read(HEADER, True)
        assert not isinstance(found, StreamError)
        opened, inside = found
        assert (opened.tag, opened.default_namespace, dict(opened.attributes)) == tuple(OPENED)
        assert etree.fromstring(inside + b"</s>").nsmap == NAMESPACES
        assert opened.is_xmpp_1
    assert len(parsed) == 1


def test_nobody_can_change_what_others_are_told() -> None:
    """The remembered attributes are read only."""
    found = header.read(HEADER, True)
    assert not isinstance(found, StreamError)
    with pytest.raises(TypeError):
        found[0].attributes["to"] = "y.test"  # type: ignore[index]


def test_a_long_one_is_not_remembered(parsed: list[bytes]) -> None:
    """What many strangers send must not take memory."""
    long = HEADER.replace(b"x.test", b"x" * 600)
    assert header.read(long, True) == header.read(long, True)
    assert len(parsed) == 2
    for number in range(1_000):
        header.read(HEADER.replace(b"x.test", b"x%d.test" % number), True)
    assert header._remembered.cache_info().currsize == 64


def test_a_wrong_one_is_as_wrong_the_second_time() -> None:
    """Errors are remembered as well; whether it is passed on makes a difference."""
    for _ in range(2):
        found = header.read(b"<a b='1' b='2'>", False)
        assert isinstance(found, StreamError)
        assert found.condition == STREAM_NOT_WELL_FORMED.condition
    new = "<s \u2070='1'>".encode()
    for _ in range(2):
        assert isinstance(header.read(new, False), tuple)
        found = header.read(new, True)
        assert isinstance(found, StreamError)
        assert found.condition == STREAM_POLICY_VIOLATION.condition
