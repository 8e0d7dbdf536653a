"""The programs in docs/roster-client.md: each runs as a reader would run it, beside the server of ``make run``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rosterkit
from rosterkit.client.roster import RosterClient

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "roster-client.md").read_text(encoding="utf-8")
_PROGRAM = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS: dict[str, str] = dict(_PROGRAM.findall(PAGE))
#: What each prints; a program that is not here has not been looked at.
PRINTED = {
    "Five lines": "0 contacts: []\n",
    "Signals": "new group: Staff\nnew contact: Nurse ['Staff']\ngone: nurse@localhost\n",
    "Changing many entries": (
        "1 of 4\n2 of 4\n3 of 4\n4 of 4\n3 accepted; {'nobody@localhost': 'item-not-found'}\n0 in no group\n"
    ),
    "Keeping the roster over restarts": r"version (\S+)\nversion \1\n",
    "Who may see me": r"romeo is Resource\(full='romeo@localhost/.*",
}


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What ``make run`` serves, at a free port; its CA file is where the programs look for it."""
    (tmp_path / "run").mkdir()
    command = [sys.executable, "-c", "from rosterkit.cli import main; raise SystemExit(main())", "serve"]
    command += [
        "--config",
        str(ROOT / "docs" / "demo.toml"),
        "--c2s-port",
        "0",
        "--tls-port",
        "none",
        "--control-port",
        "0",
    ]
    command += ["--ca-file", str(tmp_path / "run" / "ca.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
        server.terminate()


@pytest.mark.parametrize("title", PROGRAMS)
def test_a_program_of_the_page_does_what_it_says(title: str, ready: dict[str, Any], tmp_path: Path) -> None:
    """It ends well and prints what it should."""
    program = PROGRAMS[title].replace('host="127.0.0.1"', f'host="127.0.0.1", port={ready["c2s"]["port"]}')
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == PRINTED[title] or re.fullmatch(PRINTED[title], ended.stdout, re.DOTALL), ended.stdout


def test_the_readme_shows_the_same_program() -> None:
    """The one that is run here."""
    assert f"```python\n{PROGRAMS['Five lines']}```" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_has_every_public_member() -> None:
    """Whatever a user can call on the client or read from it stands in the table."""
    members = [name for name in vars(RosterClient) if not name.startswith(("_", "connection", "disown"))]
    table = PAGE.partition("## Every member")[2]
    missing = [name for name in members if not re.search(rf"\b{name}\b", table)]
    assert missing == []


def test_the_page_names_only_what_there_is() -> None:
    """Every ``rosterkit.NAME`` on the page exists."""
    names = set(re.findall(r"\brosterkit\.(\w+)", PAGE)) - {"connect", "toml"}
    assert [name for name in names if not hasattr(rosterkit, name)] == []
