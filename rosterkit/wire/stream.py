"""What client and component streams have in common: headers, the order of events, and the end (RFC 6120 §4).

Bytes in, values out, no I/O.  A negotiation is read one element at a time, because each may change what the bytes
behind it mean; a ready stream is read in one go.

Tests: ``tests/wire/test_negotiate.py``, ``tests/wire/test_handshake.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, NamedTuple, TypeAlias

from lxml.etree import _Element

from rosterkit.core import jid, markup
from rosterkit.core.jid import Jid
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import STREAM_INVALID_NAMESPACE, STREAM_UNSUPPORTED_STANZA_TYPE, JidError, StreamError
from rosterkit.wire import decode, encode
from rosterkit.wire.features import Settings
from rosterkit.wire.framing import SPACE
from rosterkit.wire.names import CLIENT, STREAM, XML
from rosterkit.wire.reader import Closed, Event, Opened, Reader

__all__ = ["End", "Output", "ServerStream", "StartTls", "VisitorIq", "Write", "address"]


_ROSTER = f"{{{ROSTER}}}query"
#: The most characters of a language that a stream header can set.
LONGEST_LANG = 64


class Write(NamedTuple):
    """Bytes to send."""

    data: bytes


class StartTls(NamedTuple):
    """Begin TLS as the server now, then call ``tls_started``."""


class VisitorIq(NamedTuple):
    """A registration request (XEP-0077) to ``domain`` from somebody who has not logged in."""

    iq: Iq
    domain: str


class End(NamedTuple):
    """Nothing follows: the last bytes have been given as a :class:`Write`, and the connection is to be closed.

    ``error`` is what we ended the stream with, None where the other side ended it or TLS was refused.
    """

    error: StreamError | None


Output: TypeAlias = Write | StartTls | VisitorIq | End | Iq | Presence | Message


class ServerStream:
    """The accepting side of a stream whose stanzas are in ``namespace``, with the limits of ``settings``.

    ``ready`` says that stanzas pass; it is False again after the end.  ``domain`` is what the stream is for, from the
    first header that was accepted on.  ``watch`` is shown whatever was read, once it was taken: its kind (``stream``
    before the stream is ready) and its bytes.
    """

    namespace: ClassVar[str]

    def __init__(self, settings: Settings, new_id: Callable[[], str]) -> None:
        self.ready = False
        self.watch: Callable[[str, bytes], None] | None = None
        self.domain: str | None = None
        self._id = ""
        self._lang: str | None = None
        self._peer: Jid | None = None
        self._settings = settings
        self._new_id = new_id
        self._prefix = f"{{{self.namespace}}}"
        self._listening = True
        self._ended = False
        self._skip_space = False
        self._restart()

    def receive(self, data: bytes) -> list[Output]:
        """Give what the next bytes lead to, in order.  After an :class:`End` there is never anything.

        How the bytes were cut on their way makes no difference.
        """
        if self.ready:
            return self._stanzas(self._reader.feed(data))
        return self._negotiations(data)

    def fail(self, error: StreamError) -> bytes:
        """Give the bytes that end the stream with ``error``, our own header first if it was not sent (§4.9.1.2).

        The stream has ended then; a second time there are no bytes.
        """
        return self._last_words(encode.stream_error(error))

    # What a kind of stream adds

    def _opened(self, header: Opened) -> list[Output]:
        """A header of the right namespaces came."""
        raise NotImplementedError

    def _element(self, element: _Element) -> list[Output]:
        """A child of the root came before the stream is ready."""
        raise NotImplementedError

    def _objection(self, element: _Element, stanza: Iq | Presence | Message) -> StreamError | None:
        """Why ``stanza`` ends a ready stream, if it does."""

    # What all have

    def _restart(self) -> None:
        """A new stream begins on the same connection (§4.3.3)."""
        settings = self._settings
        self._reader = Reader(
            settings.limit,
            stepwise=True,
            limits=settings.limits,
            passed_on=True,
        )
        self._header_sent = False

    def _header(self) -> bytes:
        """Our header, with a new id."""
        self._header_sent = True
        self._id = self._new_id()
        nameless = "" if self.namespace == CLIENT else None  # a name of our own is not known yet (RFC 6120 §4.9.1.3)
        peer = self._peer.bare if self._peer is not None else None
        return encode.stream_header(self.namespace, self.domain or nameless, self._id, peer)

    def _negotiations(self, data: bytes) -> list[Output]:
        """What one event after another leads to; the bytes behind the last of them are stanzas."""
        outputs: list[Output] = []
        while self._listening:
            if self.ready:
                self._reader.stepwise = False
                return outputs + self._stanzas(self._reader.feed(data))
            if self._skip_space:
                data = data.lstrip(SPACE)
                self._skip_space = not data
            events = self._reader.feed(data)
            if not events:
                break
            data = self._reader.rest
            outputs += self._negotiated(events[0])
            if not data:
                self._reader.stepwise = not self.ready
                break
        return outputs

    def _negotiated(self, event: Event) -> list[Output]:
        outputs = self._answered(event)
        if self.watch is not None and not isinstance(event, StreamError):
            self.watch("stream", _written(event))
        return outputs

    def _answered(self, event: Event) -> list[Output]:
        if isinstance(event, Opened):
            return self._begun(event)
        if isinstance(event, Closed | StreamError):
            return self._closed(event)
        return self._element(event)

    def _begun(self, header: Opened) -> list[Output]:
        lang = header.attributes.get(f"{{{XML}}}lang", "")
        self._lang = lang if 0 < len(lang) <= LONGEST_LANG else None  # it is written on every stanza
        self._peer = address(header.attributes.get("from"))
        if header.tag != f"{{{STREAM}}}stream" or header.default_namespace != self.namespace:  # §4.9.3.10
            return self._end(STREAM_INVALID_NAMESPACE.saying(f"This port takes XMPP streams of {self.namespace}."))
        return self._opened(header)

    def _stanzas(self, events: Iterable[Event]) -> list[Output]:
        """What events of a ready stream are: stanzas up to the end."""
        outputs: list[Output] = []
        for event in events:
            if self.watch is not None and not isinstance(event, StreamError):
                self.watch(_kind(event), _written(event))
            if isinstance(event, tuple):
                return outputs + self._closed(event)
            stanza = self._stanza(event)
            if stanza is None:
                return outputs + self._foreign(event)
            error = self._objection(event, stanza)
            if error is not None:
                return outputs + self._end(error)
            outputs.append(stanza)
        return outputs

    def _stanza(self, element: _Element) -> Iq | Presence | Message | None:
        """The stanza, where ``element`` is one in the namespace of this stream."""
        return decode.stanza(element, self._lang) if element.tag.startswith(self._prefix) else None

    def _foreign(self, element: _Element) -> list[Output]:
        """The end, because of something that is no stanza: the other side's error, or nothing that we know."""
        if element.tag == f"{{{STREAM}}}error":
            return self._end(None)
        return self._end(
            STREAM_UNSUPPORTED_STANZA_TYPE.saying(f"Nothing here takes {element.tag[:100]}.")
        )  # §4.9.3.24

    def _closed(self, event: Opened | Closed | StreamError) -> list[Output]:
        return self._end(event if isinstance(event, StreamError) else None)

    def _end(self, error: StreamError | None) -> list[Output]:
        """The last outputs: our error, if it is ours, and the end of the stream in any case (§4.4)."""
        return [Write(self._last_words(encode.stream_error(error) if error is not None else b"")), End(error)]

    def _last_words(self, words: bytes) -> bytes:
        if self._ended:
            return b""
        header = b"" if self._header_sent else self._header()
        self._ended = True
        self._listening = self.ready = False
        return header + words + encode.STREAM_END


def _kind(event: Opened | Closed | _Element) -> str:
    """What the journal calls it."""
    if isinstance(event, Opened | Closed):
        return "stream"
    name = event.tag.rpartition("}")[2]
    if name == "iq" and len(event) and event[0].tag == _ROSTER:
        return "roster"
    return name if name in ("iq", "presence", "message") else "stream"


def _written(event: Opened | Closed | _Element) -> bytes:
    """What was read, as we would write it."""
    if isinstance(event, Closed):
        return encode.STREAM_END
    if not isinstance(event, Opened):
        return decode.xml(event)
    shown = {name: event.attributes.get(name) for name in ("to", "from", "version")}
    return f"<stream:stream{markup.attributes(**shown)}>".encode()


def address(text: str | None) -> Jid | None:
    """The JID in an attribute; None where there is none or it is no JID."""
    try:
        return None if text is None else jid.parse(text)
    except JidError:
        return None
