"""``python -m rosterkit.testing``: a server from a terminal, and nothing left of it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rosterkit.testing.__main__ import main

COMMAND = [sys.executable, "-m", "rosterkit.testing"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_server_runs_until_a_signal(number: signal.Signals, tmp_path: Path):
    """It says where it is, in JSON and for a shell; then it is gone with its folder, and the exit code is 0."""
    env = tmp_path / "made" / "env"
    words = ["rosterkit", "--account", "juliet:capulet", "--component", "feast.localhost:sesame", "--env", str(env)]
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        assert (told["server"], told["domain"]) == ("rosterkit", "localhost")
        for port in (told["port"], told["component_port"]):
            socket.create_connection((told["host"], port), timeout=30).close()
        shell = subprocess.run(
            ["sh", "-c", f". {env}; echo $HOST $PORT $COMPONENT_PORT $CA_FILE"], capture_output=True, text=True
        )
        assert shell.stdout.split() == [told["host"], str(told["port"]), str(told["component_port"]), told["ca_file"]]
        running.send_signal(number)
        assert running.wait(20) == 0
    assert not Path(told["ca_file"]).parent.exists()
    with socket.socket() as tried:
        assert tried.connect_ex((told["host"], told["port"])) != 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["rosterkit", "--account", "juliet"], "--account takes a name, a colon and a secret"),
        (["rosterkit", "--component", ":x"], "--component takes a name, a colon and a secret"),
        (["nosuch"], "invalid choice: 'nosuch'"),
        (["rosterkit", "--nothing"], "--nothing"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]):
    """Exit code 2, and nothing has started."""
    try:
        code = main(words)
    except SystemExit as ended:
        code = int(str(ended.code))
    assert code == 2
    assert sentence in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """And the server does not stay behind."""
    (tmp_path / "file").write_text("")
    code = main(["rosterkit", "--account", "juliet:capulet", "--env", str(tmp_path / "file" / "env")])
    assert code == 2
    assert "cannot be written" in capsys.readouterr().err
