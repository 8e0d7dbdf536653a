"""The stream over a fake transport, beside Twisted's own where both must do the same."""

from __future__ import annotations

from typing import Any

import pytest
from lxml.etree import _Element
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.words.protocols.jabber import error, xmlstream
from twisted.words.protocols.jabber.xmlstream import XmlStream
from twisted.words.xish import domish
from twisted.words.xish.xmlstream import STREAM_END_EVENT, STREAM_ERROR_EVENT, STREAM_START_EVENT

from rosterkit.errors import STREAM_RESTRICTED_XML
from rosterkit.xmpp.streams import LINGER, BrokenStreamError, ClientXmlStream, StreamFactory

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "from='localhost' id='s1' version='1.0' xml:lang='en'>"
)
FOOTER = b"</stream:stream>"
ERROR = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"


class Transport(StringTransport):
    """Remembers what was written and how it was closed."""

    no_delay = aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Twisted's transports have it."""
        self.no_delay = enabled

    def abortConnection(self) -> None:
        """Cut off."""
        self.aborted = True


class Connection:
    """A stream at a fake transport, what it dispatched, and the test as its server."""

    def __init__(self, make: Any = None, limit: int | None = None) -> None:
        self.clock = Clock()
        self.roots: list[domish.Element] = []
        authenticator = xmlstream.ConnectAuthenticator("localhost")
        authenticator.namespace = "jabber:client"
        authenticator.streamStarted = self.roots.append
        options = {} if limit is None else {"limit": limit}
        self.stream: Any = make(authenticator) if make else ClientXmlStream(authenticator, self.clock, **options)
        self.events: list[Any] = []
        for event in (STREAM_START_EVENT, STREAM_ERROR_EVENT, STREAM_END_EVENT):
            self.stream.addObserver(event, lambda what, event=event: self.events.append((event, what)))
        self.transport = Transport()
        self.stream.makeConnection(self.transport)

    def begin(self) -> Connection:
        """The server's header has come."""
        self.say(HEADER)
        self.transport.clear()
        return self

    def say(self, text: str | bytes) -> None:
        """Bytes from the server."""
        self.stream.dataReceived(text.encode() if isinstance(text, str) else text)

    def observed(self, query: str, **options: Any) -> list[str]:
        """The ids of the stanzas that an observer of ``query`` gets, as they come."""
        found: list[str] = []
        self.stream.addObserver(query, lambda stanza: found.append(stanza.getAttribute("id", stanza.name)), **options)
        return found

    def lose(self) -> None:
        """The connection is gone."""
        self.stream.connectionLost(Failure(ConnectionDone()))


def conversions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tags of all elements that are converted from now on."""
    from rosterkit.xmpp import streams

    done: list[str] = []
    convert = streams.to_domish

    def noted(element: _Element) -> domish.Element:
        done.append(str(element.tag))
        return convert(element)

    monkeypatch.setattr(streams, "to_domish", noted)
    return done


# As Twisted does


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("make", [None, XmlStream], ids=["ours", "Twisted's"])
def test_stanzas_reach_their_observers(make: Any, size: int):
    """Each observer gets the stanzas that its XPath matches, by priority, however the bytes were cut."""
    connection = Connection(make)
    order: list[str] = []
    results = connection.observed("/iq[@type='result']")
    queries = connection.observed("/iq/query[@xmlns='jabber:iq:roster']")
    every = connection.observed("/*")
    connection.stream.addObserver("/presence", lambda _: order.append("low"))
    connection.stream.addObserver("/presence", lambda _: order.append("high"), 1)
    data = (
        HEADER + "<iq type='result' id='a'/> <iq type='set' id='b'><query xmlns='jabber:iq:roster'/></iq>"
        "<presence id='c'/><x xmlns='urn:x' id='d'/>"
    ).encode()
    for at in range(0, len(data), size):
        connection.say(data[at : at + size])
    assert (results, queries, every) == (["a"], ["b"], ["a", "b", "c", "d"])
    assert order == ["high", "low"]


@pytest.mark.parametrize("make", [None, XmlStream], ids=["ours", "Twisted's"])
def test_the_header(make: Any):
    """The root element is as Twisted gives it, after STREAM_START_EVENT; ours went out at the connection."""
    connection = Connection(make)
    assert b"<stream:stream " in connection.transport.value()
    connection.say(HEADER)
    assert [event for event, _ in connection.events] == [STREAM_START_EVENT]
    root = connection.roots[0]
    assert (root.uri, root.name, root.defaultUri) == ("http://etherx.jabber.org/streams", "stream", "jabber:client")
    assert root.attributes == {
        "from": "localhost", "id": "s1", "version": "1.0", ("http://www.w3.org/XML/1998/namespace", "lang"): "en"
    }  # fmt: skip


@pytest.mark.parametrize("make", [None, XmlStream], ids=["ours", "Twisted's"])
def test_a_stream_error_of_the_server(make: Any):
    """RFC 6120 §4.9: handlers get it as STREAM_ERROR_EVENT, and the connection is closed."""
    connection = Connection(make).begin()
    connection.say(ERROR)
    assert [event for event, _ in connection.events] == [STREAM_START_EVENT, STREAM_ERROR_EVENT]
    assert connection.events[1][1].check(error.StreamError)
    assert connection.events[1][1].value.condition == "conflict"
    assert connection.transport.disconnecting
    connection.lose()
    assert connection.events[2][1].check(ConnectionDone)


@pytest.mark.parametrize("make", [None, XmlStream], ids=["ours", "Twisted's"])
def test_a_dispatch_function_takes_everything(make: Any):
    """``setDispatchFn`` gives all elements to one function, ``resetDispatchFn`` to the observers again."""
    connection = Connection(make).begin()
    found = connection.observed("/message")
    taken: list[Any] = []
    connection.stream.setDispatchFn(taken.append)
    connection.say("<message id='a'/>")
    connection.stream.resetDispatchFn()
    connection.say("<message id='b'/>")
    assert ([stanza["id"] for stanza in taken], found) == (["a"], ["b"])


def test_raw_bytes_are_shown():
    """``rawDataInFn`` sees what comes in, as with Twisted's stream."""
    connection = Connection()
    seen: list[bytes] = []
    connection.stream.rawDataInFn = seen.append
    connection.say(HEADER)
    assert seen == [HEADER.encode()]


def test_no_delay():
    """Nagle is switched off: a handshake on loopback would take 40 ms longer."""
    assert Connection().transport.no_delay


# Taps, and what is not converted


def test_a_tap_sees_each_stanza_first(monkeypatch: pytest.MonkeyPatch):
    """Taps get lxml's element in order; one that returns True ends it there, before any conversion."""
    done = conversions(monkeypatch)
    connection = Connection().begin()
    found = connection.observed("/iq")
    first: list[str] = []
    second: list[str] = []

    def take(element: _Element) -> bool:
        first.append(element.get("id", ""))
        return element.get("id") == "a"

    connection.stream.taps += [take, lambda element: bool(second.append(element.get("id", "")))]
    connection.say("<iq id='a'/><iq id='b'/>")
    assert (first, second, found) == (["a", "b"], ["b"], ["b"])
    assert done == ["{jabber:client}iq"]


def test_a_tap_that_fails_costs_nothing():
    """A tap's error is logged; the stanza goes on, and so does the stream."""
    connection = Connection().begin()
    found = connection.observed("/iq")

    def fail(_element: _Element) -> bool:
        raise RuntimeError("tap")

    connection.stream.taps.append(fail)
    connection.say("<iq id='a'/><iq id='b'/>")
    assert found == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("/iq", {"iq"}),
        ("/iq[@type='get']/query", {"iq"}),
        ("/presence", {"presence"}),
        ("//body", {"iq", "presence", "message"}),
        ("/*", {"iq", "presence", "message"}),
        ("/*[@id='1']", {"iq", "presence", "message"}),
        ("/iqs", set()),
        ("/r-q", set()),
    ],
)
def test_only_what_somebody_observes_is_converted(monkeypatch: pytest.MonkeyPatch, query: str, wanted: set[str]):
    """A stanza whose name no observer's XPath can match is not converted."""
    done = conversions(monkeypatch)
    connection = Connection().begin()
    connection.observed(query)
    connection.say("<iq/><presence/><message/>")
    assert {tag.partition("}")[2] for tag in done} == wanted


def test_observers_that_come_and_go(monkeypatch: pytest.MonkeyPatch):
    """An observer counts from when it is added until it is removed, a one-time one until its call."""
    done = conversions(monkeypatch)
    connection = Connection().begin()
    found: list[Any] = []
    connection.stream.addOnetimeObserver("/iq", found.append)
    connection.say("<iq/><iq/>")
    assert len(done) == 1
    connection.stream.addObserver("/iq", found.append)
    connection.say("<iq/>")
    assert len(done) == 2
    connection.stream.removeObserver("/iq", found.append)
    connection.say("<iq/>")
    assert (len(done), len(found)) == (2, 2)


# Restarts


@pytest.mark.parametrize("rest", ["", HEADER, "<iq id='x'/>", "<iq id='x'>", "\x16\x03\x01", "<!-- -->"])
def test_what_follows_a_restart_in_the_same_bytes_is_dropped(rest: str):
    """RFC 6120 §5.4.3.3: bytes that came behind the last element of a stream are not those of the next one."""
    connection = Connection().begin()
    found = connection.observed("/iq")

    def restart(_element: Any) -> None:
        connection.stream.reset()
        connection.stream.sendHeader()

    connection.stream.addOnetimeObserver("/proceed", restart)
    connection.say("<proceed xmlns='urn:x'/>" + rest)
    assert (found, len(connection.roots)) == ([], 1)
    connection.say(HEADER + "<iq id='a'/>")
    assert (found, len(connection.roots)) == (["a"], 2)
    assert [event for event, _ in connection.events] == [STREAM_START_EVENT] * 2


# Broken streams


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("<!DOCTYPE x>", "restricted-xml"),
        ("<iq><!-- --></iq>", "restricted-xml"),
        ("<iq>&a;</iq>", "restricted-xml"),
        ("<iq></message>", "not-well-formed"),
        ("<x:iq/>", "not-well-formed"),
        ("text", "bad-format"),
        (b"<iq>\xff</iq>", "not-well-formed"),
        ("<iq>" + "x" * 20_000 + "</iq>", "policy-violation"),
    ],
)
def test_what_the_rfc_forbids(said: str | bytes, condition: str):
    """RFC 6120 §11: the server gets the error and our end; handlers get it twice, and nothing that stood behind."""
    connection = Connection(limit=10_000).begin()
    found = connection.observed("/iq")
    connection.say("<iq id='before'/>")
    connection.say(said)
    connection.say("<iq id='behind'/>")
    assert found == ["before"]
    sent = connection.transport.value()
    assert f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>".encode() in sent
    assert sent.endswith(b"</stream:error>" + FOOTER)
    assert connection.transport.disconnecting
    connection.lose()
    (_, first), (_, last) = connection.events[1:]
    assert first.check(BrokenStreamError, ConnectionError)
    assert last.value is first.value
    assert first.value.stream_error.condition == condition


def test_a_broken_header():
    """A server that begins wrong is told so in a stream of ours."""
    connection = Connection()
    connection.say("<!DOCTYPE x>")
    assert STREAM_RESTRICTED_XML.condition.encode() in connection.transport.value()
    assert connection.events[0][0] == STREAM_ERROR_EVENT


def test_a_large_stanza_passes():
    """A roster of tens of thousands of entries is one stanza; the default limit lets it through."""
    connection = Connection().begin()
    found: list[int] = []
    connection.stream.taps.append(lambda element: bool(found.append(len(element[0])) or True))
    items = "".join(f"<item jid='contact{n}@example.com' name='Contact number {n}'/>" for n in range(20_000))
    connection.say(f"<iq><query xmlns='jabber:iq:roster'>{items}</query></iq>")
    assert found == [20_000]


# The end


def test_the_servers_end():
    """RFC 6120 §4.4: it is answered by ours, once, and the connection closed."""
    connection = Connection().begin()
    connection.say("</stream:stream>")
    assert connection.transport.value() == FOOTER
    assert connection.transport.disconnecting
    connection.say("<iq/>")
    connection.stream.sendFooter()
    connection.lose()
    assert connection.transport.value() == FOOTER


def test_our_end_waits_for_the_servers():
    """After ours the server has some seconds for its own; stanzas still count until then."""
    connection = Connection().begin()
    found = connection.observed("/iq")
    connection.stream.close()
    assert connection.transport.value() == FOOTER
    assert not connection.transport.disconnecting
    connection.say("<iq id='late'/></stream:stream>")
    assert found == ["late"]
    assert connection.transport.disconnecting
    connection.lose()
    connection.clock.advance(LINGER)
    assert not connection.transport.aborted


@pytest.mark.parametrize("end", ["close", "hang_up"])
def test_a_server_that_does_not_close_is_cut_off(end: str):
    """Nothing hangs on a server that neither ends its stream nor closes."""
    connection = Connection().begin()
    getattr(connection.stream, end)()
    connection.clock.advance(LINGER - 0.1)
    assert not connection.transport.aborted
    connection.clock.advance(0.1)
    assert connection.transport.aborted


def test_bytes_after_the_connection_are_dropped():
    """TLS may still deliver some."""
    connection = Connection().begin()
    found = connection.observed("/iq")
    connection.lose()
    connection.say("<iq/>")
    assert found == []


def test_the_factory():
    """Each connection gets a stream with its own authenticator and the bootstrap observers."""
    connected: list[Any] = []
    factory = StreamFactory(lambda: xmlstream.ConnectAuthenticator("localhost"), Clock())
    factory.addBootstrap("//event/stream/connected", connected.append)
    first, second = factory.buildProtocol(None), factory.buildProtocol(None)
    assert first.authenticator is not second.authenticator
    first.makeConnection(Transport())
    assert connected == [first]
