"""A journal as a dialogue to be read: the client on the left, the server on the right, and what was left unanswered.

Tests: ``tests/core/test_transcript.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rosterkit.core.journal import Entry
from rosterkit.core.visible import plain

__all__ = ["transcript"]

#: The most characters that are shown of one stanza.
_LONGEST = 600
_START = re.compile(rb"<([A-Za-z:]+)((?:\s[^<>]*)?)>")
_EMPTY = re.compile(rb"<([A-Za-z:]+)/>")
_ATTRIBUTE = re.compile(rb"\s(id|type)='([^']*)'")
_NAMESPACES = (" xmlns='jabber:client'", " xmlns:stream='http://etherx.jabber.org/streams'")


def transcript(entries: Sequence[Entry], width: int = 120) -> str:
    """Each entry in its order: time in seconds, who, what; ``width`` is in characters.

    What a client sent stands on the left, what it was sent on the right.  At the end stands every request (iq get or
    set, so every push too) that got no answer.  The notes that keep a call for a scenario are left out: what the call
    did has a sentence of its own.
    """
    entries = [entry for entry in entries if entry.kind != "call"]
    if not entries:
        return "Nothing happened.\n"
    column = max(20, (width - 22) // 2)
    lines = [f"{'':>9}  {'':12} {'from the client':<{column}} to the client"]
    for entry in entries:
        lines += _lines(entry, column)
    unanswered = [_unanswered(entry) for entry in _requests_without_answer(entries)]
    if unanswered:
        lines += ["", "Unanswered:", *unanswered]
    return "\n".join(lines) + "\n"


def _lines(entry: Entry, column: int) -> Iterator[str]:
    head = f"{entry.at:>9.3f}  {_who(entry):12}"
    if entry.direction == "note":
        yield f"{head} -- {plain(entry.text)}"
        return
    mark = f"!! {entry.fault}{' (not written)' if entry.withheld else ''} " if entry.fault else ""
    text = mark + (_stream(entry) if entry.kind == "stream" else _shown(entry))
    pieces = list(_wrapped(text, column))
    indent = "" if entry.direction == "in" else " " * (column + 1)
    for number, piece in enumerate(pieces):
        yield f"{head if not number else ' ' * len(head)} {indent}{piece}".rstrip()


def _wrapped(text: str, column: int) -> Iterator[str]:
    """``text`` in lines that break before a tag or an attribute where they can."""
    while len(text) > column:
        at = max(text.rfind("<", 1, column), text.rfind(" ", 1, column + 1))
        at = at if at > column // 2 else column
        yield text[:at]
        text = text[at:].lstrip(" ")
    yield text


def _who(entry: Entry) -> str:
    name = (entry.jid or entry.account or "").partition("/")[2] or (entry.account or "").partition("@")[0]
    return plain(f"{entry.session or ''} {name}".strip())[:12]


def _stream(entry: Entry) -> str:
    """Login and logout in a word or two: what matters comes later."""
    found = [name for name, _ in _START.findall(entry.data)] or _EMPTY.findall(entry.data)
    names = [name.decode().rpartition(":")[2] for name in found]
    return f"({', '.join(names[:4])})" if names else "(end of the stream)"


def _shown(entry: Entry) -> str:
    text = entry.data.decode("utf-8", "replace")
    for namespace in _NAMESPACES:
        text = text.replace(namespace, "")
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more)"
    return plain(text)


def _start(entry: Entry) -> tuple[str, str, str]:
    """Name, type and id of a stanza."""
    found = _START.match(entry.data)
    if found is None:
        return "", "", ""
    values = {name: value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(found[2])}
    return found[1].decode(), values.get(b"type", ""), values.get(b"id", "")


def _requests_without_answer(entries: Iterable[Entry]) -> list[Entry]:
    waiting: dict[tuple[str | None, str, str], Entry] = {}
    for entry in entries:
        if entry.direction == "note" or entry.withheld:
            continue
        name, kind, id_ = _start(entry)
        if name != "iq":
            continue
        if kind in ("get", "set"):
            waiting[entry.session, entry.direction, id_] = entry
        else:
            other = "out" if entry.direction == "in" else "in"
            waiting.pop((entry.session, other, id_), None)
    return [entry for entry in waiting.values() if entry.session is not None]


def _unanswered(entry: Entry) -> str:
    _, kind, id_ = _start(entry)
    what = "roster push" if entry.kind == "push" else f"iq {kind}"
    way = "to" if entry.direction == "out" else "from"
    return f"  entry {entry.number}: the {what} {plain(id_)!r} {way} {entry.jid or entry.session} got no answer"
