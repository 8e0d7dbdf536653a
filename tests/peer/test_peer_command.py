"""``rosterkit peer`` as other programs start it: its ready line, its exit codes, its sentences."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from joined import DOMAIN, NURSE, SECRET
from twisted.python.failure import Failure

from rosterkit import __version__
from rosterkit.cli import main
from rosterkit.errors import NotTakenError
from rosterkit.net.foreground import _Ending
from rosterkit.peer_config import PEER_OPTIONS

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-c", "import sys; from rosterkit.cli import main; sys.exit(main())"]
SECONDS = 30


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A child process that runs ``rosterkit``, gone at the end."""
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        try:
            yield child
        finally:
            child.kill()


def ready_line(child: subprocess.Popen[str]) -> dict[str, Any]:
    """What the child says when it is ready."""
    assert child.stdout is not None
    line: dict[str, Any] = json.loads(child.stdout.readline())
    return line


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The component port of a server that expects the component."""
    ports = ("--c2s-port", "0", "--tls-port", "none", "--component-port", "0")
    with running("serve", *ports, "--component", f"{DOMAIN}:{SECRET}") as server:
        yield ready_line(server)["component"]["port"]


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """What every peer is started with."""
    (tmp_path / "contacts.toml").write_text(f'["{NURSE}"]\n')
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    return ["--contacts", str(tmp_path / "contacts.toml"), "--secret-file", str(tmp_path / "secret")]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_from_the_ready_line_to_a_signal(port: int, options: list[str], ending: signal.Signals) -> None:
    """One line of JSON when the server has taken it, nothing else on standard output; 0 after a signal."""
    place = f"127.0.0.1:{port}"
    with running(
        "peer", "--component-connect", place, "--component", DOMAIN, "--control-port", "0", *options
    ) as child:
        ready = ready_line(child)
        control = ready.pop("control")
        assert ready == {
            "rosterkit": __version__,
            "pid": child.pid,
            "domain": DOMAIN,
            "component": {"host": "127.0.0.1", "port": port},
        }
        assert control["host"] == "127.0.0.1" and control["port"]
        child.send_signal(ending)
        out, log = child.communicate(timeout=SECONDS)
    assert (child.returncode, out) == (0, "")
    assert f"{DOMAIN} is connected to {place}." in log
    assert "Traceback" not in log and SECRET not in log


def test_a_server_that_does_not_know_it(port: int, options: list[str]) -> None:
    """3, and one last sentence that says what to change."""
    with running("peer", "--component-connect", f"127.0.0.1:{port}", "--component", "other.test", *options[2:],
                 "--control-port", "0") as child:  # fmt: skip
        out, log = child.communicate(timeout=SECONDS)
    assert (child.returncode, out) == (3, "")
    last = log.splitlines()[-1]
    assert last.startswith(f"rosterkit peer: 127.0.0.1:{port} expects no component other.test: host-unknown (")
    assert last.endswith("Add it to the server's configuration, or change --component.")


def test_a_server_that_is_not_there(options: list[str]) -> None:
    """3 at once where no time is given to it."""
    with running(
        "peer", "--component-connect", "127.0.0.1:1", "--component", DOMAIN, "--wait", "0", *options
    ) as child:
        out, log = child.communicate(timeout=SECONDS)
    assert (child.returncode, out, log.count("\n")) == (3, "", 1)
    assert log.startswith(f"rosterkit peer: 127.0.0.1:1 has not taken the component {DOMAIN}: nobody listens there. ")


def test_a_server_that_never_took_it_is_3() -> None:
    """What else cannot start is 2, as with every command."""
    ending = _Ending(lambda: None)
    ending.refused(Failure(NotTakenError("It is not known.")))
    assert (ending.code, ending.reason) == (3, "It is not known.")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "rosterkit peer: --component-connect HOST:PORT is missing"),
        (["--acount"], "rosterkit peer: '--acount' is no option."),
        (
            ["--componet", "contacts.test:hush"],
            "Did you mean --component? There are: --component-connect, --component,",
        ),
        (["here"], "rosterkit peer: 'here' is no option; every option starts with --."),
        (["--component-connect", "a:1", "--component", "hush"], "rosterkit peer: --component has no colon"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with serve; it never shows a secret."""
    assert main(["peer", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1
    assert "hush" not in captured.err


def test_help_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Each option of the list, with its argument and its sentence, and what the exit codes are."""
    with pytest.raises(SystemExit) as caught:
        main(["peer", "--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in PEER_OPTIONS:
        assert f"--{option.name} {option.metavar} {option.help}".replace("  ", " ") in text
    assert "3 the server never took the component" in text
