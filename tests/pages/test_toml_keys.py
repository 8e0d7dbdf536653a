"""The page of TOML files has every key, and its example is one."""

from __future__ import annotations

import re
from pathlib import Path

from rosterkit_pages.toml_keys import page

from rosterkit.config import load
from rosterkit.options import OPTIONS
from rosterkit.peer_config import PEER_OPTIONS

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "montague.toml"


def test_every_key_has_a_row():
    """In the order of the lists, first those of the server; a file cannot name another file."""
    keys = re.findall(r"^\| `([a-z0-9-]+)` \|", page(), re.MULTILINE)
    assert keys == [option.name for option in (*OPTIONS, *PEER_OPTIONS) if option.name != "config"]


def test_values_are_of_three_kinds():
    """A flag, a list, and any other."""
    text = page()
    assert "| `registration` | `true` |" in text
    assert "| `domain` | list of `D` |" in text
    assert "| `c2s-port` | `N` |" in text


def test_the_example_is_a_configuration():
    """It is taken as it stands."""
    config = load({"config": str(EXAMPLE)}, {})
    assert config.domains == ("montague.test", "capulet.test")
    assert (config.tls_port, config.pre_approval) == (None, False)
