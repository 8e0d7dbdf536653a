"""lxml's elements turned into the domish elements that Twisted's and Wokkel's handlers take.

Names, namespaces, attributes and text are exact.  Prefixes are not kept: nothing in XMPP looks at them, and
serializing makes new ones.  Comments and processing instructions do not occur, as the reader refuses them.

Tests: ``tests/xmpp/test_conversion.py``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lxml.etree import _Element
from twisted.words.xish import domish

__all__ = ["to_domish"]


def to_domish(element: _Element) -> domish.Element:
    """A copy of ``element`` with all that is below it; as with Twisted's own streams it has no parent.

    What follows ``element`` (its tail) is not part of it.
    """
    uri, name = _split(str(element.tag))
    default = uri if element.prefix is None else element.nsmap.get(None, "")
    made = domish.Element((uri, name), default, _attributes(element))
    children = made.children
    if element.text:
        children.append(element.text)
    for child in element:
        copy = to_domish(child)
        copy.parent = made
        children.append(copy)
        if child.tail:
            children.append(child.tail)
    return made


def _attributes(element: _Element) -> dict[str | tuple[str, str], str]:
    """By name, or by (namespace, name)."""
    named: dict[Any, Any] = dict(element.attrib)  # of strings, where the stubs also allow bytes
    for name in [name for name in named if name[0] == "{"]:
        named[_split(name)] = named.pop(name)
    return named


@lru_cache(maxsize=1024)
def _split(tag: str) -> tuple[str, str]:
    """Namespace (``""`` for none) and name."""
    namespace, _, name = tag.rpartition("}")
    return namespace[1:], name
