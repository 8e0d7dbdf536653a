"""The page of subscription states is drawn from the table."""

from __future__ import annotations

import re

from rosterkit_pages.states import page

from rosterkit.core.subscription import TABLE, State
from rosterkit.wire.state_diagram import svg


def test_every_cell_of_the_table_is_there():
    """Nine rows twice, and four kinds of stanza in each."""
    rows = [line for line in page().splitlines() if line.startswith(tuple(f"| {state.label} |" for state in State))]
    assert len(rows) == 2 * len(State)
    assert sum(row.count(" | ") for row in rows) == len(TABLE)


def test_a_cell_says_what_happens_and_the_state_afterwards():
    """Such as an approval, and one that the server keeps from going out."""
    text = page()
    assert re.search(
        r"^\| None \+ Pending In \|.*\| routed, then `from` \| routed, then `none` \|$", text, re.MULTILINE
    )
    assert re.search(r"^\| None \|.*\| kept back \| kept back \|$", text, re.MULTILINE)
    assert "answered by the server" in text


def test_the_image_is_in_it():
    """Within the page, so that it has the page's colours."""
    assert svg() in page()
