"""What judges of content share: whether what is inside a stanza came as it was written.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_content_judging.py``.
"""

from __future__ import annotations

from lxml.etree import QName, _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken
from rosterkit.conformance.server.cases.delivery_judging import arrived, copies, named
from rosterkit.conformance.server.evidence import Evidence, body_of
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.names import XML
from rosterkit.wire.patterns import parse_entry

__all__ = ["body_kept", "children_kept", "lang_is", "language", "lost", "same_element"]

_LANG = f"{{{XML}}}lang"


def same_element(one: _Element, other: _Element) -> bool:
    """Whether two elements say the same: names, attributes, text and what is inside; prefixes do not matter."""
    return (
        (one.tag, sorted(one.items()), one.text or "") == (other.tag, sorted(other.items()), other.text or "")
        and len(one) == len(other)
        and all(same_element(*pair) and _tail(pair[0]) == _tail(pair[1]) for pair in zip(one, other, strict=True))
    )


def _tail(element: _Element) -> str:
    return element.tail or ""


def lost(seen: Seen, children: str) -> list[str]:
    """The names of those ``children`` (XML) that a stanza does not have as they were sent; others do not matter."""
    return _lost(seen, parse_entry(f"<presence>{children}</presence>".encode()))


def _lost(seen: Seen, sent: _Element | None) -> list[str]:
    """The same for the children of an element, each as often as it was sent."""
    names, there = [], list(seen.element) if seen.element is not None else []
    for child in sent if sent is not None else ():
        same = next((other for other in there if same_element(child, other)), None)
        if same is not None:
            there.remove(same)
        else:
            names.append(QName(child).localname)
    return names


def children_kept(evidence: Evidence, mark: str, line: str, level: Level = Level.MUST) -> Finding | None:
    """What was said under ``mark`` came on ``line`` with all of its children, each as often as it was sent.

    No rule gives their order a meaning, and others may stand among them: servers add a delay or an id of their own.
    """
    said, came = evidence.said(mark), copies(evidence, line, mark)
    if not came or said is None:
        return arrived(evidence, mark, line, level)
    names = _lost(came[0], said.element)
    if not names:
        return None
    return broken(level, f"The {named(came[0])} came without its <{names[0]}/>, or with another one.", came[0])


def body_kept(evidence: Evidence, mark: str, line: str) -> Finding | None:
    """The text of the body came as it was written; of a carriage return that is asked for mildly."""
    said, came = evidence.said(mark), copies(evidence, line, mark)
    if not came or said is None:
        return arrived(evidence, mark, line)
    wanted, text = body_of(said) or "", body_of(came[0]) or ""
    if text == wanted:
        return None
    if _lines(text) == _lines(wanted):
        return broken(Level.SHOULD, "The text came with other line ends than it was sent with.", came[0])
    return broken(Level.MUST, f"The text came changed: {_difference(wanted, text)}", came[0])


def language(seen: Seen) -> str | None:
    """The ``xml:lang`` of a stanza."""
    return seen.element.get(_LANG) if seen.element is not None else None


def lang_is(evidence: Evidence, mark: str, line: str, lang: str, level: Level = Level.MUST) -> Finding | None:
    """What was said under ``mark`` came on ``line`` with this xml:lang."""
    came = copies(evidence, line, mark)
    if not came:
        return arrived(evidence, mark, line)
    found = language(came[0])
    if found == lang:
        return None
    said = f"with xml:lang {found!r}" if found is not None else "without xml:lang"
    return broken(level, f"The {named(came[0])} came {said}, not with {lang!r}.", came[0])


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _difference(wanted: str, text: str) -> str:
    """Where two texts differ first."""
    pairs = zip(wanted, text, strict=False)
    place = next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(wanted), len(text)))
    return f"from character {place + 1} on it is {text[place : place + 12]!a}, not {wanted[place : place + 12]!a}."
