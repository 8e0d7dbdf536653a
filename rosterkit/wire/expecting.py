"""What a client sent as a template that another run of it, or another client, can meet too.

Ids, versions, resources, priorities, and whatever belongs to extensions that rosters know nothing of are left out.

Tests: ``tests/wire/test_expecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from rosterkit.core import markup
from rosterkit.core.stanza import SUBSCRIPTION_TYPES
from rosterkit.errors import PatternError
from rosterkit.wire.names import CLIENT
from rosterkit.wire.patterns import MAX_TEMPLATE, parse_entry, read_pattern

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["template_of"]

_ROSTER = "jabber:iq:roster"
_BLOCKING = "urn:xmpp:blocking"
#: Requests that say nothing of rosters: of logging in, and of whether the server is still there.
_LEFT_OUT = frozenset({"urn:ietf:params:xml:ns:xmpp-bind", "urn:ietf:params:xml:ns:xmpp-session", "urn:xmpp:ping"})
#: What is kept of the elements of a payload, by its namespace; of others only the payload's own name.
_KEPT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    _ROSTER: {"item": ("jid", "name", "subscription"), "group": ()},
    _BLOCKING: {"item": ("jid",)},
}
#: The most characters of a template: much less than one may have, for its domains may become longer ones.
_LONGEST = MAX_TEMPLATE // 8
_SPOKEN = {"presence": ("show", "status"), "message": ("subject", "body")}


def template_of(data: bytes, own: str, resources: Collection[str] = ()) -> str | None:
    """A template that ``data``, a stanza of the account ``own`` (a bare JID), meets; None where it is left out.

    ``resources`` are full JIDs of clients, whose resources another run may choose otherwise.
    """
    stanza = parse_entry(data)
    if stanza is None:
        return None
    namespace, name = _split(stanza)
    made = (
        _MAKERS[name](stanza, name, _address(stanza, own, resources))
        if namespace == CLIENT and name in _MAKERS
        else None
    )
    return made if made is None or _can_be_read(made) else f"<{name}/>"


def _can_be_read(template: str) -> bool:
    if len(template) > _LONGEST:
        return False
    try:
        read_pattern({"xml": template}, "it")
    except PatternError:  # it is too large; what it is stays
        return False
    return True


def _address(stanza: _Element, own: str, resources: Collection[str]) -> str | None:
    to = stanza.get("to")
    return None if to is None or to == own else "*" if to in resources else to


def _of_iq(stanza: _Element, name: str, to: str | None) -> str | None:
    kind = stanza.get("type")
    payload = next((child for child in stanza if isinstance(child.tag, str)), None)
    if kind not in ("get", "set"):
        return markup.element(name, type=kind)
    if payload is None or _split(payload)[0] in _LEFT_OUT:
        return None
    return markup.element(name, _of_payload(payload), type=kind, to=to)


def _of_payload(payload: _Element) -> str:
    namespace, name = _split(payload)
    kept = _KEPT.get(namespace, {})
    content = "".join(_of_child(child, namespace, kept) for child in payload)
    return markup.element(name, content, xmlns=namespace)


def _of_child(child: _Element, around: str, kept: Mapping[str, tuple[str, ...]]) -> str:
    namespace, name = _split(child)
    if namespace != around or name not in kept:
        return ""
    content = "".join(_of_child(one, around, kept) for one in child) or markup.text(child.text or "")
    return markup.element(name, content, **{key: child.get(key) for key in kept[name]})


def _of_presence(stanza: _Element, name: str, to: str | None) -> str:
    kind = stanza.get("type")
    content = "" if kind in SUBSCRIPTION_TYPES else _spoken(stanza, name)
    return markup.element(name, content, type=kind, to=to)


def _of_message(stanza: _Element, name: str, to: str | None) -> str:
    return markup.element(name, _spoken(stanza, name), type=stanza.get("type"), to=to)


def _spoken(stanza: _Element, name: str) -> str:
    """What people said."""
    said = ((_split(child), child.text or "") for child in stanza)
    return "".join(
        markup.element(one, markup.text(text))
        for (namespace, one), text in said
        if namespace == CLIENT and one in _SPOKEN[name]
    )


_MAKERS: Mapping[str, Callable[[_Element, str, str | None], str | None]] = {
    "iq": _of_iq,
    "presence": _of_presence,
    "message": _of_message,
}


def _split(element: _Element) -> tuple[str, str]:
    namespace, _, name = str(element.tag).rpartition("}")
    return namespace[1:], name
