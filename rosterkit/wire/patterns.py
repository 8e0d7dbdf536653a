"""Patterns for stanzas, as tests write them: a template of XML, or an XPath; and how a stanza differs from one.

A *template* is an element: its name, its namespace and the attributes that stand in it must be the stanza's own
(``*`` is any value), its text too where it has some, and each of its children must match another child of the stanza.
What else the stanza has does not matter.

An *XPath* (1.0) is evaluated with the stanza as the document; a name without a prefix is one of ``jabber:client``.
It matches where it gives something that is true.

Tests: ``tests/wire/test_patterns.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import NamedTuple, Protocol

from lxml import etree
from lxml.etree import _Element

from rosterkit.errors import PatternError
from rosterkit.wire.names import CLIENT, STREAM

__all__ = ["MAX_TEMPLATE", "MAX_XPATH", "PREFIXES", "Miss", "Pattern", "parse_entry", "read_pattern"]

#: The most characters of a template and of an XPath.
MAX_TEMPLATE, MAX_XPATH = 65_536, 1_000
#: An XPath cannot be interrupted: so many steps that look everywhere or back, and so many predicates, are
#: safe on a stanza of so many elements.
_MOST_EVERYWHERE, _MOST_PREDICATES, _MOST_SEARCHED = 2, 10, 2_000
_EVERYWHERE = re.compile(r"//|\.\.|\b(?:descendant|ancestor|following|preceding|parent)")
#: The most elements of a template, the most children that are looked at, and the most pairs that are compared.
_MOST_ELEMENTS, _MOST_CHILDREN, _MOST_PAIRS = 200, 500, 100_000
_NESTED = re.compile(r"\[[^\]]*\[")
#: The prefixes that an XPath may use without declaring them.
PREFIXES: Mapping[str, str] = {
    "roster": "jabber:iq:roster",
    "stanzas": "urn:ietf:params:xml:ns:xmpp-stanzas",
    "disco": "http://jabber.org/protocol/disco#info",
    "blocking": "urn:xmpp:blocking",
    "bind": "urn:ietf:params:xml:ns:xmpp-bind",
    "sasl": "urn:ietf:params:xml:ns:xmpp-sasl",
    "tls": "urn:ietf:params:xml:ns:xmpp-tls",
    "stream": STREAM,
    "nick": "http://jabber.org/protocol/nick",
    "delay": "urn:xmpp:delay",
    "register": "jabber:iq:register",
    "ping": "urn:xmpp:ping",
}
_HEAD = f"<s xmlns='{CLIENT}' xmlns:stream='{STREAM}'>".encode()
_BARE = etree.XSLT(
    etree.XML(
        f"<x:stylesheet version='1.0' xmlns:x='http://www.w3.org/1999/XSL/Transform' xmlns:c='{CLIENT}'>"
        "<x:template match='@*|node()'><x:copy><x:apply-templates select='@*|node()'/></x:copy></x:template>"
        "<x:template match='c:*'><x:element name='{local-name()}'><x:apply-templates select='@*|node()'/></x:element>"
        "</x:template></x:stylesheet>"
    )
)


class Miss(NamedTuple):
    """How a stanza differs from a pattern: the first difference as a sentence, and how near it comes (0 to 1)."""

    score: float
    difference: str


class Pattern(Protocol):
    """A pattern; its text is what the author wrote."""

    text: str

    def compare(self, stanza: _Element) -> Miss | None:
        """None where ``stanza`` matches."""


def parse_entry(data: bytes) -> _Element | None:
    """The element of an entry of the journal; None where it is not one whole element."""
    try:
        root = etree.fromstring(b"".join((_HEAD, data, b"</s>")), _parser())
    except etree.XMLSyntaxError:
        return None
    return root[0] if len(root) == 1 and isinstance(root[0].tag, str) else None


def read_pattern(value: object, where: str) -> Pattern:
    """The pattern that ``value`` spells: a text, ``{"xml": ...}``, or ``{"xpath": ..., "namespaces": {...}}``.

    A text that begins with ``<`` is a template, any other an XPath.  Raises :class:`PatternError`; ``where`` is how
    its sentence begins.
    """
    if isinstance(value, str):
        value = {"xml" if value.lstrip().startswith("<") else "xpath": value}
    if not isinstance(value, Mapping) or len({"xml", "xpath"} & value.keys()) != 1:
        raise PatternError(f'{where} takes a text, {{"xml": ...}} or {{"xpath": ...}}.')
    unknown = value.keys() - {"xml", "xpath", "namespaces"}
    if unknown or ("xml" in value and "namespaces" in value):
        raise PatternError(f"{where} takes xml alone, or xpath with namespaces.")
    text = value.get("xml", value.get("xpath"))
    if not isinstance(text, str):
        raise PatternError(f"{where} is no text.")
    return _Template(text, where) if "xml" in value else _XPath(text, value.get("namespaces", {}), where)


class _Template:
    def __init__(self, text: str, where: str) -> None:
        self.text = text.strip()
        if len(text) > MAX_TEMPLATE:
            raise PatternError(f"{where} is longer than {MAX_TEMPLATE} characters.")
        if "<!" in text or "<?" in text:
            raise PatternError(f"{where} holds a comment, a declaration or an instruction; XMPP has none.")
        try:
            root = etree.fromstring(_HEAD + self.text.encode() + b"</s>", _parser())
        except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
            raise PatternError(f"{where} is not well-formed XML: {error}.") from error
        if len(root) != 1 or (root[0].tail or "").strip() or (root.text or "").strip():
            raise PatternError(f"{where} is not one element.")
        if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
            raise PatternError(f"{where} has more than {_MOST_ELEMENTS} elements.")
        self._wanted = root[0]

    def compare(self, stanza: _Element) -> Miss | None:
        """See :class:`Pattern`."""
        return _compare(self._wanted, stanza, _Budget(_MOST_PAIRS))


class _Budget:
    """How many pairs of elements may still be compared."""

    def __init__(self, left: int) -> None:
        self.left = left


def _compare(wanted: _Element, found: _Element, budget: _Budget) -> Miss | None:
    budget.left -= 1
    if budget.left < 0:
        return Miss(0.0, "there is too much in it to be compared")
    if wanted.tag != found.tag:
        return Miss(0.0, f"it is {_shown(found)}, not {_shown(wanted)}")
    misses: list[Miss] = []
    for name, value in wanted.items():
        if value not in ("*", found.get(name)) or found.get(name) is None:
            misses.append(Miss(0.5, _attribute_differs(str(name), str(value), found.get(name))))
    text, there = (wanted.text or "").strip(), (found.text or "").strip()
    if text and not (text == there or (text == "*" and there)):
        misses.append(Miss(0.7, f"the text of {_shown(found)} is {_quoted(there)}, not {_quoted(text)}"))
    missing = _unmatched(wanted, found, budget)
    if missing is not None:
        misses.append(missing)
    if not misses:
        return None
    checks = 1 + len(wanted.attrib) + bool(text) + bool(len(wanted))
    nearness = sum(miss.score if miss is missing else 0.0 for miss in misses)
    return Miss(0.2 + 0.8 * (checks - len(misses) + nearness) / checks, misses[0].difference)


def _unmatched(wanted: _Element, found: _Element, budget: _Budget) -> Miss | None:
    """None where each child of ``wanted`` can have a child of ``found`` of its own (Kuhn's matching)."""
    children = list(found)[:_MOST_CHILDREN]
    misses = [[_compare(one, child, budget) for child in children] for one in wanted]  # each pair once
    fits = [[n for n, miss in enumerate(row) if miss is None] for row in misses]
    taken: dict[int, int] = {}

    def place(one: int, tried: set[int]) -> bool:
        for child in fits[one]:
            if child not in tried:
                tried.add(child)
                if child not in taken or place(taken[child], tried):
                    taken[child] = one
                    return True
        return False

    for number, one in enumerate(wanted):
        if not place(number, set()):
            nearest = max((miss for miss in misses[number] if miss is not None), default=None)
            if nearest is None or nearest.score <= 0.2:
                return Miss(0.0, f"there is no {_shown(one)} in {_shown(found)}")
            return nearest
    return None


def _attribute_differs(name: str, wanted: str, found: str | None) -> str:
    name = name.rpartition("}")[2]
    there = "is missing" if found is None else f"is {_quoted(found)}"
    return f"{name} {there}" if wanted == "*" else f"{name} {there}, not {_quoted(wanted)}"


def _shown(element: _Element) -> str:
    namespace, _, name = str(element.tag).rpartition("}")
    uri = namespace[1:]
    return f"<{name}/>" if uri in ("", CLIENT) else f"<{name} xmlns={_quoted(uri)}/>"


def _quoted(text: str) -> str:
    return f"'{text if len(text) <= 80 else text[:77] + '...'}'"


class _XPath:
    def __init__(self, text: str, namespaces: object, where: str) -> None:
        self.text = text
        if len(text) > MAX_XPATH:
            raise PatternError(f"{where} is longer than {MAX_XPATH} characters.")
        everywhere = len(_EVERYWHERE.findall(text))
        if (
            everywhere > _MOST_EVERYWHERE
            or text.count("[") > _MOST_PREDICATES
            or (everywhere and _NESTED.search(text))
        ):
            raise PatternError(
                f"{where} looks everywhere or back more than {_MOST_EVERYWHERE} times, or at all beside a predicate "
                f"within another, or has more than {_MOST_PREDICATES} predicates; name the way to what is wanted."
            )
        if not isinstance(namespaces, Mapping) or not all(
            isinstance(p, str) and isinstance(u, str) and p and u for p, u in namespaces.items()
        ):
            raise PatternError(f"{where}.namespaces takes an object of prefixes and namespaces.")
        try:
            self._path = etree.XPath(text, namespaces={**PREFIXES, **namespaces}, regexp=False)
            self._path(etree.fromstring("<iq/>"))
        except (etree.XPathError, ValueError, TypeError) as error:
            said = str(error).rstrip(".")
            advice = "One is /iq/roster:query; what begins with < is XML to be compared with."
            raise PatternError(f"{where} is no XPath: {said}. {advice}") from error

    def compare(self, stanza: _Element) -> Miss | None:
        """See :class:`Pattern`."""
        if sum(1 for _ in islice(stanza.iter(), _MOST_SEARCHED + 1)) > _MOST_SEARCHED:
            return Miss(0.0, f"it has more than {_MOST_SEARCHED} elements, which is too much for an XPath")
        bare = _BARE(stanza)
        try:
            found = self._path(bare)
        except etree.XPathError as error:
            return Miss(0.0, f"the XPath fails on it: {error}")
        return None if found else Miss(0.0, f"the XPath gives {'nothing' if found == [] else repr(found)[:80]}")


@cache
def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
