"""Elements that can be changed before they are written, and the many ways of writing the same one.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from bench.fuzz.chance import Chance

__all__ = ["Inner", "Node", "Raw", "node", "walk", "written"]


class Raw(str):
    """Written as it is."""

    __slots__ = ()


@dataclass(slots=True)
class Node:
    """An element: name, attributes in order (a name may come twice), and what is inside."""

    name: str
    attributes: list[tuple[str, str]] = field(default_factory=list)
    inside: list[Inner] = field(default_factory=list)

    def copy(self) -> Node:
        """The same, all of it new."""
        inside = [part.copy() if isinstance(part, Node) else part for part in self.inside]
        return Node(self.name, list(self.attributes), inside)


Inner: TypeAlias = "Node | Raw | str"


def node(name: str, /, *inside: Inner | None, **attributes: str | None) -> Node:
    """An element; what is None is left out, and ``_`` in the name of an attribute stands for ``:``."""
    given = [(key.replace("_", ":"), value) for key, value in attributes.items() if value is not None]
    return Node(name, given, [part for part in inside if part is not None])


def walk(root: Node) -> Iterator[Node]:
    """It and every element in it."""
    yield root
    for part in root.inside:
        if isinstance(part, Node):
            yield from walk(part)


def written(root: Node, chance: Chance) -> str:
    """The element in XML; quotes, blanks, references and empty tags as chance has it."""
    plain = chance.random() < 0.7
    pieces: list[str] = []
    _write(root, chance, plain, pieces)
    return "".join(pieces)


def _write(root: Node, chance: Chance, plain: bool, pieces: list[str]) -> None:
    pieces.append(f"<{root.name}")
    for name, value in root.attributes:
        pieces.append(_attribute(name, value, chance, plain))
    if not root.inside and (plain or chance.random() < 0.7):
        pieces.append("/>")
        return
    pieces.append(">" if plain or chance.random() < 0.8 else " >")
    for part in root.inside:
        if isinstance(part, Node):
            _write(part, chance, plain, pieces)
        else:
            pieces.append(part if isinstance(part, Raw) else _escaped(part, chance, plain))
    pieces.append(f"</{root.name}>" if plain or chance.random() < 0.8 else f"</{root.name}\t>")


def _attribute(name: str, value: str, chance: Chance, plain: bool) -> str:
    text = _escaped(value, chance, plain)
    if plain:
        return f" {name}='{text}'"
    quote = chance.choice("'\"")
    return chance.choice((" ", "\n", "\t ")) + name + chance.choice(("=", " =", "= ")) + quote + text + quote


def _escaped(text: str, chance: Chance, plain: bool) -> str:
    if not plain and text and chance.random() < 0.2:
        return "".join(f"&#{ord(character)};" for character in text)
    for character, reference in (("&", "&amp;"), ("<", "&lt;"), ("'", "&apos;"), ('"', "&quot;"), ("]]>", "]]&gt;")):
        text = text.replace(character, reference)
    return text
