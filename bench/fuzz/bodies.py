"""Calls of the control API: paths of what is there or is not, bodies with the keys that it knows and any JSON.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from bench.fuzz.chance import Chance
from bench.fuzz.words import address, word
from rosterkit.net.control.api import DESCRIPTION

__all__ = ["SEED", "call"]

#: The network that calls are about.
SEED: dict[str, Any] = {
    "accounts": {"juliet": {"password": "x", "roster": {"romeo@b.test": {"subscription": "both"}}}},
    "contacts": {"nurse@c.test": {"after": 1}, "tybalt@a.test": {}},
}
_FILE = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
_CALLS = [
    (method.upper(), path) for path, item in _FILE["paths"].items() for method in item if method != "parameters"
]
_KEYS = sorted({key for schema in _FILE["components"]["schemas"].values() for key in schema.get("properties", {})})
_PARTS = {
    "network": ("a.test", "a.test", "main"),
    "account": ("juliet", "juliet@a.test", "tybalt@a.test", "x@b.test"),
    "contact": ("nurse@c.test", "tybalt@a.test", "romeo@b.test", "new@d.test"),
    "session": ("c1", "juliet@a.test"),
    "fault": ("f1",),
}
_VALUES = (
    "both",
    "remove",
    "accept",
    "subscribe",
    "drop",
    "any",
    "<iq/>",
    "<a",
    "//x",
    "juliet",
    "a@b",
    "never",
    "delay",
)
_NUMBERS = (0, 1, -1, 0.5, 1e308, -0.0, 10**30, 86_400, 2**63, 1e-9)


def call(chance: Chance) -> tuple[str, str, Any]:
    """A method, a path (percent-encoded) and a body."""
    method, template = chance.choice(_CALLS)
    parts = [_part(part, chance) for part in template.split("/")]
    keys = _known(method, template)
    body = None if keys is None and chance.random() < 0.8 else _body(keys or _KEYS, chance)
    return method, "/".join(parts), body


def _part(part: str, chance: Chance) -> str:
    if not part.startswith("{"):
        return part
    known = _PARTS.get(part[1:-1], ("x",))
    return quote(chance.choice(known) if chance.random() < 0.8 else address(chance), safe="")


def _known(method: str, template: str) -> list[str] | None:
    request = _FILE["paths"][template][method.lower()].get("requestBody")
    if request is None:
        return None
    schema = request["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = _FILE["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return sorted(schema.get("properties", {})) or _KEYS


def _body(keys: list[str], chance: Chance) -> Any:
    if chance.random() < 0.1:
        return _json(chance, 0)
    return {chance.choice(keys): _json(chance, 0) for _ in range(chance.randrange(4))}


def _json(chance: Chance, depth: int) -> Any:
    roll = chance.random()
    if depth < 4 and roll < 0.15:
        return [_json(chance, depth + 1) for _ in range(chance.randrange(4))]
    if depth < 4 and roll < 0.4:
        return {_key(chance): _json(chance, depth + 1) for _ in range(chance.randrange(4))}
    return _leaf(chance)


def _key(chance: Chance) -> str:
    return chance.choice(_KEYS) if chance.random() < 0.7 else address(chance)


def _leaf(chance: Chance) -> Any:
    roll = chance.random()
    if roll < 0.2:
        return chance.choice((None, True, False))
    if roll < 0.4:
        return chance.choice(_NUMBERS)
    return chance.choice(_VALUES) if roll < 0.7 else chance.choice((address, word))(chance)
