"""Changes that make what is right nearly right: of elements, of bytes, of cuts and of orders.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from bench.fuzz.chance import Chance
from bench.fuzz.nodes import Node, Raw, node, walk
from bench.fuzz.words import BYTES, NAMESPACES, RAW, address, word

__all__ = ["cut", "mutate_bytes", "mutate_node", "shuffle"]

_T = TypeVar("_T")
_ATTRIBUTES = (
    "to",
    "from",
    "id",
    "type",
    "jid",
    "name",
    "subscription",
    "ask",
    "ver",
    "xml:lang",
    "xmlns",
    "p:a",
    "x",
)
_NAMES = (
    "iq",
    "presence",
    "message",
    "query",
    "item",
    "group",
    "priority",
    "show",
    "error",
    "bind",
    "x",
    "stream:error",
)


def mutate_node(root: Node, chance: Chance, others: Sequence[Node] = ()) -> Node:
    """Another element that differs in one to three places; ``root`` stays as it is."""
    made = root.copy()
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.choice(list(walk(made)))
        chance.choice(_OF_NODES)(at, chance, others or (root,))
    return made


def mutate_bytes(data: bytes, chance: Chance) -> bytes:
    """``data`` changed in one to four places."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_OF_BYTES)(data, chance)
    return data


def cut(data: bytes, chance: Chance) -> list[bytes]:
    """``data`` in pieces that never are empty: whole, a few, or very many."""
    roll = chance.random()
    if roll < 0.3 or len(data) < 2:
        return [data] if data else []
    if roll < 0.4:
        size = chance.randrange(1, 9)
        return [data[at : at + size] for at in range(0, len(data), size)]
    places = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(chance.randrange(1, 8)))})
    return [data[begin:end] for begin, end in pairwise(places)]


def shuffle(parts: Sequence[_T], chance: Chance) -> list[_T]:
    """The parts with one left out, one twice, two exchanged, or the end cut off."""
    made = list(parts)
    if not made:
        return made
    one, other = chance.randrange(len(made)), chance.randrange(len(made))
    act = chance.randrange(4)
    if act == 0:
        del made[one]
    elif act == 1:
        made.insert(other, made[one])
    elif act == 2:
        made[one], made[other] = made[other], made[one]
    else:
        del made[one + 1 :]
    return made


# Of elements


def _drop_attribute(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    if at.attributes:
        del at.attributes[chance.randrange(len(at.attributes))]


def _add_attribute(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    value = address(chance) if chance.random() < 0.4 else word(chance)
    at.attributes.insert(chance.randint(0, len(at.attributes)), (chance.choice(_ATTRIBUTES), value))


def _change_value(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    if at.attributes:
        index = chance.randrange(len(at.attributes))
        value = address(chance) if chance.random() < 0.5 else word(chance)
        at.attributes[index] = (at.attributes[index][0], value)


def _repeat_attribute(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    if at.attributes and chance.random() < 0.3:
        at.attributes.append(chance.choice(at.attributes))
    else:
        at.attributes.extend((f"a{number}", "") for number in range(chance.choice((5, 120, 130))))


def _rename(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    at.name = chance.choice(_NAMES)


def _change_namespace(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    kept = [(name, value) for name, value in at.attributes if name != "xmlns"]
    at.attributes = [("xmlns", chance.choice(NAMESPACES)), *kept]


def _drop_inside(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    if at.inside:
        del at.inside[chance.randrange(len(at.inside))]


def _repeat_inside(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    if at.inside:
        part = chance.choice(at.inside)
        for _ in range(chance.choice((1, 1, 2, 101))):
            at.inside.append(part.copy() if isinstance(part, Node) else part)


def _add_text(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    at.inside.insert(chance.randint(0, len(at.inside)), word(chance))


def _add_raw(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    at.inside.insert(chance.randint(0, len(at.inside)), Raw(chance.choice(RAW)))


def _graft(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    at.inside.append(chance.choice(list(walk(chance.choice(others)))).copy())


def _nest(at: Node, chance: Chance, others: Sequence[Node]) -> None:
    inner: Node = Node(at.name, at.attributes, at.inside)
    for _ in range(chance.choice((0, 1, 5, 96, 99, 110))):
        inner = node("a", inner)
    at.attributes, at.inside = list(at.attributes), [inner]


_OF_NODES: tuple[Callable[[Node, Chance, Sequence[Node]], None], ...] = (
    _drop_attribute, _add_attribute, _change_value, _change_value, _change_value, _repeat_attribute, _rename,
    _change_namespace, _drop_inside, _repeat_inside, _add_text, _add_raw, _graft, _nest,
)  # fmt: skip


# Of bytes


def _insert(data: bytes, chance: Chance) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(BYTES) + data[at:]


def _insert_raw(data: bytes, chance: Chance) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(RAW).encode() + data[at:]


def _replace(data: bytes, chance: Chance) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]


def _delete(data: bytes, chance: Chance) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + data[at + chance.choice((1, 1, 2, 5, 20)) :]


def _repeat(data: bytes, chance: Chance) -> bytes:
    at, size = chance.randint(0, len(data)), chance.choice((1, 4, 30, 200))
    return data[: at + size] + data[at : at + size] * chance.choice((1, 1, 3, 40)) + data[at + size :]


def _exchange(data: bytes, chance: Chance) -> bytes:
    one, two, three = sorted(chance.randint(0, len(data)) for _ in range(3))
    return data[:one] + data[two:three] + data[one:two] + data[three:]


def _truncate(data: bytes, chance: Chance) -> bytes:
    return data[: chance.randint(0, len(data))]


_OF_BYTES: tuple[Callable[[bytes, Chance], bytes], ...] = (
    _insert, _insert, _insert_raw, _insert_raw, _replace, _replace, _delete, _delete, _repeat, _exchange, _truncate,
)  # fmt: skip
