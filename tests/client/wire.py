"""A RosterClient at one end of a fake wire, and the test as its server at the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID
from twisted.words.protocols.jabber.xmlstream import ConnectAuthenticator, XmlStream

from rosterkit.client.roster import RosterClient
from rosterkit.xmpp.streams import ClientXmlStream

ACCOUNT, FULL = "juliet@localhost", "juliet@localhost/desk"
FEATURES = {("urn:xmpp:features:rosterver", "ver"): None, ("urn:xmpp:features:pre-approval", "sub"): None}
_HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    b"from='localhost' id='s1' version='1.0'>"
)


class Transport(StringTransport):
    """Remembers what was written."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Twisted's transports have it."""


def twisted_stream(authenticator: Any) -> Any:
    """Twisted's own stream: handlers get domish elements."""
    return XmlStream(authenticator)


def lxml_stream(authenticator: Any) -> Any:
    """Ours: handlers that want to get lxml's elements."""
    return ClientXmlStream(authenticator)


#: Every behaviour is the same over both.
STREAMS: list[Callable[[Any], Any]] = [twisted_stream, lxml_stream]


class Wire:
    """One client over any number of streams, one after the other; ``clock`` is its time.

    ``told`` collects what its signals say, as words.
    """

    def __init__(self, make: Callable[[Any], Any] = twisted_stream, **options: Any) -> None:
        self.clock = Clock()
        self.roster = RosterClient(clock=self.clock, **options)
        self.told: list[str] = []
        self._make = make
        self._listen()

    def connect(self, features: dict[tuple[str, str], None] = FEATURES, full: str = FULL) -> None:
        """A stream of ours becomes ready; what the client sends at once is there to be read."""
        authenticator = ConnectAuthenticator("localhost")
        authenticator.jid = JID(full)
        self.stream = self._make(authenticator)
        self.transport = Transport()
        self.stream.makeConnection(self.transport)
        self.roster.makeConnection(self.stream)
        self.server(_HEADER)
        self.stream.features = features
        self.transport.clear()
        self.roster.connectionInitialized()

    def online(self, items: str = "", ver: str | None = "v1", **options: Any) -> None:
        """Connect and answer the roster request with ``items``."""
        self.connect(**options)
        self.answer(query(items, ver))

    def lose(self) -> None:
        """The connection breaks."""
        self.roster.connectionLost(Failure(ConnectionLost()))

    def server(self, data: bytes | str) -> None:
        """Bytes come from the server."""
        self.stream.dataReceived(data.encode() if isinstance(data, str) else data)

    def sent(self) -> str:
        """What the client has sent since the last call, without the ids of presence, which are random."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return without_ids(data.decode())

    def answer(
        self, payload: str = "", kind: str = "result", sender: str | None = None, sent: str | None = None
    ) -> str:
        """Answer the newest request among what was sent since the last look; gives everything that was sent."""
        said = self.sent() if sent is None else sent
        ids = re.findall(r"<iq type='(?:get|set)' id='([^']+)'", said)
        source = f" from='{sender}'" if sender is not None else ""
        self.server(f"<iq type='{kind}' id='{ids[-1]}'{source}>{payload}</iq>")
        return said

    def push(self, items: str, ver: str | None = None, sender: str | None = None, id_: str = "p1") -> str:
        """A roster push comes; gives what the client answers."""
        source = f" from='{sender}'" if sender is not None else ""
        self.server(f"<iq type='set' id='{id_}'{source}>{query(items, ver)}</iq>")
        return self.sent()

    def presence(self, sender: str | None, kind: str = "", content: str = "") -> None:
        """A presence stanza comes."""
        attributes = f" from='{sender}'" if sender is not None else ""
        attributes += f" type='{kind}'" if kind else ""
        self.server(f"<presence{attributes}>{content}</presence>")

    def take(self) -> list[str]:
        """What the signals have told since the last call."""
        told, self.told = self.told, []
        return told

    def _listen(self) -> None:
        for name in dir(type(self.roster)):
            if name.startswith("on_"):
                getattr(self.roster, name).connect(lambda *about, name=name: self.told.append(_words(name, about)))


def without_ids(sent: str) -> str:
    """What was sent, without the ids of presence stanzas."""
    return re.sub(r"(<presence [^>]*) id='[0-9a-f]{24}'", r"\1", sent)


def query(items: str = "", ver: str | None = None) -> str:
    """A roster query."""
    attribute = f" ver='{ver}'" if ver is not None else ""
    return f"<query xmlns='jabber:iq:roster'{attribute}>{items}</query>"


def item(jid: str, groups: str = "", **attributes: str) -> str:
    """An item with its groups given as one letter each."""
    inner = "".join(f"<group>{group}</group>" for group in groups)
    return f"<item jid='{jid}' {' '.join(f'{key}={value!r}' for key, value in attributes.items())}>{inner}</item>"


def _words(name: str, about: tuple[Any, ...]) -> str:
    said = [getattr(what, "bare", None) or (what if isinstance(what, str) else type(what).__name__) for what in about]
    return " ".join([name.removeprefix("on_"), *said])
