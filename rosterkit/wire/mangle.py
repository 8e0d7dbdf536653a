"""Outgoing stanzas altered by a fault: spoofed, malformed, with a wrong version.

Tests: ``tests/wire/test_mangle.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lxml import etree
from lxml.etree import _Element

from rosterkit.core.faults import Fault
from rosterkit.core.roster import NAMESPACE
from rosterkit.wire import decode
from rosterkit.wire.patterns import parse_entry

__all__ = ["STRANGER", "Target", "mangle", "version_of"]

#: Who has nothing to say to the client.
STRANGER = "stranger@stranger.test"
_QUERY, _ITEM, _GROUP = (f"{{{NAMESPACE}}}{name}" for name in ("query", "item", "group"))


class Target(NamedTuple):
    """Whom a stanza is for, and which roster versions went there before: the first one, and the last."""

    bare: str
    full: str
    first_version: str | None = None
    last_version: str | None = None


def mangle(fault: Fault, data: bytes, target: Target) -> bytes:
    """The stanza as ``fault`` makes it; unaltered where the fault has nothing to do with its content."""
    alter = _ALTER.get(fault.name)
    element = parse_entry(data) if alter is not None else None
    if alter is None or element is None:
        return data
    alter(element, fault, target)
    return decode.xml(element)


def version_of(data: bytes) -> str | None:
    """The roster version that a push or a result carries; its items are not read, which may be thousands."""
    head, found, _ = data.partition(b"<item")
    element = parse_entry(head + b"</query></iq>" if found else data)
    query = element.find(_QUERY) if element is not None else None
    return query.get("ver") if query is not None else None


def _query(stanza: _Element) -> _Element:
    query = stanza.find(_QUERY)
    return query if query is not None else etree.SubElement(stanza, _QUERY)


def _item(stanza: _Element) -> _Element:
    query = _query(stanza)
    item = query.find(_ITEM)
    return item if item is not None else etree.SubElement(query, _ITEM)


def _put(element: _Element, name: str, value: str | None) -> None:
    if value is not None:
        element.set(name, value)
    elif name in element.attrib:
        del element.attrib[name]


def _from(sender: Callable[[Target], str]) -> Callable[[_Element, Fault, Target], None]:
    def alter(stanza: _Element, _fault: Fault, target: Target) -> None:
        stanza.set("from", sender(target))

    return alter


def _item_with(**values: str | None) -> Callable[[_Element, Fault, Target], None]:
    def alter(stanza: _Element, _fault: Fault, _target: Target) -> None:
        for name, value in values.items():
            _put(_item(stanza), name, value)

    return alter


def _groups(*names: str) -> Callable[[_Element, Fault, Target], None]:
    def alter(stanza: _Element, _fault: Fault, _target: Target) -> None:
        for name in names:
            etree.SubElement(_item(stanza), _GROUP).text = name

    return alter


def _without_item(stanza: _Element, _fault: Fault, _target: Target) -> None:
    query = _query(stanza)
    for item in list(query):
        query.remove(item)


def _two_items(stanza: _Element, _fault: Fault, _target: Target) -> None:
    etree.SubElement(_query(stanza), _ITEM, jid="second@stranger.test", subscription="none")


def _full_jid(stanza: _Element, _fault: Fault, _target: Target) -> None:
    item = _item(stanza)
    item.set("jid", f"{item.get('jid')}/resource")


def _unknown(stanza: _Element, _fault: Fault, _target: Target) -> None:
    for element in (_query(stanza), _item(stanza)):
        element.set("unknown", "attribute")
        etree.SubElement(element, "{urn:rosterkit:unknown}unknown").text = "child"


def _long_name(stanza: _Element, fault: Fault, _target: Target) -> None:
    _item(stanza).set("name", "n" * int(fault.values["bytes"]))


def _wrong_id(stanza: _Element, _fault: Fault, _target: Target) -> None:
    stanza.set("id", f"{stanza.get('id')}-wrong")


def _empty(stanza: _Element, _fault: Fault, _target: Target) -> None:
    for child in list(stanza):
        stanza.remove(child)


def _version(version: Callable[[Target], str | None]) -> Callable[[_Element, Fault, Target], None]:
    def alter(stanza: _Element, fault: Fault, target: Target) -> None:
        query, given = stanza.find(_QUERY), version(target)
        if query is not None and (given is not None or fault.name == "missing-ver"):
            _put(query, "ver", given)

    return alter


_ALTER: Mapping[str, Callable[[_Element, Fault, Target], None]] = {
    "push-from-stranger": _from(lambda _: STRANGER),
    "push-from-domain": _from(lambda target: target.bare.partition("@")[2]),
    "push-from-full-jid": _from(lambda target: target.full),
    "push-from-other-resource": _from(lambda target: f"{target.bare}/another-resource"),
    "push-from-bare-jid": _from(lambda target: target.bare),
    "push-without-item": _without_item,
    "push-with-two-items": _two_items,
    "push-without-jid": _item_with(jid=None),
    "push-malformed-jid": _item_with(jid="@@"),
    "push-full-jid": _full_jid,
    "push-unknown-subscription": _item_with(subscription="sometimes"),
    "push-unknown-attributes": _unknown,
    "push-duplicate-groups": _groups("twice", "twice"),
    "push-empty-group": _groups(""),
    "push-long-name": _long_name,
    "result-wrong-from": _from(lambda _: STRANGER),
    "result-wrong-id": _wrong_id,
    "empty-result": _empty,
    "missing-ver": _version(lambda _: None),
    "repeated-ver": _version(lambda target: target.last_version),
    "older-ver": _version(lambda target: target.first_version),
}
