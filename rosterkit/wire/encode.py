"""Values to bytes: text is joined and spliced, never a tree built.

What is sent to many is encoded once and remembered on the value; per receiver only ``to`` (and the id of a push) is
put in.  A value must not change after it was first encoded.

Tests: ``tests/wire/test_encode.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rosterkit.core import markup
from rosterkit.core.effects import Push, SendRoster
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.state import Session
from rosterkit.errors import StreamError
from rosterkit.wire import decode
from rosterkit.wire.names import COMPONENT, STREAM, STREAM_ERRORS

__all__ = ["STREAM_END", "item", "pushes", "roster_result", "stanza", "stream_error", "stream_header"]

#: The end of a stream.
STREAM_END = b"</stream:stream>"

_NAMES: dict[type[Stanza], str] = {Iq: "iq", Presence: "presence", Message: "message"}


def stanza(value: Stanza, to: str | None) -> bytes:
    """``value`` as it goes out to ``to``, which need not be ``value.to``; the rest is remembered on the value."""
    memo = value.memo
    if memo is None:
        memo = value.memo = _around_to(value)
    head, tail = memo
    return head + tail if to is None else head + _to(to) + tail  # type: ignore[no-any-return]


def _around_to(value: Stanza) -> tuple[bytes, bytes]:
    """What stands before and after ``to``; spelled out, since this is done for nearly every stanza."""
    name, type_ = _NAMES[type(value)], _type(value)
    head = f"<{name}"
    if value.sender:
        head += f" from='{markup.attribute(value.sender.full)}'"
    if value.id is not None:
        head += f" id='{markup.attribute(value.id)}'"
    if type_ is not None:
        head += f" type='{type_}'"
    if value.lang is not None:
        head += f" xml:lang='{markup.attribute(value.lang)}'"
    body = _body(value)
    return head.encode(), b">%b</%b>" % (body, name.encode()) if body else b"/>"


def _type(value: Stanza) -> str | None:
    if isinstance(value, Message) and value.type == "normal":
        return None  # §5.2.2: that is what no type means
    return value.type or None


def _body(value: Stanza) -> bytes:
    if isinstance(value, Iq) and value.child is not None and not value.body:
        value.body = decode.xml(value.child)  # type: ignore[arg-type]
    return value.body


@lru_cache(maxsize=16384)
def _to(address: str) -> bytes:
    return f" to='{markup.attribute(address)}'".encode()


def item(value: Item) -> bytes:
    """One ``<item/>`` of a roster, remembered on the value; a removed one has its JID and subscription only."""
    memo = value.memo
    if memo is None:
        memo = _item(value)
        object.__setattr__(value, "memo", memo)  # the one thing of it that changes, and nothing that is compared
    return memo


def _item(value: Item) -> bytes:
    if value.subscription == "remove":
        return markup.element("item", jid=value.jid, subscription="remove").encode()  # §2.5.1
    head = f"<item jid='{markup.attribute(value.jid)}'"
    if value.name is not None:
        head += f" name='{markup.attribute(value.name)}'"
    head += f" subscription='{value.subscription}'"
    if value.ask:
        head += " ask='subscribe'"
    if value.approved:
        head += " approved='true'"
    groups = [f"<group>{markup.text(group)}</group>" for group in value.groups]
    return (f"{head}>{''.join(groups)}</item>" if groups else f"{head}/>").encode()


def roster_result(effect: SendRoster) -> tuple[bytes, ...]:
    """The answer to a roster get in pieces to be written one after another; the items' join is remembered."""
    head = f"<iq type='result' id='{markup.attribute(effect.id)}'"
    if effect.sender is not None:
        head += f" from='{markup.attribute(effect.sender)}'"
    query = _query(effect.roster.version if effect.versioned else None)
    return b"%b%b>%b" % (head.encode(), _to(effect.session.jid.full), query), _items(effect.roster), b"</query></iq>"


def _items(roster: Roster) -> bytes:
    known = roster.memo.get("xml")
    if known is None:
        known = roster.memo["xml"] = b"".join(map(item, roster.items.values()))
    return known


def _query(version: str | None) -> bytes:
    """The start tag of a roster query."""
    ver = "" if version is None else f" ver='{markup.attribute(version)}'"
    return f"<query xmlns='{ROSTER}'{ver}>".encode()


def pushes(effect: Push) -> Iterator[tuple[Session, bytes]]:
    """Each receiver with its push: one body, its own id and ``to``, no ``from`` (§2.1.6)."""
    tail = b">%b%b</query></iq>" % (_query(effect.version), item(effect.item))
    for session, id_ in effect.receivers:
        yield session, b"<iq type='set' id='%b'%b%b" % (markup.attribute(id_).encode(), _to(session.jid.full), tail)


def stream_header(
    default_namespace: str, domain: str | None, stream_id: str, to: str | None, lang: str = "en"
) -> bytes:
    """The XML declaration and the root's start tag; ``domain`` is its ``from`` (RFC 6120 §4.7)."""
    head, tail = _around_id(default_namespace, domain, to, lang)
    return b"%b id='%b'%b" % (head, markup.attribute(stream_id).encode(), tail)


@lru_cache(maxsize=256)
def _around_id(default_namespace: str, domain: str | None, to: str | None, lang: str) -> tuple[bytes, bytes]:
    """What stands before and after the id of a header."""
    after = {
        "from": domain,
        "to": to,
        "version": None if default_namespace == COMPONENT else "1.0",  # XEP-0114 has no features
        "xml_lang": lang,
    }
    before = markup.attributes(xmlns=default_namespace, xmlns_stream=STREAM)
    return f"<?xml version='1.0'?><stream:stream{before}".encode(), f"{markup.attributes(**after)}>".encode()


def stream_error(error: StreamError) -> bytes:
    """``<stream:error/>``; the stream's end is the caller's to send (RFC 6120 §4.9.2)."""
    condition = markup.element(error.condition, xmlns=STREAM_ERRORS)
    text = markup.element("text", markup.text(error.text), xmlns=STREAM_ERRORS, xml_lang="en") if error.text else ""
    return markup.element("stream:error", condition + text).encode()
