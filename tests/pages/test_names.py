"""The page of public names has all of them."""

from __future__ import annotations

import re
from pathlib import Path

from rosterkit_pages.names import page

import rosterkit
from rosterkit.testing import pytest_plugin


def test_every_public_name_has_a_section():
    """But for the version."""
    assert sorted(re.findall("^## (.+)$", page(), re.MULTILINE)) == sorted(set(rosterkit.__all__) - {"__version__"})


def test_a_name_is_shown_as_what_it_is():
    """Classes, errors, functions, and a module."""
    text = page()
    for directive in ("autoclass:: rosterkit.RosterClient", "autoexception:: rosterkit.LoginError",
                      "autofunction:: rosterkit.connect", "automodule:: rosterkit.xso"):  # fmt: skip
        assert f".. {directive}\n" in text


def test_the_page_of_fixtures_has_every_fixture():
    """And the plugin's setting."""
    text = (Path(__file__).parents[2] / "docs" / "reference" / "fixtures.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [*pytest_plugin.__all__, "rosterkit_options"]
