"""The page on export and import: its example is one, and its tables have what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rosterkit.cli import main
from rosterkit.store import line_reader
from rosterkit.transferring import COMMANDS
from rosterkit.wire import passwords

TEXT = (Path(__file__).parent.parent / "docs" / "transfer.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """What stands under a heading."""
    return TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("heading", "command"), [("Export", "export"), ("Import", "import")])
def test_its_tables_have_every_option(heading: str, command: str):
    """In the order of the code, with their arguments."""
    found = re.findall(r"^\| `--([a-z-]+) ?([^`]*)`", section(heading), re.MULTILINE)
    assert found == [(option.name, option.metavar) for option in COMMANDS[command]]


def test_its_example_is_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It is imported and comes back line by line, but for the account that gets a new version; its password fits."""
    (example,) = re.findall(r"^```json\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    (tmp_path / "a").write_text(example)
    database = str(tmp_path / "roster.db")
    assert main(["import", "--db", database, str(tmp_path / "a")]) == 0
    assert "Nobody can log in to nurse@example.com" in capsys.readouterr().out
    assert main(["export", "--db", database]) == 0
    before, after = example.splitlines(), capsys.readouterr().out.splitlines()
    assert (before[:8], before[-1]) == (after[:8], after[-1])
    assert len(after) == len(before) + 1
    with (tmp_path / "a").open("rb") as file:
        juliet = next(line_reader.read(file, lambda: "new", str))
    assert passwords.matches("capulet", juliet.credentials)


def test_its_table_has_every_kind_of_line():
    """Each with the keys that it may have."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section("The format"), re.MULTILINE))
    assert sorted([*rows, "end"]) == sorted(line_reader.KINDS)
    (example,) = re.findall(r"^```json\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    for line in map(json.loads, example.splitlines()[1:-1]):
        kind, *others = line
        assert all(f"`{key}`" in rows[kind] for key in others)
