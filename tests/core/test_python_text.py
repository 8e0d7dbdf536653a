"""Values as Python text: what they were, whatever they spell, and never code."""

from __future__ import annotations

import ast
import math
import re
from types import SimpleNamespace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from rosterkit.core.python_text import WIDTH, Writer, quoted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.text(st.characters()))
@example("'''\"\"\"\\")
@example("\u202e\u2028\ud800\x00\x85\r\n")
def test_a_text_is_itself_in_one_visible_line(text: str):
    """Quotes, line ends, directions and halves of pairs included."""
    written = quoted(text)
    assert ast.literal_eval(written) == text
    assert written.isprintable()


@given(JSON)
def test_a_value_is_itself_however_it_is_broken(value: Any):
    """In one line, in many, and as an argument."""
    got: list[Any] = []
    space = {"domain": SimpleNamespace(seed=lambda **given: got.append(given["it"])), "float": float}
    for lines in (
        Writer().lines("domain.seed(it=", value, ")", ""),
        Writer().call("domain.seed", [("it", value)], ""),
    ):
        exec("\n".join(lines), space)  # which is what somebody does with the file
    assert got == [value, value]


@given(st.text(), st.text())
@example("{", "}'\"")
def test_what_stands_for_a_name_is_a_name_and_braces_around_it_are_braces(before: str, after: str):
    """Only whole ones, and only there."""
    writer = Writer(re.compile("(@@home@@)"), {"@@home@@": "{domain.name}"})
    text = before.replace("@@", "") + "@@home@@" + after.replace("@@", "")
    shown = eval(writer.text(text), {"domain": SimpleNamespace(name="n1.test")})  # as above
    assert shown == text.replace("@@home@@", "n1.test")


def test_numbers_that_json_can_spell_are_no_names():
    """1e999 is more than Python writes as a number."""
    assert eval(Writer().line([math.inf, -math.inf])) == [math.inf, -math.inf]


def test_lines_are_broken_as_ruff_does():
    """One member for each line once it is too long, a comma after the last, and arguments in one line if they fit."""
    value = {"a": "x" * 40, "b": ["y" * 30, "z" * 10]}
    assert Writer().call("long_name", [("", "s" * 80)], "") == ["long_name(", f'    "{"s" * 80}"', ")"]
    assert Writer().call("f", [("it", value)], "    ") == [
        "    f(",
        "        it={",
        f'            "a": "{"x" * 40}",',
        f'            "b": ["{"y" * 30}", "{"z" * 10}"],',
        "        },",
        "    )",
    ]
    assert max(map(len, Writer().call("f", [("it", value)], "    "))) <= WIDTH
