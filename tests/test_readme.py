"""The README: what it promises is what there is, and its examples work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rosterkit import __version__
from rosterkit.config import Config, load
from rosterkit.limits import LIMITS
from rosterkit.options import OPTIONS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first example in a language."""
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return found[0]


def test_its_table_has_every_option_with_its_default():
    """Options, arguments and order are those of the command, a default the configuration's; limits have a page."""
    limits = {limit.option for limit in LIMITS}
    rows = re.findall(r"^\| `--([a-z0-9-]+) ?([^`]*)` \| ([^|]*?) ?\|", TEXT, re.MULTILINE)
    assert [(name, metavar) for name, metavar, _ in rows] == [
        *((option.name, option.metavar) for option in OPTIONS if option.name not in limits),
        ("exit-with-stdin", ""),
        ("version", ""),
    ]
    defaults = {name: default.strip("`") for name, _, default in rows}
    config = Config()
    for name in ("c2s-port", "tls-port", "history", "max-stanza", "interface"):
        assert defaults[name] == str(getattr(config, name.replace("-", "_")))
    assert (defaults["domain"],) == config.domains


def test_its_toml_is_a_configuration(tmp_path: Path):
    """The example of a file is taken."""
    (tmp_path / "example.toml").write_text(block("toml"))
    config = load({"config": str(tmp_path / "example.toml")}, {})
    assert [account.jid for account in config.accounts] == ["romeo@montague.test", "juliet@capulet.test"]


def test_the_demo_is_what_it_says(tmp_path: Path):
    """The accounts of docs/demo.toml have the passwords that README and Makefile show."""
    shown = (ROOT / "Makefile").read_text(encoding="utf-8") + TEXT
    for jid, password in load({"config": str(ROOT / "docs" / "demo.toml")}, {}).accounts:
        assert f"{jid}, password {password}" in shown
        assert f"`{jid}`, password `{password}`" in shown


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where ``rosterkit`` is the command of this checkout."""
    command = tmp_path / "rosterkit"
    code = "import sys; from rosterkit.cli import main; sys.exit(main())"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$@\"\n")
    command.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


def test_its_program_works_and_the_ready_line_has_its_keys(environment: dict[str, str], tmp_path: Path):
    """The Python example runs as it stands, and the ready line has the keys of the JSON example, in its order."""
    code = block("python") + "\nprint(json.dumps(ready))\nprint(server.returncode)\n"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    said, ready, code_of_server = ended.stdout.splitlines()
    assert re.fullmatch(r"connect to port \d+ and trust /.*/ca\.pem", said)
    assert list(json.loads(ready)) == list(json.loads(block("json")))
    assert code_of_server == "0"


@pytest.mark.parametrize("page", ["README.md", "docs/peer.md"])
def test_ready_lines_have_the_version(page: str):
    """Those that pages show have that of this release, or of the one that is being made."""
    shown = re.findall(r'"rosterkit": "([^"]+)"', (ROOT / page).read_text(encoding="utf-8"))
    assert shown == [__version__.partition(".dev")[0]]
