"""The client's side of a WebSocket on a fake wire: with our own server's side, and with answers of all kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, Pong, Request, TextMessage

from rosterkit.wire.websocket import HEAD_LIMIT, WebSocket
from rosterkit.wire.websocket_client import Answer, Fault, Left, Message, Received, WebSocketClient

LIMIT = 10_000


class Pair:
    """A client of ours and wsproto's server at its other end; ``read`` holds what the server was sent."""

    def __init__(self, subprotocol: str | None = "xmpp", host: str = "localhost:5280") -> None:
        self.client = WebSocketClient(host, "/xmpp-websocket", LIMIT)
        self.server = WSConnection(ConnectionType.SERVER)
        self.read: list[Event] = []
        self.take(self.client.open())
        self.found = self.send(AcceptConnection(subprotocol=subprotocol))

    def take(self, data: bytes) -> None:
        """Let the server read what the client sends."""
        self.server.receive_data(data)
        self.read += self.server.events()

    def give(self, data: bytes, size: int = 0) -> list[Received]:
        """What the client makes of ``data``, in pieces of ``size`` bytes; its answers reach the server."""
        size = size or max(1, len(data))
        found = [each for at in range(0, len(data), size) for each in self.client.receive(data[at : at + size])]
        for received in found:
            if isinstance(received, Answer):
                self.take(received.data)
        return found

    def send(self, *events: Event, size: int = 0) -> list[Received]:
        """What the client makes of events of the server, in one packet."""
        return self.give(b"".join(bytes(self.server.send(event)) for event in events), size)


def test_the_request() -> None:
    """RFC 7395 §3.1: the path, the host and the subprotocol, no extension."""
    request = Pair().read[0]
    assert isinstance(request, Request)
    assert (request.target, request.host) == ("/xmpp-websocket", "localhost:5280")
    assert (request.subprotocols, request.extensions) == (["xmpp"], [])


def test_it_is_open_when_it_is_granted() -> None:
    """Not before, and nothing is to be read then."""
    assert not WebSocketClient("localhost", "/", LIMIT).is_open
    pair = Pair()
    assert pair.client.is_open
    assert pair.found == []


@pytest.mark.parametrize("size", [0, 1], ids=["whole", "bytewise"])
def test_it_speaks_with_our_own_server(size: int) -> None:
    """Both sides agree about messages in both directions, about pings and about the end."""
    client, server = WebSocketClient("localhost", "/ws", LIMIT), WebSocket(LIMIT)
    (answer,) = server.receive(client.open())
    assert isinstance(answer, Answer)
    data = answer.data + server.message("<a>\u00e9</a>".encode()) + server.close()
    size = size or len(data)
    found = [each for at in range(0, len(data), size) for each in client.receive(data[at : at + size])]
    assert found == [Message("<a>\u00e9</a>".encode()), Left()]
    assert client.close()
    client = WebSocketClient("localhost", "/ws", LIMIT)
    server = WebSocket(LIMIT)
    (answer,) = server.receive(client.open())
    assert isinstance(answer, Answer)
    assert list(client.receive(answer.data)) == []
    assert list(server.receive(client.message(b"<b/>") + client.close())) == [Message(b"<b/>"), Left()]


def test_frames_are_masked() -> None:
    """RFC 6455 §5.3: each frame of a client is."""
    pair = Pair()
    assert pair.client.message(b"<a/>")[1] & 0x80
    assert pair.client.close()[1] & 0x80


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_message_comes_whole_however_it_was_cut(size: int) -> None:
    """Fragments are put together, and a ping is answered in between."""
    pair = Pair()
    frames = [TextMessage("<a>\u00e9", message_finished=False), Ping(b"?"), TextMessage("</a>")]
    found = pair.send(*frames, size=size)
    assert [type(each) for each in found] == [Answer, Message]
    assert found[-1] == Message("<a>\u00e9</a>".encode())
    assert pair.read[-1] == Pong(b"?")


def test_a_message_may_have_the_limit_and_not_a_byte_more() -> None:
    """A server cannot fill our memory."""
    pair = Pair()
    assert pair.send(TextMessage("x" * LIMIT)) == [Message(b"x" * LIMIT)]
    (fault,) = pair.send(TextMessage("x" * LIMIT, message_finished=False), TextMessage("x"))
    assert isinstance(fault, Fault)
    assert "may have 10000 bytes" in fault.error.text
    assert pair.send(TextMessage("late")) == []


def test_the_servers_closing_is_answered() -> None:
    """With its code; nothing is read after it."""
    pair = Pair()
    assert pair.send(TextMessage("<a/>"), CloseConnection(1001, "bye")) == [Message(b"<a/>"), Left()]
    pair.take(pair.client.close())
    assert pair.read[-1].code == 1001  # type: ignore[union-attr]


def answer(*changes: tuple[str, str]) -> bytes:
    """The answer to the key of the example in RFC 6455 §1.3; ``changes`` replace texts in it."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: x",
        "Sec-WebSocket-Protocol: xmpp",
    ]
    text = "\r\n".join([*lines, "", ""])
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode("latin-1")


REFUSALS = {
    "a stream": (b"<?xml version='1.0'?><stream:stream>", "speaks no HTTP"),
    "TLS": (b"\x15\x03\x01\0\x02\x02F", "speaks no HTTP"),
    "not found": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nNo", "with the HTTP status 404"),
    "another place": (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "the HTTP status 302"),
    "a page": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nNo", "the HTTP status 200"),
    "a wrong key": (answer(), "Bad accept token"),
    "no upgrade": (answer(("Upgrade: websocket", "X: y")), "Upgrade"),
    "no connection": (answer(("Connection: Upgrade", "X: y")), "Connection"),
    "no HTTP at all": (b"HTTP/7.9 x\r\n\r\n", "Bad HTTP message"),
    "a header that is none": (answer(("Upgrade:", "Upgrade")), "Bad HTTP message"),
    "bytes in the subprotocol": (answer(("Protocol: xmpp", "Protocol: \xff")), "cannot be read"),
    "an endless head": (b"HTTP/1.1 101 " + b"x" * HEAD_LIMIT, "more than 16384 bytes"),
    "a long head": (b"HTTP/1.1 101 OK\r\nX: " + b"x" * HEAD_LIMIT + b"\r\n\r\n", "more than 16384 bytes"),
}


@pytest.mark.parametrize("size", [0, 1], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_no_upgrade_is_a_sentence(name: str, size: int) -> None:
    """It is told once, nothing is read after it, and nothing can be written."""
    data, said = REFUSALS[name]
    client = WebSocketClient("localhost", "/ws", LIMIT)
    client.open()
    size = size or len(data)
    (fault,) = [each for at in range(0, len(data), size) for each in client.receive(data[at : at + size])]
    assert isinstance(fault, Fault)
    assert said in fault.error.text
    assert not client.is_open
    assert list(client.receive(data)) == []
    assert client.message(b"<a/>") == client.close() == b""


@pytest.mark.parametrize("subprotocol", [None, "chat"])
def test_a_websocket_for_something_else(subprotocol: str | None) -> None:
    """RFC 7395 §3.1: a server that does not take xmpp is not spoken to."""
    client = WebSocketClient("localhost", "/chat", LIMIT)
    server = WSConnection(ConnectionType.SERVER)
    server.receive_data(client.open().replace(b": xmpp", b": xmpp, chat"))
    list(server.events())
    (fault,) = client.receive(server.send(AcceptConnection(subprotocol=subprotocol)))
    assert isinstance(fault, Fault)
    assert "subprotocol" in fault.error.text
    assert not client.is_open


@given(st.lists(st.binary(max_size=20) | st.sampled_from([b"HTTP/1.1 101 x\r\n", b"\r\n\r\n", b"Upgrade: "])))
def test_no_answer_brings_it_down(packets: list[bytes]) -> None:
    """Whatever comes before the upgrade or behind it, there are values."""
    for client in (WebSocketClient("localhost", "/", LIMIT), Pair().client):
        for packet in packets:
            list(client.receive(packet))
        client.message(b"<a/>")
        client.close()
