"""One WebSocket on a fake wire: the upgrade, messages and their cuts, limits, and every way to be refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from rosterkit.wire.websocket import HEAD_LIMIT, Answer, Fault, Left, Message, Received, Refusal, WebSocket

LIMIT = 10_000
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


def request(*changes: tuple[str, str], first: str = "GET /xmpp-websocket HTTP/1.1") -> bytes:
    """The upgrade as a browser asks for it; ``changes`` replace texts in it."""
    lines = [
        first,
        "Host: localhost:5280",
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",
        KEY,
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: chat, xmpp",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "Origin: https://elsewhere.test",
    ]
    text = "\r\n".join([*lines, "", ""])
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode("latin-1")


class Pair:
    """A WebSocket of ours and wsproto's client at its other end; ``read`` holds what the client was sent."""

    def __init__(self, *subprotocols: str) -> None:
        self.server = WebSocket(LIMIT)
        self.client = WSConnection(ConnectionType.CLIENT)
        self.read: list[Event] = []
        self.give(self.client.send(Request("localhost", "/", subprotocols=list(subprotocols or ["xmpp"]))))

    def give(self, data: bytes, size: int = 0) -> list[Received]:
        """What the server makes of ``data``, in pieces of ``size`` bytes; its answers reach the client."""
        size = size or max(1, len(data))
        found = [each for at in range(0, len(data), size) for each in self.server.receive(data[at : at + size])]
        for received in found:
            if isinstance(received, Answer | Refusal):
                self.take(received.data)
        return found

    def take(self, data: bytes) -> None:
        """Let the client read what the server sends."""
        self.client.receive_data(data)
        self.read += self.client.events()

    def send(self, *events: Event) -> list[Received]:
        """What the server makes of events of the client, in one packet."""
        return self.give(b"".join(bytes(self.client.send(event)) for event in events))


def text(data: str, finished: bool = True) -> TextMessage:
    """A frame of a text message."""
    return TextMessage(data, message_finished=finished)


# The upgrade


def test_the_subprotocol_is_chosen_and_no_extension() -> None:
    """RFC 7395 §3.1: the answer names xmpp alone; compression is not taken, though it was offered."""
    (answer,) = WebSocket(LIMIT).receive(request())
    assert isinstance(answer, Answer)
    head = answer.data.lower()
    assert head.startswith(b"http/1.1 101 ")
    assert b"\r\nsec-websocket-protocol: xmpp\r\n" in head
    assert b"\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n" in head  # the example of RFC 6455 §1.3
    assert b"extensions" not in head


@pytest.mark.parametrize("path", ["/", "/ws", "/xmpp-websocket", "/any/other?x=1"])
def test_any_path_will_do(path: str) -> None:
    """A client that is told no path, or another one, is served."""
    (answer,) = WebSocket(LIMIT).receive(request(first=f"GET {path} HTTP/1.1"))
    assert isinstance(answer, Answer)


REFUSED = {
    "no subprotocol": (
        request(("Sec-WebSocket-Protocol: chat, xmpp", "X: y")),
        "400",
        "ask for the subprotocol xmpp",
    ),
    "another subprotocol": (request(("chat, xmpp", "XMPP")), "400", "ask for the subprotocol xmpp"),
    "a page": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "426", "connect with a WebSocket client"),
    "an upload": (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", "426", "WebSocket"),
    "another upgrade": (request(("Upgrade: websocket", "Upgrade: h2c")), "426", "connect with a WebSocket client"),
    "a method": (request(first="POST / HTTP/1.1"), "400", "Request method must be GET"),
    "an old version": (request(("Version: 13", "Version: 8")), "426", "Sec-WebSocket-Version"),
    "no version": (request(("Sec-WebSocket-Version: 13", "X: y")), "400", "Sec-WebSocket-Version"),
    "no key": (request((KEY, "X: y")), "400", "Sec-WebSocket-Key"),
    "no connection": (request(("Connection: keep-alive, Upgrade", "X: y")), "400", "Connection: Upgrade"),
    "a body": (request(("Origin:", "Content-Length: 5\r\nOrigin:")), "400", "has no body"),
    "a chunked body": (request(("Origin:", "Transfer-Encoding: chunked\r\nOrigin:")), "400", "has no body"),
    "a strange length": (request(("Origin:", "Content-Length: x\r\nOrigin:")), "400", "Bad HTTP message"),
    "bytes in the subprotocol": (request(("chat, xmpp", "\xff, xmpp")), "400", "cannot be read"),
    "a strange host": (request(("localhost:5280", "xn--a")), "400", "cannot be read"),
    "a line that is no header": (request(("Origin:", "Origin")), "400", "Bad HTTP message"),
    "no HTTP": (b"<stream:stream xmlns='jabber:client'>", "400", "what came is no HTTP"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400", "what came is no HTTP"),
    "a long request": (request(("Origin: ", "Origin: " + "x" * HEAD_LIMIT)), "431", "may have 16384 bytes"),
    "an endless request": (b"GET /" + b"x" * HEAD_LIMIT, "431", "may have 16384 bytes"),
}


@pytest.mark.parametrize("size", [0, 1], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_upgrade_to_xmpp_is_refused_with_a_sentence(name: str, size: int) -> None:
    """The answer is HTTP with a status and a reason for whoever reads it; what follows is not read."""
    data, status, said = REFUSED[name]
    socket = WebSocket(LIMIT)
    size = size or len(data)
    found = [each for at in range(0, len(data), size) for each in socket.receive(data[at : at + size])]
    (refusal,) = found
    assert isinstance(refusal, Refusal)
    head, _, body = refusal.data.decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"\r\nContent-Length: {len(body)}\r\n" in head
    assert said in body
    assert body.endswith(".\n")
    assert ("\r\nSec-WebSocket-Version: 13" in head) is (status == "426")
    assert not list(socket.receive(request()))
    assert socket.close() == b""


def test_an_http_library_reads_the_refusal() -> None:
    """A real client is told the status and the sentence."""
    pair = Pair("chat")
    (refused,) = [event for event in pair.read if isinstance(event, RejectConnection)]
    assert refused.status_code == 400


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b":", b" ", b"\xff", b"\0", b"xmpp", b"Host: ", b"Upgrade: "])
                | st.binary(max_size=4), max_size=4), st.integers(0, 300))  # fmt: skip
def test_no_request_brings_it_down(junk: list[bytes], at: int) -> None:
    """Whatever stands in a request, the answer is an upgrade, a refusal, or none yet."""
    data = request()
    found = list(WebSocket(LIMIT).receive(data[:at] + b"".join(junk) + data[at:]))
    assert all(isinstance(each, Answer | Refusal | Fault | Left) for each in found)


def test_what_follows_the_request_in_the_same_packet_is_read() -> None:
    """A client that does not wait for the answer loses nothing."""
    server, client = WebSocket(LIMIT), WSConnection(ConnectionType.CLIENT)
    opening = client.send(Request("localhost", "/", subprotocols=["xmpp"]))
    (answer,) = WebSocket(LIMIT).receive(opening)
    assert isinstance(answer, Answer)
    client.receive_data(answer.data)
    found = list(server.receive(opening + client.send(text("<a/>"))))
    assert [type(each) for each in found] == [Answer, Message]


def test_no_bytes_are_no_request_yet() -> None:
    """An empty read says nothing about what will come."""
    socket = WebSocket(LIMIT)
    assert list(socket.receive(b"")) == []
    assert [type(each) for each in socket.receive(request())] == [Answer]


# Messages


@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_message_comes_whole_however_it_was_cut(size: int) -> None:
    """Frames and packets are not messages: parts are put together, in the middle of a character too."""
    pair = Pair()
    frames = [text("<a>\u00e9", False), Ping(b"?"), text("", False), text("\U00010000", False), text("</a>")]
    data = b"".join(bytes(pair.client.send(frame)) for frame in frames)
    found = pair.give(data, size)
    assert found[-1] == Message("<a>\u00e9\U00010000</a>".encode())
    assert [type(each) for each in found] == [Answer, Message]
    assert pair.read[-1] == Pong(b"?")


def test_many_messages_come_in_their_order() -> None:
    """One packet may hold several."""
    pair = Pair()
    assert pair.send(text("1"), text(""), text("2")) == [Message(b"1"), Message(b""), Message(b"2")]


def test_a_message_may_have_the_limit_and_not_a_byte_more() -> None:
    """The bound is on the bytes of the message, in one frame or in many."""
    pair = Pair()
    assert pair.send(text("\u00e9" * (LIMIT // 2))) == [Message("\u00e9".encode() * (LIMIT // 2))]
    (fault,) = pair.send(text("x" * (LIMIT // 2), False), text("\u00e9" * (LIMIT // 4), False), text("x", False))
    assert isinstance(fault, Fault)
    assert fault.error.condition == "policy-violation"
    assert "may have 10000 bytes" in fault.error.text
    pair.take(pair.server.close())
    assert pair.read[-1] == CloseConnection(1009, "")


def test_an_oversized_message_is_refused_before_its_end() -> None:
    """A frame that says that it is long is not waited for: nothing is kept beyond the limit."""
    pair = Pair()
    frame = bytes(pair.client.send(text("x" * 1_000_000)))
    assert pair.give(frame[: LIMIT + 14]) == []
    assert [type(each) for each in pair.give(frame[LIMIT + 14 : LIMIT + 15])] == [Fault]
    assert pair.give(frame[LIMIT + 15 :]) == []


WRONG = {
    "binary": (b"\x82\x80\0\0\0\0", "bad-format", 1003),
    "a binary part": (b"\x02\x81\0\0\0\0a", "bad-format", 1003),
    "no mask": (b"\x81\x01a", "bad-format", 1002),
    "a reserved bit": (b"\xc1\x81\0\0\0\0a", "bad-format", 1002),
    "a strange opcode": (b"\x83\x80\0\0\0\0", "bad-format", 1002),
    "a continuation of nothing": (b"\x80\x81\0\0\0\0a", "bad-format", 1002),
    "a long ping": (b"\x89\xfe\0\x80\0\0\0\0", "bad-format", 1002),
    "bytes that are no UTF-8": (b"\x81\x81\0\0\0\0\xff", "not-well-formed", 1007),
    "half a character": (b"\x81\x81\0\0\0\0\xc3", "not-well-formed", 1007),
    "a wrong close": (b"\x88\x81\0\0\0\0a", "bad-format", 1002),
}


@pytest.mark.parametrize("size", [0, 1], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name", WRONG)
def test_what_breaks_the_protocol_is_an_error_with_its_code(name: str, size: int) -> None:
    """RFC 6455 §7.4.1: the stream error can still be sent, then the WebSocket closes with the code."""
    frame, condition, code = WRONG[name]
    pair = Pair()
    found = pair.give(frame + pair.client.send(text("late")), size)
    (fault,) = found
    assert isinstance(fault, Fault)
    assert fault.error.condition == condition
    pair.take(pair.server.message(b"<stream:error/>") + pair.server.close())
    assert pair.read[-2:] == [TextMessage("<stream:error/>"), CloseConnection(code, "")]


@given(st.lists(st.binary(max_size=20), max_size=4))
def test_no_bytes_bring_it_down(packets: list[bytes]) -> None:
    """Whatever follows the upgrade leads to values, and closing works afterwards."""
    pair = Pair()
    for packet in packets:
        list(pair.server.receive(packet))
    pair.server.message(b"<a/>")
    pair.server.close()
    assert list(pair.server.receive(b"\x81\x80\0\0\0\0")) == []


# Writing and closing


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_what_is_written_is_one_message(length: int) -> None:
    """Whatever its length, the client gets it in one piece."""
    pair = Pair()
    pair.take(pair.server.message(b"x" * length))
    assert pair.read[-1] == TextMessage("x" * length)


def test_bytes_that_are_no_text_are_written_as_text() -> None:
    """A text message is UTF-8, whatever somebody wants to be sent."""
    pair = Pair()
    pair.take(pair.server.message(b"<a>\xff</a>"))
    assert pair.read[-1] == TextMessage("<a>\ufffd</a>")


@pytest.mark.parametrize("code", [1000, 1001, 4000])
def test_the_other_sides_closing_is_answered_with_its_code(code: int) -> None:
    """RFC 6455 §5.5.1: after it nothing is read and nothing written but the answer."""
    pair = Pair()
    assert pair.send(text("<a/>"), CloseConnection(code, "bye")) == [Message(b"<a/>"), Left()]
    assert pair.server.message(b"late") == b""
    pair.take(pair.server.close())
    assert pair.read[-1].code == code  # type: ignore[union-attr]
    assert pair.server.close() == b""


def test_a_closing_without_a_code_is_answered_without_one() -> None:
    """An empty close frame is a good one."""
    pair = Pair()
    assert pair.give(b"\x88\x80\0\0\0\0") == [Left()]
    assert pair.server.close() == b"\x88\0"


def test_our_own_closing_is_a_normal_one() -> None:
    """What comes after it is not read."""
    pair = Pair()
    pair.take(pair.server.close())
    assert pair.read[-1] == CloseConnection(1000, "")
    assert pair.give(b"\x81\x80\0\0\0\0") == []


def test_nothing_is_written_before_the_upgrade() -> None:
    """A connection that ends before its request gets no frame that it could not read."""
    socket = WebSocket(LIMIT)
    assert socket.message(b"<a/>") == socket.close() == b""
    assert list(socket.receive(request())) == []


def test_the_upgrade_is_an_upgrade() -> None:
    """The client at the other end of these tests agrees that the WebSocket is open."""
    assert [type(event) for event in Pair().read] == [AcceptConnection]
    assert isinstance(Pair().send(BytesMessage(b""))[0], Fault)
