"""The page on scenarios: its example is one, becomes the test that is shown, and is played as it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from test_pytest_plugin import COMMAND

from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep
from rosterkit.core.scenario_pytest import as_pytest
from rosterkit.core.scenario_reader import read_scenario
from rosterkit.net.control.called import MOST_KEPT_BYTES
from rosterkit.wire.recorded import PASSWORD

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The only example in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return str(found)


def test_its_example_becomes_the_test_that_is_shown():
    """Line by line."""
    assert as_pytest(read_scenario(json.loads(block("json")))) == block("python")


def test_its_table_has_every_step_with_its_keys():
    """As they are written where nothing is left out."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", TEXT, re.MULTILINE))
    steps = (
        ClientStep("juliet", ("interested",), another=True),
        CallStep("PUT", "clock", {}),
        ExpectStep("<presence/>", "juliet"),
        AnswerStep(1, "juliet", 2, "error"),
    )
    written = {next(iter(step.as_json())): set(list(step.as_json())[1:]) for step in steps}
    assert {kind: set(re.findall(r"`(\w+)`", keys)) for kind, keys in rows.items()} == written


def test_its_figures_are_those_of_the_code():
    """The password, and the longest body that is kept."""
    assert f"have the password `{PASSWORD}`" in TEXT
    assert f"larger than {MOST_KEPT_BYTES // 1024} KiB" in TEXT


def test_its_example_is_played_in_a_test(tmp_path: Path):
    """With a client that does what roster clients do."""
    (tmp_path / "scenario.json").write_text(block("json"))
    client = "from obedient import Obedient\nfrom rosterkit.testing.domains import Account\n"
    adapter = (
        "from types import SimpleNamespace\n\n\ndef my_client(jid, password, host, port):\n"
        "    Obedient(SimpleNamespace(host=host, port=port), Account(jid, password))\n\n\n"
    )
    path = f"import sys\nsys.path.insert(0, {str(ROOT / 'tests' / 'testing')!r})\n"
    (tmp_path / "test_it.py").write_text(path + client + adapter + block("pytest"))
    ended = subprocess.run([*COMMAND, "-q", "test_it.py"], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "1 passed" in ended.stdout, ended.stdout


def test_its_command_is_played(tmp_path: Path):
    """As it stands there, with a program of that name."""
    (tmp_path / "scenario.json").write_text(block("json"))
    program = tmp_path / "my_client"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT / 'tests' / 'testing')!r})\n"
        "from types import SimpleNamespace\nfrom obedient import Obedient\n"
        "from rosterkit.testing.domains import Account\n"
        "jid, password, host, port, ca = sys.argv[1:]\n"
        "Obedient(SimpleNamespace(host=host, port=int(port)), Account(jid, password))\nsys.stdin.read()\n"
    )
    program.chmod(0o755)
    (line,) = re.findall(r"^\$ rosterkit (play .*)$", TEXT, re.MULTILINE)
    shell = f"PATH={tmp_path}:$PATH exec {sys.executable} -m rosterkit {line}"
    ended = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert (ended.returncode, ended.stdout.splitlines()[-1:]) == (0, ["Every step is met."]), ended
