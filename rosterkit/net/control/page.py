"""The files of the inspector, as the control port shows them; what they may do in a browser.

Nothing in them comes from a user: the page asks the API for everything that it shows.

Tests: ``tests/net/control/test_page.py``, and in a real browser ``tests/browser/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import NamedTuple

from rosterkit.core.rules import RULES, link_of
from rosterkit.wire import state_diagram

__all__ = ["Page", "Pages"]

#: Scripts and styles of this server alone, no frame around it, no form that leads elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {"content-security-policy": _POLICY, "referrer-policy": "no-referrer"}
_KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FOLDER = "page"


class Page(NamedTuple):
    """A file: its bytes, its type, and the headers that say what it may do."""

    body: bytes
    kind: str
    headers: Mapping[str, str]


class Pages:
    """Every page by its path; a file is read when it is first asked for."""

    def find(self, path: str) -> Page | None:
        """The page at ``path``; None where there is none."""
        if path == "/":
            path = "/inspector/index.html"
        return _pages().get(path)


@cache
def _pages() -> Mapping[str, Page]:
    folder = resources.files("rosterkit.net.control").joinpath(_FOLDER)
    pages = {f"/inspector/{file.name}": _page(file.name, file.read_bytes()) for file in folder.iterdir()}
    pages["/inspector/states.svg"] = _page("states.svg", state_diagram.svg().encode())
    pages["/rules"] = _page("rules.html", _rules().encode())
    return pages


def _page(name: str, body: bytes) -> Page:
    return Page(body, _KINDS[name.rpartition(".")[2]], _HEADERS)


def _rules() -> str:
    """Every rule on one page, so that a stanza can be looked up without a network."""
    rows = "".join(
        f'<dt id="{name}"><a href="{escape(link_of(rule.section))}">{escape(rule.section)}</a></dt>'
        f"<dd>{escape(rule.says)}</dd>"
        for name, rule in RULES.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The rules, rosterkit</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/inspector/style.css">'
        '<body class="rules"><h1>What the rules say</h1><p><a href="/">Back to the inspector</a></p>'
        f"<dl>{rows}</dl></body></html>"
    )
