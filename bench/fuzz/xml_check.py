"""A second opinion on XML: expat, with namespaces, as trees that can be compared with lxml's.

Tests: ``tests/bench/fuzz/test_fuzz_xml_check.py``.
"""

from __future__ import annotations

from typing import Any, TypeAlias
from xml.parsers import expat

from lxml.etree import _Element

__all__ = ["Document", "Tree", "tree_of"]

#: Name, attributes, text, and each child with the text behind it.
Tree: TypeAlias = tuple[str, dict[str, str], str, list[tuple[Any, str]]]
_BETWEEN = "\x1f"  # no namespace can hold it


class Document:
    """One document that comes in pieces.

    ``root`` is the start tag of its root, once it is there; ``children`` are the root's, each as it ends; ``closed``
    says that the root has ended, ``error`` what is wrong.  After an error nothing is read.
    """

    def __init__(self) -> None:
        self.root: tuple[str, dict[str, str]] | None = None
        self.children: list[Tree] = []
        self.closed = False
        self.error: str | None = None
        self._open: list[Tree] = []
        self._parser = expat.ParserCreate(None, _BETWEEN)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, data: bytes, final: bool = False) -> None:
        """Read on; never raises for what ``data`` is."""
        if self.error is not None:
            return
        try:
            self._parser.Parse(data, final)
        except (expat.ExpatError, LookupError, ValueError) as error:  # those for encodings that it does not take
            self.error = str(error)

    def take(self) -> list[Tree]:
        """The root's children since the last call."""
        taken, self.children = self.children, []
        return taken

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        tag, values = _name(name), {_name(key): value for key, value in attributes.items()}
        if self.root is None:
            self.root = tag, values
            return
        made: Tree = (tag, values, "", [])
        self._open.append(made)

    def _end(self, _name: str) -> None:
        if not self._open:
            self.closed = True
            return
        ended = self._open.pop()
        if self._open:
            self._open[-1][3].append((ended, ""))
        else:
            self.children.append(ended)

    def _text(self, text: str) -> None:
        if not self._open:
            return
        tag, attributes, before, children = self._open[-1]
        if children:
            child, tail = children[-1]
            children[-1] = (child, tail + text)
        else:
            self._open[-1] = (tag, attributes, before + text, children)


def tree_of(element: _Element) -> Tree:
    """The same of an element of lxml."""
    attributes = {str(name): str(value) for name, value in element.items()}
    children = [(tree_of(child), child.tail or "") for child in element]
    return str(element.tag), attributes, element.text or "", children


def _name(name: str) -> str:
    return "{" + name.replace(_BETWEEN, "}") if _BETWEEN in name else name
