"""A file of scripted contacts."""

from __future__ import annotations

from pathlib import Path

import pytest

from rosterkit.errors import ConfigError
from rosterkit.net.contacts import read_contacts


def test_one_table_for_each_contact(tmp_path: Path):
    """The same keys as in the control API; without a file there is nobody."""
    path = tmp_path / "contacts.toml"
    path.write_text('["nurse@far.test"]\nanswer = "refuse"\nafter = 2\n["tybalt@far.test"]\n')
    nurse, tybalt = read_contacts(path)
    assert (nurse.jid.bare, nurse.script.answer, nurse.script.after) == ("nurse@far.test", "refuse", 2)
    assert tybalt.script.answer == "accept"
    assert read_contacts(None) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "is not TOML"),
        ('["nurse@far.test"]\nanswers = "refuse"', "nurse@far.test.answers"),
        ('["nurse@far.test"]\nafter = -1', "nurse@far.test.after"),
        ('["@far.test"]', "nothing before its '@'"),
        ('["nurse@far.test/phone"]', "has a resource"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str):
    """The sentence names the file and the key."""
    path = tmp_path / "contacts.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as refused:
        read_contacts(path)
    assert str(path) in str(refused.value)
