"""The page on scripted contacts: every key and order in a table, every example taken, both forms the same."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from rosterkit.core import contact_script as rules
from rosterkit.core.contact_script import read_script
from rosterkit.errors import ScriptError
from rosterkit.wire import fragments

TEXT = (Path(__file__).parent.parent / "docs" / "contacts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)^```\n\n```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names(cell: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize(("as_json", "as_toml"), EXAMPLES)
def test_every_example_is_a_script_in_both_forms(as_json: str, as_toml: str):
    """JSON and TOML say the same, and it is more than the default."""
    scripts = [read_script(value, "", fragments) for value in (json.loads(as_json), tomllib.loads(as_toml))]
    assert scripts[0] == scripts[1]
    assert scripts[0].as_json() or as_json.startswith('{"answer": "accept"')


def test_no_example_is_left_out():
    """Every block of the page is one of a pair."""
    assert len(EXAMPLES) == 5 and TEXT.count("```") == 4 * len(EXAMPLES)


def test_its_tables_have_every_key():
    """Those of a script, of a resource and of each order: no more, no fewer."""
    assert [names(row[0])[0] for row in rows("Keys of a script")] == list(rules._SCRIPT)
    assert {names(row[0])[0] for row in rows("Resources")} == set(rules._RESOURCE)
    orders = {names(row[0])[0]: set(names(row[1])) for row in rows("Schedule and orders")}
    assert orders == {do: set(keys) for do, keys in rules.ORDERS.items()}


def test_its_defaults_are_those_of_a_script():
    """Saying a default changes nothing; a time is said beside what it belongs to."""
    defaults = {names(row[0])[0]: names(row[1]) for row in rows("Keys of a script")}
    said = {key: json.loads(value[0]) for key, value in defaults.items() if value}
    for key in ("after", "answer", "subscribe_back", "resubscribe", "pre_approves", "schedule"):
        assert read_script({key: said[key]}, "", fragments) == read_script({}, "", fragments)
    for flag in ("subscribe_back", "resubscribe"):
        both = {flag: True, f"{flag}_after": said[f"{flag}_after"]}
        assert read_script(both, "", fragments) == read_script({flag: True}, "", fragments)


def test_its_error_is_the_one_that_is_said():
    """The sentence that it shows is word for word what the reader says."""
    with pytest.raises(ScriptError) as caught:
        read_script({"schedule": [{"every": 0}]}, "contacts.nurse@contacts.test", fragments)
    assert f"`{caught.value}`" in TEXT.replace("\n", " ")
