"""Every case and check of both suites, with its rule, its level and what follows where the rule is broken.

Tests: ``tests/pages/test_cases.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rosterkit.conformance.case import Rule
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.listing import ROWS, heading
from rosterkit.conformance.server.catalogue import SERVER_ROWS
from rosterkit.core.rules import link_of
from rosterkit_pages.markdown import anchor, literal, plain

__all__ = ["client_page", "server_page"]


def client_page() -> str:
    """Give the cases and checks of ``rosterkit check client``, under a heading for each section."""
    return _page(ROWS)


def server_page() -> str:
    """Give the cases and checks of ``rosterkit check server``, under a heading for each section."""
    return _page(SERVER_ROWS)


def _page(rows: Iterable[Rule]) -> str:
    return "\n\n".join(
        "\n\n".join((f"## {plain(heading(section))}", *_source(section), *_told(members)))
        for section, members in groupby(in_order(rows), lambda row: row.section)
    )


def _told(rows: Iterable[Rule]) -> Iterator[str]:
    """Each as a term with its rule below it; the place in the page is named by the id."""
    for row in rows:
        also = f", also {', '.join(map(literal, row.aliases))}" if row.aliases else ""
        term = f"[{literal(row.id)}]{{#{anchor(row.id)}}} {row.level.value}{also}"
        yield f"{term}\n: {plain(row.rule)}\n\n  *Done:* {plain(row.done)}\n\n  *Otherwise:* {plain(row.consequence)}"


def _source(section: str) -> Iterator[str]:
    """Where the section can be read."""
    document, _, number = section.partition("/")
    if document.startswith("rfc"):
        yield f"[The text of the section]({link_of(f'RFC {document[3:]} §{number}')})"
