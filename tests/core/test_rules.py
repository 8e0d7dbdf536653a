"""The rules of stanzas: each has a section and a place where it can be read."""

from __future__ import annotations

import re

import pytest

from rosterkit.core.rules import RULES, link_of


@pytest.mark.parametrize("name", RULES)
def test_each_rule_has_a_section_and_whole_sentences(name: str) -> None:
    """A section as documents name it; a sentence that begins and ends as one."""
    rule = RULES[name]
    assert re.fullmatch(r"RFC \d+( §\d+(\.\d+)*)?|XEP-\d{4}", rule.section)
    assert rule.says[0].isupper()
    assert rule.says.endswith((".", "?"))


@pytest.mark.parametrize(
    ("section", "link"),
    [
        ("RFC 6121 §2.1.6", "https://www.rfc-editor.org/rfc/rfc6121#section-2.1.6"),
        ("RFC 3921", "https://www.rfc-editor.org/rfc/rfc3921"),
        ("XEP-0191", "https://xmpp.org/extensions/xep-0191.html"),
    ],
)
def test_a_section_is_a_link(section: str, link: str) -> None:
    """RFCs by section, XEPs as a whole."""
    assert link_of(section) == link
