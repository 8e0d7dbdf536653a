"""XML from a script or an order: the children of a stanza, or a whole one, read as strictly as a stream.

Tests: ``tests/wire/test_fragments.py``.
"""

from __future__ import annotations

from lxml.etree import _Element

from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import StreamError
from rosterkit.wire import decode
from rosterkit.wire.names import CLIENT
from rosterkit.wire.reader import Reader

__all__ = ["children", "stanza"]

_HEADER = f"<s xmlns='{CLIENT}'>".encode()
_PRESENCE = frozenset(f"{{{CLIENT}}}{name}" for name in ("show", "priority"))


def children(text: str) -> bytes:
    """The canonical XML of the elements that ``text`` spells; without a namespace they are the stream's.

    Raises ValueError for what is not well-formed or not allowed in a stream (RFC 6120 §11), for text between the
    elements, and for a show or a priority, which the rules must know of.
    """
    root = _one(f"<presence>{text}</presence>")
    if (root.text or "").strip() or any((child.tail or "").strip() for child in root):
        raise ValueError("There is text outside the elements.")
    if not _PRESENCE.isdisjoint(child.tag for child in root):
        raise ValueError("A show or a priority is not given as XML.")
    return b"".join(map(decode.xml, root))


def stanza(text: str) -> Iq | Presence | Message:
    """The stanza that ``text`` spells; what is wrong with its header stands in its ``fault``.

    Raises ValueError for what is not one whole stanza.
    """
    found = decode.stanza(_one(text))
    if found is None:
        raise ValueError("It is no iq, presence or message.")
    return found


def _one(text: str) -> _Element:
    """The one element that ``text`` spells, as a child of a stream's root."""
    reader = Reader()
    reader.feed(_HEADER)
    try:
        events = reader.feed(text.strip().encode())
    except UnicodeEncodeError as error:
        raise ValueError("It holds half a character.") from error
    if len(events) == 1 and isinstance(events[0], _Element):
        return events[0]
    if events and isinstance(events[-1], StreamError):
        raise ValueError(events[-1].text or f"It is {events[-1].condition}.")
    raise ValueError("It is not one whole element.")
