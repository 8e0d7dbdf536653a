"""The page on grading a server: its options are those of the command, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from rosterkit.cli import make_parser

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance-server.md"
TEXT = PAGE.read_text(encoding="utf-8")


def options() -> set[str]:
    """What the command takes."""
    given = vars(make_parser().parse_args(["check", "server"]))
    return {name for name in given if name not in ("command", "kind", "patterns")}


def test_its_table_has_every_option():
    """None is missing, and none is made up."""
    rows = "\n".join(line.split("|")[1] for line in TEXT.splitlines() if line.startswith(("| `-", "| `P")))
    assert set(re.findall(r"--([a-z-]+)", rows)) == options()


def test_its_command_is_taken():
    """The example parses as it stands."""
    (example,) = re.findall(r"^rosterkit check server ((?:.*\\\n)*.*)$", TEXT, re.MULTILINE)
    given = vars(make_parser().parse_args(["check", "server", *example.replace("\\\n", " ").split()]))
    assert given["component"] == "feast.localhost"


def test_its_links_lead_somewhere():
    """To a file, and to a heading of it where one is named."""
    for target in re.findall(r"\]\(([^)#h][^)#]*)", TEXT):
        assert (PAGE.parent / target).exists(), target
    for file, anchor in re.findall(r"\]\(([^)#h][^)#]*)#([^)]+)\)", TEXT):
        headings = re.findall(r"^#+ (.*)$", (PAGE.parent / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert anchor in {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}, anchor


def test_what_it_says_of_the_results_is_there():
    """Servers that were graded, with a reason for each FAIL."""
    results = (ROOT / "docs" / "results" / "servers.md").read_text(encoding="utf-8")
    for name in ("Prosody", "ejabberd", "rosterkit"):
        assert f"\n## {name}" in results
