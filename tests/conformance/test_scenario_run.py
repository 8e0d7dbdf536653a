"""A scenario played from the command line with a real program: what is printed, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "rosterkit", "play")
CLIENT = f"""
import sys
sys.path.insert(0, {str(ROOT / "testing")!r})
from obedient import Obedient
from rosterkit.testing.domains import Account
from types import SimpleNamespace
jid, password, host, port, how = sys.argv[1:]
client = Obedient(SimpleNamespace(host=host, port=int(port)), Account(jid, password), how == "deaf")
sys.stdin.read()
"""
SCENARIO: dict[str, Any] = {
    "rosterkit": "scenario",
    "version": 1,
    "domains": ["home.example"],
    "network": {"accounts": {"juliet": {"password": "secret"}}},
    "steps": [
        {"client": "juliet", "until": ["interested"]},
        {"call": "PUT", "path": "accounts/juliet/roster/romeo@home.example", "body": {"name": "R\u202eo"}},
        {"expect_answer": 2, "account": "juliet", "within": 1},
        {"expect": "<presence/>", "account": "juliet", "within": 0.2},
    ],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The scenario in a file."""
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(SCENARIO))
    return path


def with_client(tmp_path: Path, how: str = "good") -> list[str]:
    """The option that starts the client."""
    program = tmp_path / "client.py"
    program.write_text(CLIENT)
    return ["--exec", f"{sys.executable} {program} {{jid}} {{password}} {{host}} {{port}} {how}"]


def played(*arguments: object) -> subprocess.CompletedProcess[str]:
    """One run of the command."""
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def test_every_step_is_met(file: Path, tmp_path: Path):
    """Each is printed when it is, and the program has ended with the play."""
    ended = played(file, *with_client(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    head, *steps, last = ended.stdout.splitlines()
    assert head.startswith(f"Playing {file} on ") and "4 steps" in head and "http://127.0.0.1:" in head
    assert [step.split()[:2] for step in steps] == [[str(number), "met"] for number in range(1, 5)]
    assert last == "Every step is met."


def test_roster_client_meets_it(file: Path):
    """Over STARTTLS, by the program that lets it be graded."""
    driver = ROOT.parent / "examples" / "check" / "rosterkit_driver.py"
    ended = played(
        file, "--exec", f"{sys.executable} {driver} {{jid}} {{password}} {{host}} {{port}} {{ca}} {{state}}"
    )
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "Every step is met."), ended


def test_the_first_that_is_not_is_explained(file: Path, tmp_path: Path):
    """The step, what was waited for, the push without an answer, where to read on; nothing acts upon the terminal."""
    ended = played(file, *with_client(tmp_path, "deaf"))
    assert ended.returncode == 1
    last, advice = ended.stdout.splitlines()[-2:]
    assert "docs/scenarios.md" in advice
    assert last.startswith("Step 3, juliet answers the push of step 2: Within 1 s juliet@")
    assert "It is the answer to entry " in last
    assert "\u202e" not in ended.stdout


def test_a_program_that_cannot_log_in_is_not_waited_for(file: Path):
    """Its own last words, without the password."""
    ended = played(file, "--exec", f"{sys.executable} -c 'import sys; sys.exit(\"no {{password}}!\")' ")
    assert ended.returncode == 3
    assert "ended with 1 before it was logged in. Its last words: no ...!" in ended.stdout
    assert "try the client by hand" in ended.stdout.splitlines()[-1]


def test_nobody_who_comes_in_time(file: Path):
    """Without a program it is said who has to come, where, and with what."""
    ended = played(file, "--timeout", "0.3")
    assert ended.returncode == 3
    assert "Log in as juliet@" in ended.stdout and "with the password 'secret', at 127.0.0.1 port " in ended.stdout
    assert ended.stdout.splitlines()[-3:] == [
        "The 0.3 s of --timeout are over.",
        "No client has ever logged in.",
        "Give whoever is to come longer with --timeout, or name a program with --exec.",
    ]


def test_a_body_that_the_server_refuses_is_a_wrong_file_too(tmp_path: Path):
    """Which is known only when it comes to it."""
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**SCENARIO, "steps": [{"call": "POST", "path": "clock", "body": {"forward": "x"}}]}))
    ended = played(path)
    assert ended.returncode == 2
    assert "Step 1, POST clock: forward is 'x'" in ended.stdout


def test_a_signal_ends_it_and_its_program(file: Path, tmp_path: Path):
    """What is not played by then is not met."""
    file.write_text(json.dumps({**SCENARIO, "steps": [{"client": "juliet", "until": ["interested"]}, {
        "expect": "<message/>", "account": "juliet", "within": 60,
    }]}))  # fmt: skip
    play = subprocess.Popen([*COMMAND, str(file), *with_client(tmp_path)], stdout=subprocess.PIPE, text=True)
    with play:
        assert play.stdout is not None
        while "1  met" not in play.stdout.readline():
            pass
        os.kill(play.pid, signal.SIGINT)
        rest = play.stdout.read()
    assert play.returncode == 1
    assert rest == "Stopped before the last step.\n"
