"""The pages of cases have every case and check of both suites."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from rosterkit_pages.cases import client_page, server_page
from rosterkit_pages.markdown import anchor, plain

from rosterkit.conformance.case import Rule
from rosterkit.conformance.listing import ROWS
from rosterkit.conformance.server.catalogue import SERVER_ROWS


@pytest.mark.parametrize(("page", "rows"), [(client_page, ROWS), (server_page, SERVER_ROWS)])
def test_every_case_has_its_rule_level_and_consequence(page: Callable[[], str], rows: Sequence[Rule]):
    """Each once, at a place that a link can lead to."""
    told = re.findall(r"^\[`(\S+)`\]{#(\S+)} (\w+).*\n: (.+)\n\n.*\n\n  \*Otherwise:\* (.+)$", page(), re.MULTILINE)
    wanted = [(row.id, anchor(row.id), row.level.value, plain(row.rule), plain(row.consequence)) for row in rows]
    assert sorted(told) == sorted(wanted)


def test_a_section_is_linked_to_its_text():
    """At the RFC editor's."""
    assert "https://www.rfc-editor.org/rfc/rfc6121#section-2.1.6" in client_page()
