"""The page on real servers: its tables have what there is.  Its examples are run by the live tests."""

from __future__ import annotations

import re
from pathlib import Path

from rosterkit.testing import servers

TEXT = (Path(__file__).parent.parent / "docs" / "servers.md").read_text(encoding="utf-8")


def first_cells(heading: str, table: int) -> list[str]:
    """What stands in the first column of a table under a heading, without its head."""
    section = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    tables = re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)
    return [row.strip("|").split("|")[0] for row in tables[table].splitlines()[2:]]


def names(cells: list[str]) -> list[str]:
    """The names that begin what is between backquotes."""
    return [name for cell in cells for name in re.findall(r"`(\w+)", cell)]


def test_it_has_every_server():
    """Each function that starts one stands in the first table."""
    calls = [name for name in servers.__all__ if name.islower()]
    assert sorted(names(first_cells("What there is", 0))) == sorted(calls)


def test_it_has_every_keyword():
    """Each option stands in the second table, in the order of the code."""
    assert names(first_cells("What there is", 1)) == list(servers.Options.__annotations__)


def test_it_has_everything_that_a_test_gets():
    """Each attribute and method of a running server stands in the table, and no other."""
    public = [name for name in vars(servers.RunningServer) if not name.startswith("_")]
    assert sorted(names(first_cells("What a test gets", 0))) == sorted(public)
