"""Elements to values: a stanza's header is read and judged, its payload stays an element or becomes bytes.

A payload as bytes is *canonical*: free of the stream's content namespace, every other namespace declared where it
begins, so that the same bytes mean the same in any client or component stream.

Tests: ``tests/wire/test_decode.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from lxml.etree import _Element

from rosterkit.core import jid, markup
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import (
    IQ_TYPES,
    MESSAGE_TYPES,
    PRESENCE_TYPES,
    SHOWS,
    Iq,
    Message,
    Presence,
    Stanza,
)
from rosterkit.errors import BAD_REQUEST, JID_MALFORMED, JidError
from rosterkit.wire.names import CONTENT, XML

__all__ = ["MALFORMED_SENDER", "stanza", "xml"]

#: Stands in ``sender`` where a ``from`` was given that is not a JID; it equals no real one.
MALFORMED_SENDER: Final = Jid("", "", "", "", "")

_LONGEST_REMEMBERED = 200
_LANG = f"{{{XML}}}lang"
_SPACE = " \t\r\n"
_BYTE = re.compile(r"([+-]?)0*([0-9]{1,3})\Z")


def stanza(element: _Element, lang: str | None = None) -> Iq | Presence | Message | None:
    """The stanza that ``element`` is; None where it is none of the three kinds in a content namespace.

    ``lang`` is the stream's default language, for a stanza that has none (RFC 6120 §8.1.5).  What is wrong with the
    header stands in ``fault``, the first thing found.  An iq of type get or set keeps its payload as ``child``; of
    every other stanza ``body`` holds all the children.
    """
    namespace, name = _split(element.tag)
    read = _KINDS.get(name) if namespace in CONTENT else None
    return read(element, namespace, lang) if read else None


def _iq(element: _Element, namespace: str, lang: str | None) -> Iq:
    value = Iq(element.get("type", ""))
    _address(value, element, lang)
    if value.type not in IQ_TYPES:
        _blame(value, f"An iq's type is get, set, result or error, not {_shown(value.type)}.")  # RFC 6120 §8.2.3
    if value.id is None:
        _blame(value, "An iq needs an id.")  # RFC 6120 §8.2.3
    if value.type not in ("get", "set"):
        value.body = _children(element, namespace)
    elif len(element) == 1:
        value.child = element[0]
    else:
        _blame(value, f"An iq of type {value.type} has one child element, not {len(element)}.")  # RFC 6120 §8.2.3
    return value


def _presence(element: _Element, namespace: str, lang: str | None) -> Presence:
    value = Presence(element.get("type", ""))
    _address(value, element, lang)
    if value.type not in PRESENCE_TYPES and element.get("type") is not None:
        _blame(value, f"There is no presence type {_shown(value.type)}; available presence has none.")  # §4.7.1
    if len(element) and value.type != "error":  # which nobody may answer with an error
        _read_children(value, element, namespace)
    value.body = _children(element, namespace)
    return value


def _message(element: _Element, namespace: str, lang: str | None) -> Message:
    type_ = element.get("type", "normal")
    value = Message(type_ if type_ in MESSAGE_TYPES else "normal")  # §5.2.2
    _address(value, element, lang)
    value.body = _children(element, namespace)
    return value


_KINDS: Final[dict[str, Callable[[_Element, str, str | None], Iq | Presence | Message]]] = {
    "iq": _iq,
    "presence": _presence,
    "message": _message,
}


def _address(value: Stanza, element: _Element, lang: str | None) -> None:
    """Read what every stanza may carry."""
    value.id = element.get("id")
    value.lang = element.get(_LANG, lang)
    to, sender = element.get("to"), element.get("from")
    try:
        value.to = None if to is None else jid.parse(to)
    except JidError as error:
        value.fault = JID_MALFORMED.saying(str(error))  # RFC 6120 §8.1.1.1
    try:
        value.sender = None if sender is None else jid.parse(sender)
    except JidError:
        value.sender = MALFORMED_SENDER


def _read_children(value: Presence, element: _Element, namespace: str) -> None:
    """Judge show and priority; those of other namespaces are something else."""
    show, priority = f"{{{namespace}}}show", f"{{{namespace}}}priority"
    met: list[str] = []
    for child in element:
        tag = child.tag
        if tag == show:
            _read_show(value, child)
        elif tag == priority:
            _read_priority(value, child)
        else:
            continue
        if tag in met:
            _blame(value, f"A presence has one {_split(tag)[1]} at most.")  # §4.7.2.1, §4.7.2.3
        met.append(tag)


def _read_show(value: Presence, child: _Element) -> None:
    text = (child.text or "").strip(_SPACE)
    if text not in SHOWS or len(child):
        _blame(value, f"A show is away, chat, dnd or xa, not {_shown(text)}.")  # §4.7.2.1


def _read_priority(value: Presence, child: _Element) -> None:
    text = (child.text or "").strip(_SPACE)
    match = _BYTE.match(text)
    number = int(match[1] + match[2]) if match else 128
    if not -128 <= number <= 127 or len(child):
        _blame(value, f"A priority is a whole number from -128 to 127, not {_shown(text)}.")  # §4.7.2.3
    elif not value.type:
        value.priority = number


def _blame(value: Stanza, text: str) -> None:
    """Note what is wrong, unless something was already."""
    if value.fault is None:
        value.fault = BAD_REQUEST.saying(text)


def _shown(text: str) -> str:
    """``text`` quoted for a sentence, cut to a readable length."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


# Canonical XML


def xml(element: _Element) -> bytes:
    """The canonical bytes of one element, which is or stands in a child of the stream; its tail is not part of it."""
    parent = element.getparent()
    around = _split(parent.tag)[0] if parent is not None else ""
    own = _split(element.tag)[0]
    pieces: list[str] = []
    _write(element, around if around in CONTENT else own if own in CONTENT else None, pieces)
    return "".join(pieces).encode()


def _children(element: _Element, namespace: str) -> bytes:
    """Everything between the tags of ``element``, text included."""
    if not len(element) and not element.text:
        return b""
    pieces: list[str] = []
    _write_content(element, namespace, pieces)
    return "".join(pieces).encode()


def _write(element: _Element, around: str | None, pieces: list[str]) -> None:
    namespace, name = _split(element.tag)
    if namespace == XML:  # which no declaration may name; the default namespace stays what it is around it
        name, inner = f"xml:{name}", around
        pieces.append(f"<{name}")
    else:
        inner = namespace
        pieces.append(f"<{name}" if namespace == around else f"<{name} xmlns='{markup.attribute(namespace)}'")
    for number, (key, value) in enumerate(element.items()):
        pieces.append(_attribute(number, key, value))
    inside = len(pieces)
    pieces.append(">")
    _write_content(element, inner, pieces)
    if len(pieces) > inside + 1:
        pieces.append(f"</{name}>")
    else:
        pieces[inside] = "/>"


def _write_content(element: _Element, namespace: str | None, pieces: list[str]) -> None:
    text = element.text
    if text:
        pieces.append(markup.text(text))
    if not len(element):
        return
    for child in element:
        _write(child, namespace, pieces)
        tail = child.tail
        if tail:
            pieces.append(markup.text(tail))


def _attribute(number: int, key: Any, value: Any) -> str:
    namespace, name = _split(key)
    text = f"{name}='{markup.attribute(value)}'"
    if not namespace:
        return f" {text}"
    if namespace == XML:
        return f" xml:{text}"
    return f" xmlns:n{number}='{markup.attribute(namespace)}' n{number}:{text}"


def _split(tag: str) -> tuple[str, str]:
    """``{namespace}name`` as its two parts; the namespace is ``""`` where there is none."""
    return _remembered(tag) if len(tag) <= _LONGEST_REMEMBERED else _parts(tag)


def _parts(tag: str) -> tuple[str, str]:
    namespace, brace, name = tag.rpartition("}")
    return namespace[1:] if brace else "", name


_remembered = lru_cache(maxsize=1024)(_parts)
