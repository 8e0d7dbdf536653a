"""Streams in messages (RFC 7395): what a message may be, what stands for a header and an end, and whole logins."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from stream_ends import PLAIN, WRONG, Host, bind, sasl
from streams import CLIENT, tree

from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import STREAM_HOST_UNKNOWN, STREAM_SYSTEM_SHUTDOWN, StreamError
from rosterkit.wire import encode
from rosterkit.wire.framed import FramedStream, MessageReader, messages
from rosterkit.wire.reader import Closed, Opened
from rosterkit.wire.stream import End, VisitorIq, Write

FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
STREAM = "http://etherx.jabber.org/streams"
OPEN = f"<open xmlns='{FRAMING}' to='localhost' version='1.0'/>"
CLOSE = f"<close xmlns='{FRAMING}'/>"
TCP_HEADER = f"<stream:stream xmlns='{CLIENT}' xmlns:stream='{STREAM}' to='localhost' version='1.0'>"
ON_TCP = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"


def opened() -> MessageReader:
    """A reader whose stream is open."""
    reader = MessageReader(10_000)
    assert isinstance(reader.read(OPEN.encode()), Opened)
    return reader


# Reading


def test_open_is_what_the_header_is_on_tcp() -> None:
    """RFC 7395 §3.3.1: the attributes are those of a stream header."""
    event = MessageReader(10_000).read(
        f"<open xmlns='{FRAMING}' to='a.test' from='b@a.test' version='1.0' xml:lang='de'/>".encode()
    )
    assert event == Opened(
        f"{{{STREAM}}}stream",
        CLIENT,
        {"to": "a.test", "from": "b@a.test", "version": "1.0", "{http://www.w3.org/XML/1998/namespace}lang": "de"},
    )


@pytest.mark.parametrize(
    "message",
    [
        "<presence xmlns='jabber:client'/>",
        "<c:presence xmlns:c='jabber:client'/>",
        "<?xml version='1.0' encoding='utf-8'?> <presence xmlns='jabber:client'/>",
        "<presence xmlns='jabber:client'></presence>\n",
        "<presence\nxmlns = 'jabber:client' >\r\n</presence >",
    ],
)
def test_a_message_is_a_whole_document(message: str) -> None:
    """RFC 7395 §3.3.3: it is parsed as one, with a declaration where somebody sends it."""
    event: Any = opened().read(message.encode())
    assert event.tag == "{jabber:client}presence"


def test_messages_are_read_one_after_another() -> None:
    """What one message declares is nothing to the next; the last one closes."""
    reader = opened()
    first: Any = reader.read(b"<message xmlns='jabber:client' xmlns:x='urn:x'><x:y>1</x:y></message>")
    second: Any = reader.read(b"<x xmlns='urn:x'/>")
    assert tree(first) == ("{jabber:client}message", {}, "", [(("{urn:x}y", {}, "1", []), "")])
    assert second.tag == "{urn:x}x"
    assert reader.read(CLOSE.encode()) == Closed()


NO_MESSAGE = {
    "nothing": ("", "not-well-formed"),
    "white space": (" ", "not-well-formed"),
    "text": ("hello", "not-well-formed"),
    "white space first": (" <presence xmlns='jabber:client'/>", "not-well-formed"),
    "a byte order mark": ("\ufeff<presence xmlns='jabber:client'/>", "not-well-formed"),
    "two elements": ("<presence xmlns='jabber:client'/>" * 2, "not-well-formed"),
    "text behind": ("<presence xmlns='jabber:client'/>x", "bad-format"),
    "half an element": ("<message xmlns='jabber:client'><body>", "not-well-formed"),
    "an element and half of another": ("<presence xmlns='jabber:client'/><message>", "not-well-formed"),
    "an element and a character": ("<presence xmlns='jabber:client'/><", "not-well-formed"),
    "half a tag": ("<message xmlns='jabber:client' to='", "not-well-formed"),
    "one character": ("<", "not-well-formed"),
    "an end": ("</stream:stream>", "not-well-formed"),
    "the end of our root": ("</s>", "not-well-formed"),
    "an element and the end of our root": ("<presence xmlns='jabber:client'/></s>", "not-well-formed"),
    "a document around ours": ("</s><s>", "not-well-formed"),
    "a header as on TCP": (TCP_HEADER, "not-well-formed"),
    "a declared header as on TCP": ("<?xml version='1.0'?>" + TCP_HEADER, "not-well-formed"),
    "a declaration alone": ("<?xml version='1.0'?>", "not-well-formed"),
    "two declarations": ("<?xml version='1.0'?><?xml version='1.0'?><a/>", "not-well-formed"),
    "another encoding": ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "unsupported-encoding"),
    "a comment": ("<message xmlns='jabber:client'><!-- x --></message>", "restricted-xml"),
    "a comment alone": ("<!-- x -->", "restricted-xml"),
    "an instruction": ("<?php x ?>", "restricted-xml"),
    "a document type": ("<!DOCTYPE a><a xmlns='x'/>", "restricted-xml"),
    "an entity": ("<a xmlns='x'>&b;</a>", "restricted-xml"),
    "an undeclared prefix": ("<x:a/>", "not-well-formed"),
    "the prefix of a stream": ("<stream:error/>", "not-well-formed"),
    "levels": ("<a xmlns='x'>" * 101 + "</a>" * 101, "policy-violation"),
    "attributes": ("<a xmlns='x' " + " ".join(f"a{n}='1'" for n in range(200)) + "/>", "policy-violation"),
    "a long namespace": (f"<a xmlns='{'x' * 300}'/>", "policy-violation"),
    "too much": ("<a xmlns='x'>" + "x" * 10_000 + "</a>", "policy-violation"),
    "no namespace": ("<presence/>", "invalid-namespace"),
    "no namespace again": ("<presence xmlns=''/>", "invalid-namespace"),
    "a second opening": (OPEN, "bad-format"),
}


@pytest.mark.parametrize("name", NO_MESSAGE)
def test_what_is_no_message_is_an_error(name: str) -> None:
    """RFC 7395 §3.3.3 and RFC 6120 §11: one element, its namespaces, and nothing that XMPP forbids."""
    text, condition = NO_MESSAGE[name]
    event = opened().read(text.encode())
    assert isinstance(event, StreamError), event
    assert event.condition == condition


@pytest.mark.parametrize(
    "text",
    ["<open to='localhost'/>", "<open xmlns='jabber:client'/>", "<presence xmlns='jabber:client'/>", "<presence/>"],
)
def test_a_stream_begins_with_open(text: str) -> None:
    """RFC 7395 §3.4: anything else has the wrong namespace for a beginning; the sentence has the right one."""
    event = MessageReader(10_000).read(text.encode())
    assert isinstance(event, StreamError)
    assert event.condition == "invalid-namespace"
    assert FRAMING in event.text


# Writing


def test_what_is_written_on_tcp_becomes_messages() -> None:
    """A header, features, an error and the end are messages of their own; each has its namespaces."""
    header = encode.stream_header(CLIENT, "a.test", "i>1", "b@a.test")
    error = encode.stream_error(STREAM_HOST_UNKNOWN)
    features = b"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
    begin = f"<open xmlns='{FRAMING}' id='i&gt;1' from='a.test' to='b@a.test' version='1.0' xml:lang='en'/>".encode()
    declared = f" xmlns:stream='{STREAM}'>".encode()
    assert messages(header + features) == [begin, features.replace(b">", declared, 1)]
    failed = error.replace(b">", declared, 1)
    assert messages(header + error + encode.STREAM_END) == [begin, failed, CLOSE.encode()]
    assert messages(error + encode.STREAM_END) == [failed, CLOSE.encode()]
    assert messages(encode.STREAM_END) == [CLOSE.encode()]
    assert messages(b"") == []


@pytest.mark.parametrize("value", [Iq("result"), Presence(), Message("chat")])
def test_stanzas_get_their_namespace(value: Any) -> None:
    """RFC 7395 §3.3.3: as nothing stands around a message, it says what its stanza is."""
    value.id = "1"
    for value.body in (b"", b"<x xmlns='urn:x'/>"):
        value.memo = None
        (message,) = messages(encode.stanza(value, "a@b.test/c"))
        element = etree.fromstring(message)
        assert element.tag == f"{{{CLIENT}}}{type(value).__name__.lower()}"
        assert element.get("to") == "a@b.test/c"
        assert [child.tag for child in element] == (["{urn:x}x"] if value.body else [])


@pytest.mark.parametrize(
    "message",
    [
        b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        b"<iq type='get' xmlns='jabber:client'/>",
        b"<presence xmlns='urn:strange'><x/></presence>",
        b"<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>",
        b"<messages/>",
        b"hello",
    ],
)
def test_what_has_a_namespace_keeps_it(message: bytes) -> None:
    """Nothing is declared twice, and what is no stanza is left as it is."""
    assert messages(message) == [message]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"<iq id='a xmlns=b' type='get'/>", "iq"),
        (b"<message from='romeo@a.test/x xmlns='/>", "message"),
        (b"<presence id=\" xmlns='jabber:client'\"/>", "presence"),
        (b"<iq id='1'><x xmlns='urn:x'/></iq>", "iq"),
        (b"<iq\n\tid='1'/>", "iq"),
        (b"<iq id='>' xmlns='jabber:client'/>", "iq"),
        (b"<iq id='1'\nxmlns = 'jabber:client'/>", "iq"),
    ],
)
def test_only_an_attribute_declares_a_namespace(written: bytes, name: str) -> None:
    """What a stranger writes into an id or a resource does not take the namespace away, or double it."""
    (message,) = messages(written)
    assert etree.fromstring(message).tag == f"{{{CLIENT}}}{name}"
    assert message.count(b"jabber:client") == max(1, written.count(b"jabber:client") + (name == "presence"))


def test_text_in_an_attribute_declares_no_prefix() -> None:
    """The same holds for the prefix of an error."""
    (message,) = messages(b"<stream:error a=' xmlns:stream='/>")
    assert etree.fromstring(message).tag == f"{{{STREAM}}}error"


# Whole streams


class Client:
    """The other end of a stream: it sends messages and reads each answer as a document."""

    def __init__(self, secured: bool = True, **settings: Any) -> None:
        self.stream = FramedStream(Host(starttls=False, **settings), secured)
        self.end: End | None = None
        self.outputs: list[Any] = []

    def send(self, message: str) -> list[str]:
        """The names of what is answered."""
        outputs = self.stream.receive(message.encode())
        self.outputs += outputs
        assert self.end is None or not outputs
        self.end = next((output for output in outputs if isinstance(output, End)), self.end)
        written = [each for output in outputs if isinstance(output, Write) for each in messages(output.data)]
        return [etree.QName(etree.fromstring(each)).localname for each in written]


def online(**settings: Any) -> Client:
    """A client with a bound resource."""
    client = Client(**settings)
    for message in (OPEN, PLAIN, OPEN, bound()):
        client.send(message)
    assert client.stream.ready
    return client


def bound() -> str:
    """The request for a resource, as a message."""
    return bind("balcony").replace("<iq ", "<iq xmlns='jabber:client' ")


def test_a_login() -> None:
    """RFC 7395 §3.4 and §3.7: open, features, SASL, open again, bind; then stanzas pass."""
    client = Client()
    assert client.send(OPEN) == ["open", "features"]
    assert client.send(WRONG) == ["failure"]
    assert client.send(PLAIN) == ["success"]
    assert client.send(OPEN) == ["open", "features"]
    assert client.send(bound()) == ["iq"]
    assert client.send("<message xmlns='jabber:client' to='a@b.test'/>") == []
    assert isinstance(client.outputs[-1], Message)
    assert client.send(CLOSE) == ["close"]
    assert client.end == End(None)
    assert client.send(OPEN) == []


def test_a_language_is_that_of_the_stream() -> None:
    """The xml:lang of ``<open/>`` is the default of every stanza."""
    client = Client()
    client.send(OPEN)
    client.send(PLAIN)
    client.send(OPEN.replace("/>", " xml:lang='de'/>"))
    client.send(bound())
    client.send("<presence xmlns='jabber:client'/>")
    assert client.outputs[-1].lang == "de"


def test_a_second_opening_gives_no_further_attempts() -> None:
    """The bound on failed logins is not reset by opening the stream again without having logged in."""
    client = Client()
    assert client.send(OPEN) == ["open", "features"]
    client.send(WRONG)
    assert client.send(OPEN) == ["error", "close"]
    assert client.end is not None


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        (OPEN.replace("localhost", "elsewhere.test"), "host-unknown"),
        (OPEN.replace("1.0", "0.9"), "unsupported-version"),
        ("<presence xmlns='jabber:client'/>", "invalid-namespace"),
        (TCP_HEADER, "not-well-formed"),
    ],
)
def test_a_wrong_beginning_is_answered_with_open_and_the_error(message: str, condition: str) -> None:
    """RFC 7395 §3.5: open comes first, then the error, then close."""
    client = Client()
    assert client.send(message) == ["open", "error", "close"]
    assert client.end is not None
    assert client.end.error is not None
    assert client.end.error.condition == condition


@pytest.mark.parametrize("secured", [False, True])
def test_starttls_is_neither_offered_nor_taken(secured: bool) -> None:
    """RFC 7395 §3.9: TLS is below WebSocket or nowhere."""
    client = Client(secured, allow_plaintext=True)
    client.send(OPEN)
    assert b"starttls" not in client.outputs[0].data
    assert b"<mechanism>" in client.outputs[0].data
    assert client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>") == ["failure", "close"]


def test_bad_messages_end_a_ready_stream() -> None:
    """After the login as before; what comes behind counts for nothing."""
    client = online()
    assert client.send("<presence/>") == ["error", "close"]
    assert client.send("<presence xmlns='jabber:client'/>") == []


def test_the_server_may_end_it() -> None:
    """The error and the end are messages too; a second time there are none."""
    stream = online().stream
    assert len(messages(stream.fail(STREAM_SYSTEM_SHUTDOWN))) == 2
    assert messages(stream.fail(STREAM_SYSTEM_SHUTDOWN)) == []
    assert len(messages(FramedStream(Host(), True).fail(STREAM_SYSTEM_SHUTDOWN))) == 3


def test_a_client_may_close_before_it_has_opened() -> None:
    """The answer is still a whole stream."""
    assert Client().send(CLOSE) == ["open", "close"]


def test_somebody_may_register_first() -> None:
    """XEP-0077 before the login works in messages too."""
    client = Client(registration=True)
    client.send(OPEN)
    client.send("<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:register'/></iq>")
    assert isinstance(client.outputs[-1], VisitorIq)
    assert client.send(sasl("abort")) == ["failure"]


def test_what_is_read_is_shown() -> None:
    """Whoever watches the stream sees messages as they would stand on TCP."""
    seen: list[tuple[str, bytes]] = []
    client = Client()
    client.stream.watch = lambda kind, data: seen.append((kind, data))
    client.send(OPEN)
    client.send(CLOSE)
    assert seen == [
        ("stream", b"<stream:stream to='localhost' version='1.0'>"),
        ("stream", b"</stream:stream>"),
    ]
    assert ON_TCP.encode() in client.outputs[0].data
