"""Twisted's elements seen as the small view that decoding reads, and lxml's as they are.

Whatever a stream is read with, there is one way to read a roster from it.

Tests: ``tests/xmpp/test_elements.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from twisted.words.xish import domish

from rosterkit.core.stanza import Element
from rosterkit.xmpp import conversion

__all__ = ["View", "as_domish", "child_named", "text_of"]


class View:
    """A :class:`~rosterkit.core.stanza.Element` over a domish element, which is not copied."""

    __slots__ = ("_element",)

    def __init__(self, element: domish.Element) -> None:
        self._element = element

    @property
    def tag(self) -> str:
        """``{namespace}name``, or ``name`` without a namespace."""
        return _tag(self._element.uri, self._element.name)

    @property
    def text(self) -> str | None:
        """Character data before the first child element; None where there is none."""
        text = ""
        for child in self._element.children:
            if not isinstance(child, str):
                break
            text += child
        return text or None

    def get(self, key: str) -> str | None:
        """An attribute's value, or None; ``{namespace}name`` where it has a namespace."""
        attributes = self._element.attributes
        if not key.startswith("{"):
            return attributes.get(key)
        namespace, _, name = key[1:].partition("}")
        return attributes.get((namespace, name))

    def __iter__(self) -> Iterator[View]:
        """Child elements in document order."""
        return map(View, self._element.elements())

    def __len__(self) -> int:
        """How many child elements there are."""
        return sum(1 for _ in self._element.elements())


def as_domish(element: Element) -> domish.Element:
    """Twisted's element for what handlers were given, whichever kind it is of."""
    return element._element if isinstance(element, View) else conversion.to_domish(element)  # type: ignore[arg-type]  # then it is lxml's


def child_named(element: Element, tag: str) -> Element | None:
    """The first child with this ``{namespace}name``, or None."""
    return next((child for child in element if child.tag == tag), None)


def text_of(element: Element, tag: str) -> str | None:
    """The text of the first child with this name; None where it is missing or empty."""
    child = child_named(element, tag)
    return child.text if child is not None else None


@lru_cache(maxsize=1024)
def _tag(namespace: str | None, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name
