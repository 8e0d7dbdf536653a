"""docs/peer.md: its options are those of the command, its examples are taken, what it counts is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rosterkit.component_settings import SECRET_VARIABLE
from rosterkit.net.contacts import read_contacts
from rosterkit.net.control.api import DESCRIPTION
from rosterkit.peer.connecting import FIRST, LONGEST, STEADY
from rosterkit.peer.privileges import PATIENCE
from rosterkit.peer_config import PEER_OPTIONS, PeerConfig

TEXT = (Path(__file__).parent.parent / "docs" / "peer.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Every example in a language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return found


def test_its_table_has_every_option_with_its_default():
    """Options, arguments and order are those of the command; a default is the configuration's."""
    rows = re.findall(r"^\| `--([a-z0-9-]+) ?([^`]*)` \| ([^|]*?) ?\|", TEXT, re.MULTILINE)
    assert [(name, metavar) for name, metavar, _ in rows] == [
        *((option.name, option.metavar) for option in PEER_OPTIONS),
        ("exit-with-stdin", ""),
        ("version", ""),
    ]
    defaults = {name: default for name, _, default in rows}
    config = PeerConfig(host="a", port=1, domain="b", secret="c", control_port=0)
    for name in ("wait", "journal", "max-stanza", "interface"):
        assert defaults[name] == str(getattr(config, name.replace("-", "_")))
    assert SECRET_VARIABLE in TEXT


def test_its_contacts_are_contacts(tmp_path: Path):
    """The file of the first example is read."""
    (tmp_path / "contacts.toml").write_text(blocks("toml")[0])
    contacts = {contact.jid.local: contact.script for contact in read_contacts(tmp_path / "contacts.toml")}
    assert (contacts["nurse"].after, contacts["tybalt"].answer) == (0.3, "refuse")


def test_its_ready_line_has_the_keys_of_the_real_one():
    """In their order; tests of the command compare the real one."""
    assert list(json.loads(blocks("json")[0])) == ["rosterkit", "pid", "domain", "component", "control"]


def test_its_calls_are_calls():
    """Each path of an example is in the description of the API."""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    templates = [re.sub(r"{\w+}", "[^/]+", path) for path in paths]
    called = re.findall(r'"\$API(/[^"?]*)', "".join(blocks("bash")))
    assert len(called) >= 7
    for path in called:
        assert any(re.fullmatch(template, f"/v1/networks/main{path}") for template in templates), path


def test_what_it_counts_is_so():
    """Pauses and limits of time."""
    assert f"after {FIRST:g} seconds, then after twice as long each time, up to {LONGEST:g};" in TEXT
    assert f"lasted {STEADY:g} seconds makes it begin at {FIRST:g} again" in TEXT
    assert f"has not answered in {PATIENCE:g} seconds" in TEXT
