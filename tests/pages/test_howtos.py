"""What the how-tos and explanations print does what they say; the longer runs are in examples/pages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rosterkit.conformance.catalogue import selected
from rosterkit.conformance.listing import ROWS
from rosterkit.net.contacts import read_contacts

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, language: str) -> list[str]:
    """What stands on a page in a language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("howto/write-a-contact.md", ["nurse", "romeo", "tybalt"]),
        ("howto/prosody.md", ["nurse", "tybalt"]),
        ("howto/ejabberd.md", ["nurse", "tybalt"]),
    ],
)
def test_contacts_are_contacts(page: str, names: list[str], tmp_path: Path):
    """The file of each page is read without a complaint."""
    (contacts,) = blocks(page, "toml")
    (tmp_path / "contacts.toml").write_text(contacts, encoding="utf-8")
    assert sorted(contact.jid.local for contact in read_contacts(tmp_path / "contacts.toml")) == names


@pytest.mark.parametrize(("page", "language"), [("howto/prosody.md", "lua"), ("howto/ejabberd.md", "yaml")])
def test_what_a_server_is_told_is_what_the_guide_says(page: str, language: str):
    """One configuration in both places."""
    assert blocks(page, language)[0] in blocks("peer.md", language)


def test_ids_that_pages_name_take_cases():
    """Wherever one stands between backquotes or in a command."""
    for path in (DOCS / "tutorial.md", *(DOCS / "howto").glob("*.md")):
        for named in re.findall(r"rfc6121/[0-9.]+[0-9](?:/[a-z-]+)?", path.read_text(encoding="utf-8")):
            assert selected([named], ROWS), (path.name, named)


def test_the_example_of_pure_rules_says_what_the_rules_say():
    """Two requests that cross, and one answer."""
    program = DOCS / "examples" / "pure_rule.py"
    said = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [
        "Juliet's server: deliver to the user",
        "Juliet's side: NONE_OUT_IN and Romeo's: NONE_OUT_IN",
        "Juliet's side: FROM_OUT and Romeo's: TO_IN",
    ]


def test_the_tests_of_contacts_pass():
    """As a user would run them, with the plugin that is installed."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--confcutdir", DOCS, DOCS / "examples" / "test_contacts.py"],
        cwd=DOCS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in ended.stdout, ended.stdout
