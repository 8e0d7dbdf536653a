"""The control API, from its OpenAPI file: every call, then every shape of JSON.

Tests: ``tests/pages/test_control_api.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from rosterkit_pages.markdown import anchor, literal, plain, table

__all__ = ["METHODS", "kind_of", "page"]

METHODS = ("get", "post", "put", "patch", "delete")
_FILE = resources.files("rosterkit.net.control").joinpath("openapi.json")


def page() -> str:
    """Give a section for each path with its calls, and one for each shape that the calls name."""
    api = json.loads(_FILE.read_text(encoding="utf-8"))
    calls = (part for path, item in api["paths"].items() for part in _path(path, item))
    shapes = (part for name, schema in api["components"]["schemas"].items() for part in _shape(name, schema))
    return "\n\n".join(("## Calls", *calls, "## Shapes", *shapes))


def _path(path: str, item: Mapping[str, Any]) -> Iterator[str]:
    for method in METHODS:
        if method in item:
            yield f"### {literal(f'{method.upper()} {path}')}"
            yield from _call(item[method])


def _call(call: Mapping[str, Any]) -> Iterator[str]:
    yield f"{plain(call['summary'])}."
    asked = [one for one in call.get("parameters", ()) if one["in"] == "query"]
    if asked:
        yield table(("in the query", ""), ([literal(one["name"]), kind_of(one["schema"])] for one in asked))
    if "requestBody" in call:
        optional = "" if call["requestBody"].get("required") else ", may be left out"
        yield f"Body: {_content(call['requestBody'])}{optional}."
    answers = (
        [status, plain(one["description"]), _content(one)]
        for status, one in call["responses"].items()
        if status != "default"  # the same for every call: the page says it once
    )
    yield table(("status", "", "body"), answers)


def _content(holder: Mapping[str, Any]) -> str:
    """What a body is; where it is no JSON, its media type too."""
    return " or ".join(
        kind_of(one.get("schema", {})) + ("" if media == "application/json" else f" ({literal(media)})")
        for media, one in holder.get("content", {}).items()
    )


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    if "description" in schema:
        yield plain(schema["description"])
    if not schema.get("properties"):
        yield f"{kind_of(schema)[:1].upper()}{kind_of(schema)[1:]}."
        return
    needed = schema.get("required", ())
    rows = (
        [literal(key), kind_of(one), "always" if key in needed else "optional"]
        for key, one in schema["properties"].items()
    )
    yield table(("key", "value", ""), rows)


def kind_of(schema: Mapping[str, Any]) -> str:
    """Give what a schema takes, in words, as Markdown; a shape with a name is a link to it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(map(kind_of, schema[several]))
    if "enum" in schema:
        return " or ".join(literal(json.dumps(value)) for value in schema["enum"])
    kinds = schema.get("type", "anything")
    return " or ".join(_kind(one, schema) for one in ([kinds] if isinstance(kinds, str) else kinds))


def _kind(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    if kind != "object":
        return kind
    if schema.get("properties"):
        return "object of " + ", ".join(
            f"{literal(key)} ({kind_of(value)})" for key, value in schema["properties"].items()
        )
    values = schema.get("additionalProperties")
    if values is False:
        return "empty object"
    return f"object whose values are {kind_of(values)}" if isinstance(values, dict) and values else "object"
