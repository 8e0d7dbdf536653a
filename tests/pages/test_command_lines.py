"""The page of commands has what the program takes."""

from __future__ import annotations

import re

import pytest
from rosterkit_pages.command_lines import commands, page

from rosterkit.cli import main
from rosterkit.options import OPTIONS

SECTIONS = {part.partition("\n")[0]: part for part in page().split("## ") if part}


def test_every_command_has_a_section():
    """Those of commands too, each once."""
    assert list(SECTIONS) == [parser.prog for parser in commands()]
    assert {"rosterkit serve", "rosterkit peer", "rosterkit import", "rosterkit check server"} <= set(SECTIONS)


@pytest.mark.parametrize("command", [name for name in SECTIONS if name != "rosterkit"])
def test_a_section_has_the_options_that_help_names(command: str, capsys: pytest.CaptureFixture[str]):
    """None is missing and none made up."""
    with pytest.raises(SystemExit):
        main([*command.split()[1:], "--help"])
    helped = set(re.findall(r"^  (?:-h, )?(--[a-z0-9-]+)", capsys.readouterr().out, re.MULTILINE))
    assert set(re.findall(r"^\| `(--[a-z0-9-]+)", SECTIONS[command], re.MULTILINE)) == helped - {"--help"}


def test_an_option_has_its_argument_and_its_sentence():
    """Such as the first; one that may stand several times says so."""
    first = OPTIONS[0]
    assert f"| `--{first.name} {first.metavar}` | {first.help} May be given again. |" in SECTIONS["rosterkit serve"]


def test_exit_codes_are_there():
    """They are what scripts are written for."""
    assert "3 inconclusive" in SECTIONS["rosterkit check client"]
