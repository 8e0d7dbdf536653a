"""What the rules say about each kind of stanza, as the inspector shows it.

Tests: ``tests/pages/test_rules_page.py``.
"""

from __future__ import annotations

from rosterkit.core.rules import RULES, link_of
from rosterkit_pages.markdown import literal, plain, table

__all__ = ["page"]


def page() -> str:
    """Give a row for each rule: its name, its section with a link, its sentence."""
    rows = (
        [f"[{literal(name)}]{{#{name}}}", f"[{rule.section}]({link_of(rule.section)})", plain(rule.says)]
        for name, rule in RULES.items()
    )
    return table(("name", "section", "what it says"), rows)
