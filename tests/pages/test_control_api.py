"""The page of the control API has every call and every shape of the OpenAPI file."""

from __future__ import annotations

import json
import re

import pytest
from rosterkit_pages.control_api import METHODS, kind_of, page

from rosterkit.net.control.api import DESCRIPTION

API = json.loads(DESCRIPTION.read_text(encoding="utf-8"))


def test_every_call_and_every_shape_has_a_section():
    """In the order of the file."""
    calls = [
        f"`{method.upper()} {path}`" for path, item in API["paths"].items() for method in METHODS if method in item
    ]
    assert re.findall("^### (.+)$", page(), re.MULTILINE) == [*calls, *API["components"]["schemas"]]


def test_no_method_is_passed_over():
    """A path has calls of the known methods, and its parameters."""
    assert {method for item in API["paths"].values() for method in item} <= {*METHODS, "parameters"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/JournalEntry"}, "[JournalEntry](#journalentry)"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"enum": ["in", "out"]}, '`"in"` or `"out"`'),
        ({"type": "array", "items": {"type": "integer"}}, "list of integer"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number or null"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object whose values are string"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "object of `a` (string)"),
        ({"type": "object", "properties": {}, "additionalProperties": False}, "empty object"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_told_in_words(schema: dict[str, object], words: str):
    """Every kind that the file uses."""
    assert kind_of(schema) == words


def test_parameters_and_bodies_are_told():
    """What stands in the query, and whether a body may be left out."""
    text = page()
    assert "| `wait` | number |" in text
    assert "Body: [Seed](#seed), may be left out." in text
    assert "| 410 | It has fallen out; first is the oldest that is kept. | [Error](#error) |" in text
