"""What somebody else says is wrong, in our sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.wire.conditions import condition_in, said_of, shown


@pytest.mark.parametrize(
    ("children", "found"),
    [
        ("<a xmlns='x'/>", ("a", "")),
        ("<a xmlns='x'/><text xmlns='x'>Why</text>", ("a", "Why")),
        ("<text xmlns='x'>Why</text><a xmlns='x'/><b xmlns='x'/>", ("a", "Why")),
        ("<mine xmlns='y'/><a xmlns='x'/>", ("a", "")),
        ("<mine xmlns='y'/><text xmlns='y'>No</text><bare/>", ("undefined-condition", "")),
        ("<a xmlns='x'/><text xmlns='x'/><text xmlns='x'>2</text>", ("a", "2")),
        ("", ("undefined-condition", "")),
    ],
)
def test_the_condition_and_the_text(children: str, found: tuple[str, str]) -> None:
    """The first of the namespace, in whatever order; what applications add is something else."""
    assert condition_in(etree.fromstring(f"<e>{children}</e>"), "x") == found


def test_how_it_is_said() -> None:
    """The text in brackets where there is one, so that a full stop can follow."""
    assert said_of("conflict", "") == said_of("conflict", " \n") == "conflict"
    assert said_of("conflict", "Replaced by another.") == "conflict (Replaced by another)"


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_reaches_a_terminal_as_it_is(text: str) -> None:
    """Whatever it holds, what is shown is printable, in ASCII and short."""
    assert shown(text).isascii()
    assert shown(text).isprintable()
    assert len(shown(text)) <= 2000
    assert shown("plain 'text'") == "plain 'text'"
