"""Marks of pages and what they become: every part is used once, and every mark has a part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rosterkit_pages import PARTS, filled

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "changes" not in path.parts)


def test_every_part_stands_in_one_page():
    """No part is forgotten or shown twice."""
    marks = [mark for path in PAGES for mark in re.findall("<!-- from the code: (.+) -->", path.read_text("utf-8"))]
    assert sorted(marks) == sorted(PARTS)


def test_a_mark_becomes_its_part(monkeypatch: pytest.MonkeyPatch):
    """The text around it stays; a part is made when its page is read."""
    monkeypatch.setitem(PARTS, "rules", lambda: "the rules")
    assert filled("before\n\n<!-- from the code: rules -->\n\nbehind") == "before\n\nthe rules\n\nbehind"


def test_a_mark_that_nobody_makes_ends_the_build():
    """A misspelt mark is not shown as nothing."""
    with pytest.raises(KeyError):
        filled("<!-- from the code: ruels -->")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_links_lead_to_files_that_are_there(path: Path):
    """On GitHub too, where nobody else checks; relative ones, and those to included files."""
    text = path.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    links = re.findall(r"\]\(([^)#: ]+)(?:#[^)]*)?\)", prose) + re.findall(r"^```{literalinclude} (.+)$", text, re.M)
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_page_is_in_the_contents():
    """A page that no contents name cannot be found; Sphinx says so too, but later."""
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    named = {line.strip() for line in index.splitlines()}
    lost = [
        name
        for path in PAGES
        if (name := str(path.relative_to(DOCS).with_suffix(""))) not in named
        and name != "index"
        and not name.startswith("design/")
    ]
    assert lost == []
