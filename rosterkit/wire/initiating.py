"""The initiating side of a stream, step by step up to a wanted point: what client and component lines share.

Bytes in, values out, no I/O.  Up to that point each step is taken by itself, one element of the server at a time,
because each may change what the bytes behind it mean.  From there on everything that the server says is only told.
It is the side of a tester: nothing that the server does raises, whatever it is.

Tests: ``tests/wire/test_entering.py``, ``tests/wire/test_joining.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import ClassVar, NamedTuple, TypeAlias

from lxml.etree import _Element

from rosterkit.core import markup
from rosterkit.errors import StreamError
from rosterkit.wire import decode, encode
from rosterkit.wire.conditions import condition_in, said_of, shown
from rosterkit.wire.framed import MessageReader
from rosterkit.wire.framing import SPACE
from rosterkit.wire.names import CLIENT, COMPONENT, STREAM, STREAM_ERRORS, XML
from rosterkit.wire.reader import Closed, Event, Opened, Reader
from rosterkit.wire.stream import Write

__all__ = [
    "LIMIT",
    "Arrived",
    "Came",
    "Failed",
    "InitiatingStream",
    "Output",
    "Over",
    "Phase",
    "StartTls",
    "Write",
]

#: The most bytes of one stanza of a server: room for a roster of many thousands.
LIMIT = 4_194_304

_ROOT, _ERROR = f"{{{STREAM}}}stream", f"{{{STREAM}}}error"
_KINDS = {f"{{{space}}}{name}": name for space in (CLIENT, COMPONENT) for name in ("iq", "presence", "message")}
_FOR = {CLIENT: "clients", COMPONENT: "components"}


class Phase(IntEnum):
    """How far a line is.

    CONNECTED: nothing was said.  OPENED: the features were read.  SECURED: they were read and there is TLS, or none
    is wanted.  AUTHENTICATED: the login has succeeded and the features behind it were read.  BOUND: stanzas pass.
    """

    CONNECTED = 0
    OPENED = 1
    SECURED = 2
    AUTHENTICATED = 3
    BOUND = 4


class StartTls(NamedTuple):
    """Begin TLS as the client now, then call ``secured``."""


class Came(NamedTuple):
    """The server has said something, as the journal writes it; ``kind`` is iq, presence, message or stream."""

    data: bytes
    kind: str


class Arrived(NamedTuple):
    """The wanted phase is reached, or a later one on the way; ``features`` is the last offer, ``b""`` without one.

    ``jid`` is the full JID from bind on, of a component its domain.
    """

    phase: Phase
    jid: str | None
    features: bytes


class Failed(NamedTuple):
    """The wanted phase cannot be reached, for the reason in ``text``; nothing follows.

    ``about_account`` says that another account might get there.
    """

    text: str
    about_account: bool = False


class Over(NamedTuple):
    """The stream that had arrived has ended, in the way of ``text``; nothing follows."""

    text: str


Output: TypeAlias = Write | StartTls | Came | Arrived | Failed | Over


class InitiatingStream:
    """The initiating side of a stream for ``domain`` whose stanzas are in ``namespace``.

    ``phase`` is how far it is, ``awaited`` what the server has to say next, in words.  ``framed`` streams take one
    whole message of a WebSocket at a time; what they write is what TCP would carry, and
    :func:`rosterkit.wire.framed.messages` makes messages of it.
    """

    namespace: ClassVar[str]
    #: The options with which its user says where the server is, for sentences.
    options: ClassVar[str]

    def __init__(self, domain: str, upto: Phase, framed: bool = False) -> None:
        self.phase = Phase.CONNECTED
        self.awaited = "its stream header"
        self._domain = domain
        self._upto = upto
        self._framed = framed
        self._arrived = False
        self._listening = True
        self._skip_space = True
        self._next: Callable[[_Element], list[Output]] = _pass_over
        self._restart()

    def start(self) -> list[Output]:
        """Give what comes first; the connection is there."""
        return self._arrive() if self._upto is Phase.CONNECTED else self._begin()

    def receive(self, data: bytes) -> list[Output]:
        """Give what the next bytes lead to, in order; how they were cut makes no difference.

        After a :class:`Failed` or an :class:`Over` there is never anything.
        """
        if self._framed:
            return self._taken(self._messages.read(data)) if self._listening else []
        outputs: list[Output] = []
        while self._listening:
            if self._skip_space:
                data = data.lstrip(SPACE)
                self._skip_space = not data
            events = self._reader.feed(data)
            data = self._reader.rest
            for event in events:
                if self._listening:
                    outputs += self._taken(event)
            if not (events and data):
                break
        return outputs

    # What a kind of stream adds

    def _opened(self, header: Opened) -> list[Output]:
        """The server's header came, of the right namespaces."""
        raise NotImplementedError

    def _refused(self, condition: str, text: str) -> Failed:
        """The sentence for a stream error before the wanted phase."""
        raise NotImplementedError

    def _followed(self, element: _Element) -> None:
        """Something came after the wanted phase."""

    # What all have

    def _begin(self) -> list[Output]:
        """Open a stream: the first, or a new one on the same connection (RFC 6120 §4.3.3)."""
        self._restart()
        self.awaited = "its stream header"
        self._next = _pass_over
        values = {
            "xmlns": self.namespace,
            "xmlns_stream": STREAM,
            "to": self._domain,
            "xml_lang": None if self.namespace == COMPONENT else "en",
            "version": None if self.namespace == COMPONENT else "1.0",
        }
        return [Write(f"<?xml version='1.0'?><stream:stream{markup.attributes(**values)}>".encode())]

    def _restart(self) -> None:
        if self._framed:
            self._messages = MessageReader(LIMIT)
        else:
            self._reader = Reader(LIMIT, stepwise=True)
        self._skip_space = True

    def _read_on(self) -> None:
        """No element changes any more what the bytes behind it mean."""
        if not self._framed:
            self._reader.stepwise = False

    def _arrive(self, jid: str | None = None, features: bytes = b"") -> list[Output]:
        self._arrived = True
        return [Arrived(self.phase, jid, features)]

    def _taken(self, event: Event) -> list[Output]:
        if isinstance(event, StreamError):
            return [self._broken(event)]
        if isinstance(event, Closed):
            return [Came(encode.STREAM_END, "stream"), self._closed()]
        if isinstance(event, Opened):
            return [Came(_header(event, self.namespace), "stream"), *([] if self._arrived else self._begun(event))]
        came = Came(decode.xml(event), _KINDS.get(event.tag, "stream"))
        if event.tag == _ERROR:
            return [came, self._error(event)]
        if self._arrived:
            self._followed(event)
            return [came]
        return [came, *self._next(event)]

    def _begun(self, header: Opened) -> list[Output]:
        if header.tag != _ROOT or header.default_namespace != self.namespace:
            found = header.default_namespace or "no namespace"
            return [
                self._fail(
                    f"What answers there is no XMPP server for {_FOR[self.namespace]}: its stream is of "
                    f"{shown(found)}, not of {self.namespace}. Check {self.options}."
                )
            ]
        return self._opened(header)

    def _fail(self, text: str, about_account: bool = False) -> Failed:
        self._listening = False
        return Failed(text, about_account)

    def _broken(self, error: StreamError) -> Failed | Over:
        self._listening = False
        said = f"is no XMPP ({error.condition}): {shown(error.text)}"
        if self._arrived:
            return Over(f"What the server sends {said}")
        return Failed(f"What the server sends where {self.awaited} should come {said} Check {self.options}.")

    def _closed(self) -> Failed | Over:
        self._listening = False
        if self._arrived:
            return Over(f"The server has ended the stream with {'<close/>' if self._framed else '</stream:stream>'}.")
        return Failed(f"The server has ended the stream before {self.awaited} came. Look into its log.")

    def _error(self, element: _Element) -> Failed | Over:
        self._listening = False
        condition, text = condition_in(element, STREAM_ERRORS)
        if self._arrived:
            return Over(f"The server has ended the stream with the error {said_of(condition, text)}.")
        return self._refused(condition, text)


def _pass_over(_element: _Element) -> list[Output]:
    """Nothing of the sort was waited for."""
    return []


def _header(event: Opened, namespace: str) -> bytes:
    """The server's header, as the journal writes headers; with its namespaces where they are none of a stream."""
    root, default = event.tag[1:].rpartition("}")[0], event.default_namespace
    spaces = {"xmlns": default if default != namespace else None, "xmlns_stream": root if root != STREAM else None}
    values = {name: event.attributes.get(name) for name in ("from", "to", "id", "version")}
    lang = event.attributes.get(f"{{{XML}}}lang")
    return f"<stream:stream{markup.attributes(**spaces, **values, xml_lang=lang)}>".encode()
