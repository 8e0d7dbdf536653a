"""The twistd command of the peer: the same options and sentences as rosterkit peer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from twisted.application.service import IService
from twisted.python import usage

from rosterkit.cli import main
from rosterkit.peer_config import PEER_OPTIONS, PeerConfig
from rosterkit.peer_tap import Options, makeService

ROOT = Path(__file__).parent.parent
SECONDS = 30
LEAST = ("--component-connect", "127.0.0.1:1", "--component", "contacts.test:x", "--control-port", "0")


def parsed(*arguments: str) -> PeerConfig:
    """What a command line means to twistd."""
    options = Options()
    options.parseOptions(arguments)
    return options.config


def test_every_kind_of_option_arrives():
    """Flags and values mean what they mean to rosterkit peer."""
    config = parsed(*LEAST, "--shared", "--wait=7")
    assert config == PeerConfig(
        host="127.0.0.1", port=1, domain="contacts.test", secret="x", control_port=0, shared=True, wait=7
    )


def test_the_help_explains_every_option():
    """No option is missing from twistd rosterkit-peer --help, and none of a server is in it."""
    text = " ".join(str(Options()).split())
    for option in PEER_OPTIONS:
        assert f"--{option.name}" in text and option.help in text
    assert "--c2s-port" not in text


@pytest.mark.parametrize(
    "arguments", [["--componet", "hush"], ["here"], ["--component", "hush"], [*LEAST, "--wait", "x"]]
)
def test_a_mistake_is_the_same_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    """Both command lines refuse with the same words."""
    with pytest.raises(usage.UsageError) as caught:
        parsed(*arguments)
    assert main(["peer", *arguments]) == 2
    assert capsys.readouterr().err == f"rosterkit peer: {caught.value}\n"


def test_the_service_is_a_service():
    """What twistd asks for, made without starting anything."""
    options = Options()
    options.parseOptions(LEAST)
    assert IService.providedBy(makeService(options))


def test_a_server_that_is_not_there_ends_twistd(tmp_path: Path):
    """The plugin is known; its log has the sentence, and the exit code is not 0."""
    command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", "-n", "rosterkit-peer"]
    ended = subprocess.run(
        [*command, *LEAST, "--wait", "0"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == -signal.SIGTERM
    assert "rosterkit could not start: 127.0.0.1:1 has not taken the component contacts.test: " in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
