"""Iq, Presence and Message: headers around an opaque payload, and the small element view that decoding reads.

A stanza is never changed after it went out as an effect; the server stamps ``sender`` once, on arrival.  ``body``
is the XML of the children as bytes in UTF-8, free of the stream's own namespace, so that the same bytes serve
client and component streams.  ``memo`` belongs to the encoder.

Tests: ``tests/core/test_stanza.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from rosterkit.core.jid import Jid
from rosterkit.errors import StanzaError

__all__ = [
    "IQ_TYPES",
    "MESSAGE_TYPES",
    "SHOWS",
    "SUBSCRIPTION_TYPES",
    "Element",
    "Iq",
    "Message",
    "Presence",
    "Stanza",
]

IQ_TYPES = frozenset({"get", "set", "result", "error"})
MESSAGE_TYPES = frozenset({"normal", "chat", "headline", "groupchat", "error"})
SHOWS = frozenset({"away", "chat", "dnd", "xa"})
#: The four presence types that manage subscriptions (RFC 6121 §3).
SUBSCRIPTION_TYPES = frozenset({"subscribe", "subscribed", "unsubscribe", "unsubscribed"})
#: Every presence type that may stand in the attribute (RFC 6121 §4.7.1).
PRESENCE_TYPES = SUBSCRIPTION_TYPES | {"unavailable", "probe", "error"}


class Element(Protocol):
    """What decoding may ask of an element; lxml's elements are one already."""

    @property
    def tag(self) -> str:
        """``{namespace}name``, or ``name`` without a namespace."""

    @property
    def text(self) -> str | None:
        """Character data before the first child."""

    def get(self, key: str) -> str | None:
        """An attribute's value, or None."""

    def __iter__(self) -> Iterator[Element]:
        """Child elements in document order."""

    def __len__(self) -> int:
        """How many children there are."""


@dataclass(slots=True, eq=False)
class Stanza:
    """What the three kinds share.  ``to`` is None where the attribute is absent.

    ``sender`` is at first what the client claimed and after stamping the truth.  ``fault`` is what the decoder
    found wrong with the header; the server answers with it and looks no further.
    """

    type: str = ""
    id: str | None = None
    to: Jid | None = None
    sender: Jid | None = None
    lang: str | None = None
    body: bytes = b""
    fault: StanzaError | None = None
    memo: Any = field(default=None, repr=False)


@dataclass(slots=True, eq=False)
class Iq(Stanza):
    """An info/query stanza.  ``child`` is the view of the one payload element of a get or set that was read.

    Where ``child`` is given, ``body`` is filled only when the stanza is forwarded (by the encoder).
    """

    child: Element | None = None


@dataclass(slots=True, eq=False)
class Presence(Stanza):
    """A presence stanza; type ``""`` means available.  ``priority`` is -128 to 127 (RFC 6121 §4.7.2.3)."""

    priority: int = 0


@dataclass(slots=True, eq=False)
class Message(Stanza):
    """A message stanza; an absent or unknown type is ``"normal"`` (RFC 6121 §5.2.2)."""
