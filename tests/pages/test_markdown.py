"""Texts of the code in Markdown: they are shown as they stand."""

from __future__ import annotations

import pytest
from rosterkit_pages.markdown import anchor, literal, plain, said, table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("NAME[@D]:PASSWORD", r"NAME\[@D\]:PASSWORD"),
        ("<script>", r"\<script\>"),
        ("a|b *c* _d_", r"a\|b \*c\* \_d\_"),
        ("two\n  lines", "two lines"),
    ],
)
def test_plain_text_is_no_markup(text: str, shown: str):
    """Whatever Markdown or HTML would take for its own is escaped."""
    assert plain(text) == shown


@pytest.mark.parametrize(("text", "code"), [("a", "`a`"), ("a`b", "`` a`b ``"), ("a|b", r"`a\|b`")])
def test_code_may_hold_what_ends_code(text: str, code: str):
    """Backquotes get a longer fence, bars do not end the cell of a table."""
    assert literal(text) == code


def test_options_of_a_sentence_are_code():
    """And nothing else is: neither dashes within words nor those alone."""
    assert said("With --no-verify, see a--b -- and [x]") == r"With `--no-verify`, see a--b -- and \[x\]"


def test_a_place_has_a_name_that_a_link_may_have():
    """Ids of cases are known by it."""
    assert anchor("rfc6121/2.1.6/spoofed-stranger") == "rfc6121-2-1-6-spoofed-stranger"


def test_a_table_has_a_line_for_each_row():
    """With the line below its head."""
    assert table(("a", "b"), [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
