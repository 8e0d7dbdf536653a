"""A stanza for a page: one line that says what it is, and its markup with a tag on each line.

Tests: ``tests/conformance/test_report_timeline.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element
from markupsafe import Markup

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.report.visible import cut, marked, shown_bytes
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["markup_of", "summary_of"]

#: What is written on one line, however many tags there are.
_SHORT = 100
#: The most steps that a line is indented.
_DEEPEST = 20
#: The most characters of a value in a summary, and the most addresses.
_LONGEST, _MOST = 80, 3
_TAG = re.compile(r"<(/?)([^\s<>/]+)((?:[^<>'\"/]|'[^']*'|\"[^\"]*\"|/(?!>))*)(/?)>")
_ATTRIBUTE = re.compile(r"\s+([^\s=]+)=('[^']*'|\"[^\"]*\")")
_FIRST_TAGS = re.compile(r"<([A-Za-z:]+)")
_KEPT = "\n\t"


def summary_of(seen: Seen) -> str:
    """What a stanza is in one line: ``roster push · id p1 · from a@b.test · helena@contacts.test``."""
    element = seen.element
    if element is None:
        return _of_bytes(seen)
    pieces = [_what(seen, element)]
    for name, value in (("id", seen.id), ("from", seen.sender), ("to", seen.to)):
        if value is not None and (name != "to" or seen.direction == "in"):
            pieces.append(f"{name} {cut(value, _LONGEST)}")
    items = [cut(item.get("jid") or "no jid", _LONGEST) for item in seen.items]
    if items and (len(items) <= _MOST or seen.kind != "roster"):
        more = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
        pieces.append(", ".join(items[:_MOST]) + more)
    return " · ".join(pieces)


def _of_bytes(seen: Seen) -> str:
    data = seen.entry.data
    names = [name.rpartition(":")[2] for name in _FIRST_TAGS.findall(shown_bytes(data[:2_000]))]
    if seen.kind == "stream":
        return ", ".join(dict.fromkeys(names[:4])) or "the end of the stream"
    return f"{len(data):,} bytes that are no whole stanza"


def _what(seen: Seen, element: _Element) -> str:
    if seen.name == "iq":
        return _what_iq(seen)
    if seen.name in ("presence", "message"):
        return f"{seen.name} {cut(seen.type or ('available' if seen.name == 'presence' else 'normal'), _LONGEST)}"
    mechanism = element.get("mechanism")
    name = cut(seen.name.rpartition("}")[2], _LONGEST)
    return f"{name} {cut(mechanism, _LONGEST)}" if mechanism else name


def _what_iq(seen: Seen) -> str:
    kind = cut(seen.type or "without type", _LONGEST)
    if seen.type == "error":
        return f"error {seen.condition or 'without condition'}"
    if seen.query is not None:
        if seen.type == "set":
            return "roster push" if seen.direction == "out" else "roster set"
        count = f", {len(seen.items)} entries" if seen.type == "result" else ""
        return f"roster {kind}{count}"
    name = cut(str(seen.payload.tag), _LONGEST).removeprefix(f"{{{ROSTER}}}") if seen.payload is not None else ""
    return f"iq {kind} {name.rpartition('}')[2]}".strip()


def markup_of(seen: Seen, longest: int) -> tuple[Markup, int]:
    """At most ``longest`` characters of an entry's data for a page, and how many there are besides."""
    text = shown_bytes(seen.entry.data)
    shown = text[:longest]
    if seen.element is None:
        return marked(shown, _KEPT), len(text) - len(shown)
    return Markup("".join(_pieces(shown, len(text) > _SHORT))), len(text) - len(shown)


def _pieces(text: str, breaks: bool) -> Iterator[str]:
    """The markup, each tag that stands directly behind another on a line of its own where ``breaks`` says so."""
    depth, place, before = 0, 0, ""
    for tag in _TAG.finditer(text):
        between = text[place : tag.start()]
        closing = bool(tag[1])
        depth -= closing
        if between:
            yield marked(between, _KEPT)
        elif breaks and before and not (closing and before == "open"):
            yield "\n" + "  " * min(max(depth, 0), _DEEPEST)
        yield from _tag(tag)
        before = "close" if closing or tag[4] else "open"
        depth += before == "open"
        place = tag.end()
    yield marked(text[place:], _KEPT)


def _tag(tag: re.Match[str]) -> Iterator[str]:
    yield f'&lt;{tag[1]}<b class="tag">{marked(tag[2])}</b>'
    place = 0
    for found in _ATTRIBUTE.finditer(tag[3]):
        kind = "ns" if found[1].startswith("xmlns") else "value"
        yield marked(tag[3][place : found.start()], _KEPT)
        yield f' {marked(found[1])}=<span class="{kind}">{marked(found[2], _KEPT)}</span>'
        place = found.end()
    yield marked(tag[3][place:], _KEPT)
    yield f"{tag[4]}&gt;"
