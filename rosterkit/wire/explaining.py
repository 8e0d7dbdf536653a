"""Which rule a stanza that has passed belongs to.

Tests: ``tests/wire/test_explaining.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rosterkit.core.journal import Entry
from rosterkit.core.stanza import SUBSCRIPTION_TYPES
from rosterkit.wire.patterns import parse_entry

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["explain", "request_of"]

_ROSTER = "{jabber:iq:roster}"
_STREAMS = "{http://etherx.jabber.org/streams}"
_PAYLOADS: Mapping[str, str] = {
    "urn:ietf:params:xml:ns:xmpp-bind": "bind",
    "urn:ietf:params:xml:ns:xmpp-session": "session",
    "http://jabber.org/protocol/disco#info": "disco",
    "http://jabber.org/protocol/disco#items": "disco",
    "jabber:iq:register": "register",
    "jabber:iq:version": "version",
    "urn:xmpp:blocking": "blocking",
    "urn:xmpp:ping": "ping",
}
#: What tells the phase of a stream, in the order in which it is looked for.
_PHASES = (
    (b"urn:ietf:params:xml:ns:xmpp-tls", "tls"),
    (b"urn:ietf:params:xml:ns:xmpp-sasl", "sasl"),
    (b"stream:error", "stream-error"),
    (b"<stream:stream", "stream"),
    (b"<stream:features", "stream"),
    (b"</stream:stream", "stream-end"),
    (b"<close ", "stream-end"),  # of WebSocket (RFC 7395 §3.6)
)


#: What refuses a request that has a rule of its own for that.
_REFUSALS = {"push": "push-refused", "roster-set": "set-refused", "roster-remove": "remove-refused"}
#: What answers each request that is taken; the others have one rule for both.
_ANSWERS = {
    "push": "push-answer",
    "roster-get": "roster-result",
    "versioned-get": "roster-result",
    "roster-set": "set-taken",
    "roster-remove": "removed",
}


def explain(entry: Entry, asked: Entry | None = None) -> str | None:
    """The name in :data:`~rosterkit.core.rules.RULES` of the rule for what passed as ``entry``; None for a note.

    ``asked`` is the request that it answers, see :func:`request_of`.  What is no whole stanza, as a fault may have
    left it, has the rule for what nobody knows.
    """
    if entry.direction == "note":
        return None
    if entry.kind == "stream":
        return _phase(entry.data)
    element = parse_entry(entry.data)
    return _name(element, entry, asked) if element is not None else "other"


def request_of(entry: Entry, before: list[Entry]) -> Entry | None:
    """The request among those ``before`` that ``entry`` answers: of the same session, the other way, with its id."""
    element = _iq(entry)
    if element is None or element.get("type") not in ("result", "error"):
        return None
    for other in reversed(before):
        if other.session != entry.session or other.direction in (entry.direction, "note"):
            continue
        request = _iq(other)
        if request is not None and request.get("type") in ("get", "set") and request.get("id") == element.get("id"):
            return other
    return None


def _iq(entry: Entry) -> _Element | None:
    if entry.direction == "note" or b"<iq" not in entry.data[:4]:
        return None
    return parse_entry(entry.data)


def _phase(data: bytes) -> str:
    return next((name for mark, name in _PHASES if mark in data), "stream")


def _name(element: _Element, entry: Entry, asked: Entry | None) -> str:
    kind = element.tag.rpartition("}")[2]
    if kind == "iq":
        return _of_iq(element, entry.direction, asked)
    if kind == "presence":
        return _of_presence(element, entry.direction)
    return "message" if kind == "message" else "other"


def _of_presence(element: _Element, direction: str) -> str:
    kind = element.get("type") or ""
    told = direction == "out"
    if kind in SUBSCRIPTION_TYPES:
        return f"{kind}-{'in' if told else 'out'}"  # as the user sees it
    if kind in ("", "unavailable"):
        name = kind or "available"
        return f"{name}-told" if told else "directed" if element.get("to") else name
    return {"probe": "probe", "error": "presence-error"}.get(kind, "other")


def _of_iq(element: _Element, direction: str, asked: Entry | None) -> str:
    kind = element.get("type")
    if kind in ("result", "error"):
        return _of_answer(element, kind, asked)
    payload = element[0] if len(element) and isinstance(element[0].tag, str) else None
    if payload is None:
        return "iq"
    if payload.tag != f"{_ROSTER}query":
        return _PAYLOADS.get(payload.tag.partition("}")[0][1:], "iq")
    if kind == "get":
        return "roster-get" if payload.get("ver") is None else "versioned-get"
    if direction == "out":
        return "push"
    removes = any(item.get("subscription") == "remove" for item in payload)
    return "roster-remove" if removes else "roster-set"


def _of_answer(element: _Element, kind: str, asked: Entry | None) -> str:
    has_roster = element.find(f"{_ROSTER}query") is not None
    about = explain(asked) if asked is not None else None
    if kind == "error":
        return _REFUSALS.get(about or "", "iq-error")
    if about == "versioned-get" and not has_roster:
        return "unchanged"
    return _ANSWERS.get(about, about) if about is not None else "roster-result" if has_roster else "iq"
