"""What judges of the cases of RFC 6121 §3 look for: stanzas, pushes and entries that are there or are not.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lxml.etree import QName, _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import broken
from rosterkit.conformance.server.cases.subscriptions_moves import CHILDREN
from rosterkit.conformance.server.evidence import Evidence, Held, pushed_item
from rosterkit.conformance.server.judging import state_words
from rosterkit.conformance.server.tables import State
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.patterns import parse_entry

__all__ = [
    "absent",
    "held",
    "language",
    "lost_children",
    "ordered",
    "present",
    "pushed_gone",
    "pushed_to",
    "stands",
    "unpushed",
]

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def present(seen: Sequence[Seen], words: str, level: Level = Level.MUST) -> Finding | None:
    """Nothing came, where something should."""
    return None if seen else broken(level, words)


def absent(seen: Sequence[Seen], words: str, level: Level = Level.MUST) -> Finding | None:
    """Something came, where nothing should."""
    return broken(level, words, *seen) if seen else None


def pushed_to(
    evidence: Evidence, lines: Iterable[str], contact: str, state: State, mark: str = "event"
) -> Iterator[Finding | None]:
    """On each of ``lines`` the last push about ``contact`` says ``state`` (§2.1.6)."""
    for line in lines:
        pushes = evidence.pushes(line, mark, contact)
        if not pushes:
            yield broken(Level.MUST, f"No push about the contact came on the line {line}.")
        elif pushed_item(pushes[-1]).state != (state.subscription, state.ask):
            words = state_words(*pushed_item(pushes[-1]).state)
            should = state_words(state.subscription, state.ask)
            yield broken(
                Level.MUST, f"The push on the line {line} says {words}, and should say {should}.", pushes[-1]
            )


def pushed_gone(evidence: Evidence, lines: Iterable[str], contact: str) -> Iterator[Finding | None]:
    """On each of ``lines`` the last push about ``contact`` says that nothing is left: none, or removed (§3, §A.1)."""
    for line in lines:
        pushes = evidence.pushes(line, "event", contact)
        yield present(pushes, f"No push on the line {line} says what has become of the entry.", Level.SHOULD)
        found = pushed_item(pushes[-1]).state
        if found not in (("none", False), ("remove", False)):
            yield broken(Level.MUST, f"The push on the line {line} says {state_words(*found)}.", pushes[-1])


def unpushed(
    evidence: Evidence, line: str, contact: str | None, words: str, level: Level = Level.MUST, mark: str = "event"
) -> Finding | None:
    """A push came, about ``contact`` or, where that is None, about anybody."""
    return absent(evidence.pushes(line, mark, contact), words, level)


def ordered(evidence: Evidence, line: str, type_: str, contact: str) -> Finding | None:
    """The stanza that came is delivered before the push that it causes; both have to be there (§3.1.6)."""
    notices = evidence.presences(line, "event", type_, contact)
    pushes = evidence.pushes(line, "event", contact)
    if not notices or not pushes:
        missing = " and ".join([*([type_] if not notices else []), *(["push"] if not pushes else [])])
        return broken(Level.MUST, f"No {missing} came, so there is no order to see.")
    if notices[0].number > pushes[0].number:
        return broken(Level.MUST, f"The push came before the {type_}.", pushes[0], notices[0])
    return None


def held(evidence: Evidence, mark: str, contact: str) -> Held | None:
    """The entry of a contact in the roster that was fetched under ``mark``; None where there is none."""
    return (evidence.roster(mark) or {}).get(contact)


def stands(evidence: Evidence, mark: str, contact: str, state: State, level: Level = Level.MUST) -> Finding | None:
    """The roster that was fetched under ``mark`` shows something else than ``state`` for a contact."""
    answer = evidence.answer(mark)
    if evidence.roster(mark) is None:
        return broken(
            Level.MUST, f"The request for the roster as {mark!r} got no result.", *([answer] if answer else [])
        )
    entry = held(evidence, mark, contact)
    found = entry.state if entry is not None else ("none", False)
    if found == (state.subscription, state.ask):
        return None
    words, should = state_words(*found), state_words(state.subscription, state.ask)
    return broken(level, f"The roster shows {words}, and should show {should}.", *([answer] if answer else []))


# Children


def lost_children(seen: Seen) -> list[str]:
    """The names of those of :data:`CHILDREN` that are not, or not as they were, in a stanza."""
    there = [_shape(child) for child in _children(seen.element)]
    return [QName(child).localname for child in _children(_SENT) if _shape(child) not in there]


def language(seen: Seen) -> str | None:
    """The ``xml:lang`` of a stanza."""
    return seen.element.get(_LANG) if seen.element is not None else None


_SENT = parse_entry(stanzas.presence(children=CHILDREN).encode())


def _children(element: _Element | None) -> list[_Element]:
    return [child for child in (element if element is not None else ()) if isinstance(child.tag, str)]


def _shape(element: _Element) -> tuple[Any, ...]:
    """What two elements have to share to be the same; the language may be the stanza's."""
    attributes = {key: value for key, value in element.attrib.items() if key != _LANG}
    return element.tag, attributes, element.text or "", [_shape(child) for child in _children(element)]
