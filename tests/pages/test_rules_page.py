"""The page of rules has every rule of the inspector."""

from __future__ import annotations

import re

from rosterkit_pages.rules import page

from rosterkit.core.rules import RULES


def test_every_rule_has_a_row_with_its_section():
    """In the order of the table, at the place that the server's own page has too."""
    rows = re.findall(r"^\| \[`(\S+)`\]{#(\S+)} \| \[(.+?)\]\(https://\S+\) \|", page(), re.MULTILINE)
    assert rows == [(name, name, rule.section) for name, rule in RULES.items()]
