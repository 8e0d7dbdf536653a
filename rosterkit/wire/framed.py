"""A client's stream in messages instead of bytes: XMPP's framing for WebSocket (RFC 7395 §3.3).

One message is one whole element with all its namespaces.  ``<open/>`` and ``<close/>`` stand for the root's start and
end tag.  What is inside a message is read by the same reader as on TCP, with the same limits, and what we write is
written as for TCP and becomes messages at the very end, so that journals and faults know one form only.

Tests: ``tests/wire/test_framed.py``.
"""

from __future__ import annotations

import re

from lxml.etree import _Element

from rosterkit.errors import (
    STREAM_BAD_FORMAT,
    STREAM_INVALID_NAMESPACE,
    STREAM_NOT_WELL_FORMED,
    StreamError,
)
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.wire import encode, prolog
from rosterkit.wire.names import CLIENT, FRAMING, STREAM
from rosterkit.wire.negotiate import ClientStream
from rosterkit.wire.reader import Closed, Event, Opened, Reader
from rosterkit.wire.stream import Output

__all__ = ["FramedStream", "MessageReader", "messages"]

_OPEN, _CLOSE = f"{{{FRAMING}}}open", f"{{{FRAMING}}}close"
_ROOT = b"<s>"  # declares nothing, so that each message must
_BEGIN = f"<open xmlns='{FRAMING}'"

_NOT_ONE = STREAM_NOT_WELL_FORMED.saying(
    f"A message is one whole element and nothing else; a stream begins with {_BEGIN} .../> (RFC 7395 3.3)."
)
_FIRST = STREAM_INVALID_NAMESPACE.saying(f"A stream begins with {_BEGIN} .../> (RFC 7395 3.3).")
_AGAIN = STREAM_BAD_FORMAT.saying("The stream is open already; it begins anew only after a login.")
_BARE = STREAM_INVALID_NAMESPACE.saying(f"Each message declares its namespace; that of a stanza is {CLIENT}.")

# What is written for TCP, and what stands for it in a message.
_HEADER = encode.stream_header(CLIENT, None, "", None).partition(b" id=")[0]
_NAME = re.compile(rb"<(?:(iq|presence|message)|stream:(?:features|error))(?=[ \t\r\n/>])")
_ATTRIBUTE = rb"""(?:[ \t\r\n]+[^ \t\r\n=<>/'"]+[ \t\r\n]*=[ \t\r\n]*(?:'[^']*'|"[^"]*"))"""
# Whether an attribute declares it: a value may hold the same text, and a ">" too.
_STANZA_DECLARED = re.compile(_ATTRIBUTE + rb"*?[ \t\r\n]+xmlns[ \t\r\n]*=")
_STREAM_DECLARED = re.compile(_ATTRIBUTE + rb"*?[ \t\r\n]+xmlns:stream[ \t\r\n]*=")
_OF_STANZA, _OF_STREAM = f" xmlns='{CLIENT}'".encode(), f" xmlns:stream='{STREAM}'".encode()
_OPENING, _ENDING = f"{_BEGIN}%b/>".encode(), f"<close xmlns='{FRAMING}'/>".encode()


class MessageReader:
    """Reads the messages of one stream; each gives one event, the first of a stream an ``Opened`` or an error.

    Its limits are as for :class:`~rosterkit.wire.reader.Reader`.  After an error there is no use in going on.
    """

    def __init__(
        self,
        limit: int,
        limits: Limits = UNLIMITED,
        passed_on: bool = False,
    ) -> None:
        self._reader = Reader(limit, limits=limits, passed_on=passed_on)
        self._reader.feed(_ROOT)
        self._opened = False

    def read(self, message: bytes) -> Event:
        """What a message is.  It never raises, and for ``<open/>`` gives what the same header on TCP would."""
        begin = prolog.length(message[: prolog.LIMIT + 1])  # declarations are not recommended, but allowed (§3.3.3)
        if isinstance(begin, StreamError):
            return begin
        if begin is None or not message.startswith(b"<") or message.startswith(b"</"):
            return _NOT_ONE
        events = self._reader.feed(message[begin:])
        if events and isinstance(events[-1], StreamError):
            return events[-1]
        if len(events) != 1 or not isinstance(events[0], _Element) or not self._reader.between:
            return _NOT_ONE
        return self._event(events[0])

    def _event(self, element: _Element) -> Event:
        if element.tag == _CLOSE:
            return Closed()
        if element.tag == _OPEN:
            return _AGAIN if self._opened else self._open(element)
        if not self._opened:
            return _FIRST
        return element if element.tag.startswith("{") else _BARE

    def _open(self, element: _Element) -> Opened:
        self._opened = True
        return Opened(
            f"{{{STREAM}}}stream", CLIENT, {str(name): str(value) for name, value in element.attrib.items()}
        )


class FramedStream(ClientStream):
    """A client's streams on one WebSocket: :meth:`receive` takes one whole message, not any bytes.

    Its bytes are those of a TCP stream; :func:`messages` makes messages of them.
    """

    def receive(self, data: bytes) -> list[Output]:
        """Give what a message leads to, in order.  After an :class:`End` there is never anything."""
        if not self._listening:
            return []
        event = self._messages.read(data)
        return self._stanzas((event,)) if self.ready else self._negotiated(event)

    def _restart(self) -> None:
        self._messages = MessageReader(self._settings.limit, self._settings.limits, passed_on=True)
        self._header_sent = False


def messages(data: bytes) -> list[bytes]:
    """The messages that stand for what is written at once on TCP.

    That is a stanza or another element, a header with what follows it, or an error with the end of the stream.  A
    namespace that an element declares already is left alone.  White space between stanzas is no message (RFC 7395
    §3.8).
    """
    found: list[bytes] = []
    if data.startswith(_HEADER):
        end = data.index(b">", len(_HEADER))
        found.append(_OPENING % data[len(_HEADER) : end])
        data = data[end + 1 :]
    body = data.removesuffix(encode.STREAM_END)
    if body.strip():
        found.append(_with_namespace(body))
    if len(body) < len(data):
        found.append(_ENDING)
    return found


def _with_namespace(element: bytes) -> bytes:
    name = _NAME.match(element)
    if name is None:
        return element
    declaration, declared = (_OF_STANZA, _STANZA_DECLARED) if name[1] else (_OF_STREAM, _STREAM_DECLARED)
    at = name.end()
    if declared.match(element, at):
        return element
    return element[:at] + declaration + element[at:]
