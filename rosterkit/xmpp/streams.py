"""An XmlStream of Twisted's that is read by our strict reader: fast, bounded, and deaf to what XMPP forbids.

Handlers see what Twisted's own class would give them, with three differences.  What RFC 6120 §11 forbids ends the
stream with the right stream error.  A stanza that nobody observes is never converted.  A *tap* may take a stanza as
the lxml element that it is, which saves converting a large roster.

Tests: ``tests/xmpp/test_streams.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from lxml.etree import _Element
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber import error, xmlstream
from twisted.words.xish import domish
from twisted.words.xish.xmlstream import STREAM_ERROR_EVENT, BootstrapMixin

from rosterkit.errors import RosterkitError, StreamError
from rosterkit.wire.reader import Closed, Event, Opened, Reader
from rosterkit.xmpp.conversion import to_domish

__all__ = ["DEFAULT_LIMIT", "LINGER", "BrokenStreamError", "ClientXmlStream", "StreamFactory", "Tap"]

#: The most bytes of one stanza from the server; a roster of 500,000 contacts is one stanza.
DEFAULT_LIMIT = 64 * 1024 * 1024
#: Seconds that the other side has to end the stream after we did, before the connection is cut.
LINGER = 5.0

#: Looks at a stanza before it is converted; True says that it is dealt with, and nobody else sees it.
Tap: TypeAlias = Callable[[_Element], bool]

_log = Logger()
# The element that alone an observer's XPath can match: "/iq[...]" matches iq only, "//iq" or "/*" anything.
_FIRST_STEP = re.compile(r"/([A-Za-z_][\w.-]*)(?=[/\[]|\Z)")


class BrokenStreamError(RosterkitError, ConnectionError):
    """The server sent what no XMPP stream may hold; the text says what.  ``stream_error`` is what it was told."""

    def __init__(self, stream_error: StreamError) -> None:
        super().__init__(
            f"The server's stream is broken ({stream_error.condition}): "
            f"{stream_error.text or 'it breaks RFC 6120.'} The connection was closed."
        )
        self.stream_error = stream_error


class _Parser:
    """What XmlStream keeps in ``stream``: the events of one document go to three functions, in order.

    ``over`` says that the document has ended: by itself, by an error, or because another one began.
    """

    def __init__(self, stream: ClientXmlStream, limit: int) -> None:
        self.DocumentStartEvent: Callable[[domish.Element], object] = stream.onDocumentStart
        self.ElementEvent: Callable[[domish.Element], object] = stream.onElement
        self.DocumentEndEvent: Callable[[], object] = stream.onDocumentEnd
        self.over = False
        self._stream = stream
        self._usual = self.ElementEvent
        self._reader = Reader(limit, patient=True)

    def parse(self, data: bytes) -> None:
        """Handle what ``data`` completes.  What stands behind the last element of a document is dropped."""
        for event in self._reader.feed(data):
            if self.over:
                break
            self._handle(event)

    def _handle(self, event: Event) -> None:
        if isinstance(event, Opened):
            self.DocumentStartEvent(_root(event))
        elif isinstance(event, Closed):
            self.over = True
            self.DocumentEndEvent()
        elif isinstance(event, StreamError):
            self.over = True
            self._stream.broken(event)
        elif self.ElementEvent != self._usual:  # setDispatchFn: somebody takes everything
            self.ElementEvent(to_domish(event))
        else:
            self._stream.element(event)


class ClientXmlStream(xmlstream.XmlStream):
    """One connection to a server.

    ``taps`` are asked in order about each element below the root.  ``reactor`` is for time only; ``limit`` is the
    most bytes of a stanza.
    """

    transport: Any
    thisEntity: Any = None
    otherEntity: Any = None

    def __init__(
        self, authenticator: xmlstream.Authenticator, reactor: IReactorTime | None = None, limit: int = DEFAULT_LIMIT
    ) -> None:
        self._reactor = reactor
        self._limit = limit
        self._broken: BrokenStreamError | None = None
        self._footer_sent = False
        self._cut: IDelayedCall | None = None
        self.taps: list[Tap] = []
        super().__init__(authenticator)

    # What Twisted calls

    def connectionMade(self) -> None:
        """The connection is there."""
        self.transport.setTcpNoDelay(True)  # Nagle costs 40 ms a handshake on loopback
        super().connectionMade()

    def _initializeStream(self) -> None:
        """A new document begins; what stands behind the last element of the old one may have been slipped in."""
        if self.stream is not None:
            self.stream.over = True
        self.stream = _Parser(self, self._limit)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come; those after the end count for nothing."""
        if self.stream is None or self.stream.over:
            return
        if self.rawDataInFn:
            self.rawDataInFn(data)
        self.stream.parse(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone; where the server's stream was broken, that is the reason that handlers get."""
        if self._cut is not None and self._cut.active():
            self._cut.cancel()
        if self.stream is not None:
            self.stream.over = True
        super().connectionLost(reason if self._broken is None else Failure(self._broken))

    def onDocumentEnd(self) -> None:
        """The server has ended its stream: so is ours (RFC 6120 §4.4)."""
        self.hang_up()

    def onStreamError(self, errelem: domish.Element) -> None:
        """The server has ended the stream with an error, which handlers see as STREAM_ERROR_EVENT."""
        self.dispatch(Failure(error.exceptionFromStreamError(errelem)), STREAM_ERROR_EVENT)
        self.hang_up()

    def sendStreamError(self, streamError: error.StreamError) -> None:
        """Send an error and end the stream."""
        if self._headerSent and not self._footer_sent:
            self.send(streamError.getElement())
        self.hang_up()

    def sendFooter(self) -> None:
        """Say that nothing follows from us; again is a no-op."""
        if not self._footer_sent:
            self._footer_sent = True
            super().sendFooter()

    def _callLater(self, delay: float, function: Callable[..., object], *args: object) -> Any:
        if self._reactor is None:
            return super()._callLater(delay, function, *args)
        return self._reactor.callLater(delay, function, *args)

    # What ours calls

    def element(self, element: _Element) -> None:
        """An element below the root came: for a tap, for observers, or for nobody."""
        for tap in list(self.taps):
            if self._ask(tap, element):
                return
        if self._is_observed(str(element.tag).rpartition("}")[2]):
            self.onElement(to_domish(element))

    def broken(self, stream_error: StreamError) -> None:
        """The server broke the rules: tell it, tell the handlers, hang up."""
        self._broken = BrokenStreamError(stream_error)
        self.dispatch(Failure(self._broken), STREAM_ERROR_EVENT)
        self.sendStreamError(error.StreamError(stream_error.condition, text=stream_error.text or None))

    def close(self) -> None:
        """End our stream and wait for the server to end its own; after :data:`LINGER` the connection is cut.

        Closing at once could reset the connection, and the server would miss what was sent last.
        """
        if self._headerSent:
            self.sendFooter()
            self._cut_later()
        else:
            self.hang_up()

    def hang_up(self) -> None:
        """End our stream and close the connection; a server that does not close in turn is cut off."""
        if self.stream is not None:
            self.stream.over = True
        if self._headerSent:
            self.sendFooter()
        self.transport.loseConnection()
        self._cut_later()

    def _cut_later(self) -> None:
        if self._cut is None:
            self._cut = self._callLater(LINGER, self.transport.abortConnection)

    def _is_observed(self, name: str) -> bool:
        """Whether the XPath of any observer could match an element called ``name``."""
        for by_query in self._xpathObservers.values():
            for query in by_query:
                if _named(query.queryStr) in (None, name):
                    return True
        return False

    @staticmethod
    def _ask(tap: Tap, element: _Element) -> bool:
        """What ``tap`` says; one that fails is logged and has taken nothing, as with observers."""
        try:
            return tap(element)
        except Exception:  # noqa: BLE001  # one handler's error is not the stream's
            _log.failure("A tap failed on {tag}; the stanza goes on to the others.", tag=element.tag)
            return False


class StreamFactory(BootstrapMixin, Factory):
    """Makes the stream of each connection, with a new authenticator; bootstrap observers are installed on it."""

    noisy = False

    def __init__(
        self,
        make_authenticator: Callable[[], xmlstream.Authenticator],
        reactor: IReactorTime | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> None:
        BootstrapMixin.__init__(self)
        self._make_authenticator = make_authenticator
        self._reactor = reactor
        self._limit = limit

    def buildProtocol(self, _addr: IAddress | None) -> ClientXmlStream:
        """A stream for a new connection."""
        stream = ClientXmlStream(self._make_authenticator(), self._reactor, self._limit)
        stream.factory = self
        self.installBootstraps(stream)
        return stream


def _root(header: Opened) -> domish.Element:
    """The root as an element without children."""
    uri, _, name = header.tag.rpartition("}")
    attributes = {
        (key[1:].rpartition("}")[0], key.rpartition("}")[2]) if key[0] == "{" else key: value
        for key, value in header.attributes.items()
    }
    return domish.Element((uri[1:], name), header.default_namespace, attributes)


@lru_cache(maxsize=1024)
def _named(query: str) -> str | None:
    """The name of the only element that an XPath can match; None where it may be any."""
    match = _FIRST_STEP.match(query)
    return match[1] if match else None
