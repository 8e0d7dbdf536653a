"""The twistd command: the same options and sentences as rosterkit serve, and twistd's own ways of running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from twisted.application.service import IService
from twisted.python import usage

from rosterkit import __version__
from rosterkit.cli import main
from rosterkit.config import Account, Config
from rosterkit.options import OPTIONS
from rosterkit.tap import Options, makeService

ROOT = Path(__file__).parent.parent
SECONDS = 30


def parsed(*arguments: str) -> Config:
    """What a command line means to twistd."""
    options = Options()
    options.parseOptions(arguments)
    return options.config


@contextmanager
def twistd(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A twistd that runs our plugin from this checkout, with its own files in ``folder``; gone at the end."""
    command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", "-n", *arguments]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


class TestOptions:
    """The options, made from the same list."""

    def test_nothing_given_is_the_default(self):
        """An empty command line is the default configuration."""
        assert parsed() == Config()

    def test_every_kind_of_option_arrives(self):
        """Flags, values and repeatable options mean what they mean to rosterkit serve."""
        config = parsed(
            "--domain", "a.test", "--domain=b.test", "--account", "juliet:x:y", "--registration", "--history=7"
        )
        assert config == Config(
            domains=("a.test", "b.test"), accounts=(Account("juliet@a.test", "x:y"),), registration=True, history=7
        )

    def test_the_help_explains_every_option(self):
        """No option is missing from twistd rosterkit --help."""
        text = " ".join(str(Options()).split())
        for option in OPTIONS:
            assert f"--{option.name}" in text
            assert option.help in text

    def test_the_version_is_ours(self, capsys: pytest.CaptureFixture[str]):
        """Not Twisted's, which is what twistd --version prints."""
        with pytest.raises(SystemExit) as caught:
            parsed("--version")
        assert (caught.value.code, capsys.readouterr().out) == (0, f"rosterkit {__version__}\n")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--acount", "juliet:hush"],
            ["here"],
            ["--c2s-port", "x"],
            ["--account", "hush"],
            ["--config", "/none.toml"],
            ["--component", "c.test:hush"],
        ],
    )
    def test_a_mistake_is_the_same_sentence(self, arguments: list[str], capsys: pytest.CaptureFixture[str]):
        """Both command lines refuse with the same words."""
        with pytest.raises(usage.UsageError) as caught:
            parsed(*arguments)
        assert main(["serve", *arguments]) == 2
        assert capsys.readouterr().err == f"rosterkit serve: {caught.value}\n"
        assert "hush" not in str(caught.value)

    def test_the_service_is_a_service(self):
        """What twistd asks for, made without starting anything."""
        options = Options()
        options.parseOptions(["--c2s-port", "0"])
        assert IService.providedBy(makeService(options))


class TestTwistd:
    """A child process, as an administrator starts it."""

    def test_from_the_ready_file_to_a_signal(self, tmp_path: Path):
        """The log goes to standard output, the ready file is written, the end is by the signal."""
        ready_file = tmp_path / "ready.json"
        arguments = ("rosterkit", "--c2s-port=0", "--tls-port=none", "--ready-file", str(ready_file))
        with twistd(tmp_path, *arguments) as child:
            assert child.stdout is not None
            assert any("Serving localhost" in line for line in child.stdout)
            ready = json.loads(ready_file.read_text())
            assert (ready["pid"], ready["tls"]) == (child.pid, None)
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=SECONDS)
        assert child.returncode == -signal.SIGTERM
        assert not (tmp_path / "twistd.pid").exists()

    def test_a_server_that_cannot_start_ends_twistd(self, tmp_path: Path):
        """The log has the sentence and no traceback, the exit code is not 0 and no pid file is left."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            with twistd(tmp_path, "rosterkit", "--c2s-port", port, "--tls-port", "none") as child:
                log, errors = child.communicate(timeout=SECONDS)
        assert child.returncode == -signal.SIGTERM
        assert f"rosterkit could not start: --c2s-port {port} " in log
        assert "Traceback" not in log + errors
        assert not (tmp_path / "twistd.pid").exists()

    def test_a_mistake_ends_it_before_it_begins(self, tmp_path: Path):
        """One sentence and exit code 2, as with rosterkit serve."""
        with twistd(tmp_path, "rosterkit", "--max-stanza", "1") as child:
            out, errors = child.communicate(timeout=SECONDS)
        assert (child.returncode, out) == (2, "")
        assert errors.startswith("twistd rosterkit: --max-stanza is 1; it takes a whole number from 10000")
