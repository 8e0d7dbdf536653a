"""The component's end of the connection, between a stream and the network."""

from __future__ import annotations

from pathlib import Path

import pytest
from joined import JULIET, NURSE, Joined
from lxml import etree

from rosterkit.core.stanza import Message
from rosterkit.errors import STREAM_INTERNAL_SERVER_ERROR
from rosterkit.peer.link import MOST_UNREAD
from rosterkit.wire.handshake import ComponentStream


@pytest.fixture
def joined(tmp_path: Path) -> Joined:
    """A peer that the server has taken."""
    one = Joined(tmp_path)
    one.start()
    return one


def server_says(joined: Joined, xml: str) -> None:
    """Bytes come from the server, whatever they are."""
    joined.wire.ends[-1].arrive(xml.encode())
    joined.later()


def test_what_comes_with_the_handshake_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may say something to a contact in the same bytes, in which that has just begun."""
    asked = f"<presence type='subscribe' from='{JULIET}' to='{NURSE}'/>".encode()
    shake = ComponentStream._shake

    def eager(stream: ComponentStream, digest: str) -> list[object]:
        (answer,) = shake(stream, digest)
        return [answer._replace(data=answer.data + asked)]  # type: ignore[union-attr]

    monkeypatch.setattr(ComponentStream, "_shake", eager)
    joined = Joined(tmp_path)
    joined.start()
    assert any("type='subscribed'" in one for one in joined.passed("c1"))


def test_without_a_server_nothing_is_written(joined: Joined) -> None:
    """Nor remembered as if it had been, nor written to the next one."""
    joined.goes_down()
    before = len(joined.passed("c1"))
    assert joined.service.link.emit("message", b"<message/>") is False
    joined.service.link.flush()
    assert len(joined.passed("c1")) == before
    joined.comes_up()
    joined.later(5)
    assert "<message/>" not in "".join(joined.passed("c1"))


def test_behind_the_end_nothing_is_written(joined: Joined) -> None:
    """From the moment in which the end of the stream is said there is no way for a stanza."""
    joined.service.connection.xmlstream.sendFooter()
    assert joined.service.link.emit("message", b"<message/>") is False
    assert joined.network.world.unreachable("localhost") is not None


def test_a_mistake_in_the_rules_costs_the_stream_and_not_the_peer(
    joined: Joined, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is told internal-server-error, and the peer comes back."""
    user = joined.befriended()

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("rosterkit.core.outbound.from_elsewhere", fails)
        server_says(joined, f"<message from='{JULIET}' to='{NURSE}'/>")
    assert "out <error" in "".join(joined.passed("c1")) or "internal-server-error" in "".join(joined.passed("c1"))
    joined.later(5)
    assert joined.service.link.is_up
    assert f"available from {NURSE}/rosterkit" in user.take()


@pytest.mark.parametrize(
    "stanza",
    [
        "<message/>",
        "<message from='juliet@localhost'/>",
        "<message to='nurse@contacts.test'/>",
        "<message from='@' to='nurse@contacts.test'/>",
        "<message from='juliet@localhost' to='@'/>",
        "<message from='nurse@contacts.test' to='nurse@contacts.test'/>",
        "<message from='juliet@localhost' to='romeo@localhost'/>",
        "<iq type='get' from='juliet@localhost' to='nurse@contacts.test'/>",
        "<iq type='nonsense' id='1' from='juliet@localhost' to='nurse@contacts.test'/>",
        "<presence type='nonsense' from='juliet@localhost' to='nurse@contacts.test'/>",
        "<message xmlns='jabber:client' from='juliet@localhost' to='nobody@contacts.test'><x xmlns='y'/></message>",
        "<unknown/>",
    ],
)
def test_nothing_that_a_server_says_stops_it(joined: Joined, stanza: str) -> None:
    """What cannot be for a contact is dropped or answered; the next stanza is taken."""
    server_says(joined, stanza)
    server_says(joined, f"<presence type='subscribe' from='{JULIET}' to='{NURSE}'/>")
    assert joined.service.link.is_up
    assert any("type='subscribed'" in one for one in joined.passed("c1"))


def test_who_takes_a_stanza_keeps_it_from_the_network(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is remembered all the same."""
    taken: list[etree._Element] = []

    def take(element: etree._Element, stanza: object) -> bool:
        taken.append(element)
        return isinstance(stanza, Message)

    monkeypatch.setattr(joined.service.link._privileges, "take", take)
    server_says(joined, f"<message from='{JULIET}' to='{NURSE}'><body>x</body></message>")
    server_says(joined, f"<presence from='{JULIET}' to='{NURSE}'/>")
    assert [element.get("from") for element in taken] == [JULIET, JULIET]
    assert [one.partition(" from")[0] for one in joined.passed("c1")[-2:]] == ["in <message", "in <presence"]
    assert not any(one.startswith("out <message") for one in joined.passed(None))
    assert any(one.startswith("out <presence") for one in joined.passed(None))


def test_an_error_that_the_network_closes_with_ends_the_stream(joined: Joined) -> None:
    """Another stream follows."""
    joined.service.link.close(STREAM_INTERNAL_SERVER_ERROR)
    joined.later()
    assert not joined.service.link.is_up
    joined.later(1)
    assert joined.service.link.is_up and joined.wire.attempts == 2


def test_a_server_that_does_not_read_is_given_up(joined: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much waits for it: the connection is cut, which is said, and the peer comes back."""
    attempts = joined.wire.attempts
    with monkeypatch.context() as stuck:
        stuck.setattr("rosterkit.peer.link.unsent", lambda _: MOST_UNREAD + 1)
        server_says(joined, f"<presence type='subscribe' from='{JULIET}' to='{NURSE}'/>")
        joined.later(0.1)
        assert not joined.service.link.is_up
    assert any(f"{MOST_UNREAD + 1} bytes wait" in note for note in joined.notes())
    joined.later(10)
    assert joined.service.link.is_up
    assert joined.wire.attempts == attempts + 1
