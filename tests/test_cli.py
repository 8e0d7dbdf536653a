"""The rosterkit command: what it prints where, its exit codes, and its life from the ready line to a signal."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from twisted.python.failure import Failure

from rosterkit import __version__
from rosterkit.cli import main
from rosterkit.errors import ConfigError
from rosterkit.net.foreground import _Ending
from rosterkit.options import OPTIONS

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "import sys; from rosterkit.cli import main; sys.exit(main())"]
ANY_PORTS = ["--c2s-port", "0", "--tls-port", "0"]
SECONDS = 30


@contextmanager
def serving(*options: str, **streams: int) -> Iterator[subprocess.Popen[str]]:
    """A child process that runs ``rosterkit serve``, gone at the end."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    command = [*COMMAND, "serve", *options]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, **streams) as child:  # type: ignore[call-overload]
        try:
            yield child
        finally:
            child.kill()


class TestUsage:
    """What is answered without starting anything."""

    def test_the_version(self, capsys: pytest.CaptureFixture[str]):
        """--version prints name and version, for the command and for serve."""
        for arguments in (["--version"], ["serve", "--version"]):
            with pytest.raises(SystemExit) as caught:
                main(arguments)
            assert (caught.value.code, capsys.readouterr().out) == (0, f"rosterkit {__version__}\n")

    def test_help_explains_every_option(self, capsys: pytest.CaptureFixture[str]):
        """The help of serve shows each option of the list, with its argument and its sentence."""
        with pytest.raises(SystemExit) as caught:
            main(["serve", "--help"])
        assert caught.value.code == 0
        text = " ".join(capsys.readouterr().out.split())
        for option in OPTIONS:
            assert f"--{option.name} {option.metavar} {option.help}".replace("  ", " ") in text

    def test_no_command_is_a_mistake(self, capsys: pytest.CaptureFixture[str]):
        """Without a command the help goes to standard error and the exit code is 2."""
        assert main([]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "serve" in captured.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["srve"], "rosterkit: argument COMMAND: invalid choice: 'srve'"),
            (["serve", "--acount=juliet:hush"], "rosterkit serve: '--acount' is no option. Did you mean --account?"),
            (["serve", "--acount", "juliet:hush"], "There are: --domain, --account,"),
            (["serve", "--accou", "juliet:hush"], "'--accou' is no option"),
            (["serve", "here"], "rosterkit serve: 'here' is no option; every option starts with --."),
            (["serve", "--db"], "rosterkit serve: argument --db: expected one argument"),
            (["serve", "--registration=yes"], "argument --registration: ignored explicit argument"),
            (["serve", "--anonymous=yes"], "argument --anonymous: ignored explicit argument"),
            (["serve", "--c2s-port", "x"], "rosterkit serve: --c2s-port is 'x'; it takes a whole number"),
            (["serve", "--account", "hush"], "rosterkit serve: --account: there is no name before a colon"),
        ],
    )
    def test_a_mistake_is_one_sentence_and_exit_code_2(
        self, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ):
        """The sentence goes to standard error, names what is wrong, and never shows a password."""
        try:
            code: object = main(arguments)
        except SystemExit as exiting:
            code = exiting.code
        captured = capsys.readouterr()
        assert code == 2
        assert captured.out == ""
        assert said in captured.err
        assert captured.err.count("\n") == 1
        assert "hush" not in captured.err

    def test_the_environment_counts(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
        """Accounts of ROSTERKIT_ACCOUNTS are read, and checked."""
        monkeypatch.setenv("ROSTERKIT_ACCOUNTS", "juliet@a.test:hush")
        assert main(["serve"]) == 2
        assert (
            "ROSTERKIT_ACCOUNTS, line 1: juliet@a.test is at a domain that is not served" in capsys.readouterr().err
        )


class TestServe:
    """A child process, as other programs start it."""

    def test_the_end_of_standard_input_is_as_good_as_a_signal(self):
        """Where it was asked for; whoever has started it need not say goodbye."""
        command = [*COMMAND, "serve", "--exit-with-stdin", *ANY_PORTS]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            assert json.loads(child.stdout.readline())["pid"] == child.pid
            child.stdin.close()
            assert child.wait(10) == 0

    @pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
    def test_from_the_ready_line_to_a_signal(self, ending: signal.Signals, tmp_path: Path):
        """One line of JSON when ready, in the ready file too; at the signal every stream ends with system-shutdown,
        the exit code is 0, and nothing else was printed.
        """
        (tmp_path / "accounts").write_text("juliet:hush\n")
        files = {name: str(tmp_path / name) for name in ("ready-file", "ca-file", "accounts")}
        options = [part for name, path in files.items() for part in (f"--{name}", path)]
        with serving(*ANY_PORTS, *options, "--component-port", "0") as child:
            assert child.stdout is not None
            line = child.stdout.readline()
            ready = json.loads(line)
            assert Path(files["ready-file"]).read_text() == line
            ports = {name: ready.pop(name)["port"] for name in ("c2s", "tls", "component")}
            assert ready == {
                "rosterkit": __version__,
                "pid": child.pid,
                "domains": ["localhost"],
                "websocket": None,
                "websocket_tls": None,
                "control": None,
                "ca_file": files["ca-file"],
            }
            assert len(set(ports.values()) - {0}) == 3
            with socket.create_connection(("127.0.0.1", ports["c2s"]), SECONDS) as client:
                assert b"</stream:features>" in _opened(client)
                child.send_signal(ending)
                assert b"<system-shutdown " in _rest(client)
            out, log = child.communicate(timeout=SECONDS)
        assert (child.returncode, out) == (0, "")
        assert "Serving localhost" in log
        assert "Traceback" not in log
        assert "hush" not in log

    def test_a_port_in_use_is_named(self):
        """Exit code 2, one sentence with option and port, nothing on standard output, no traceback."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            with serving("--c2s-port", "0", "--tls-port", port) as child:
                out, log = child.communicate(timeout=SECONDS)
        assert (child.returncode, out) == (2, "")
        assert log.startswith(f"rosterkit serve: --tls-port {port} ")
        assert "Choose another port" in log
        assert log.count("\n") == 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
    def test_a_ready_line_that_nobody_can_read_is_a_failure(self):
        """A server whose starter cannot know that it is ready does not stay."""
        with Path("/dev/full").open("w") as full, serving(*ANY_PORTS, stdout=full.fileno()) as child:
            _, log = child.communicate(timeout=SECONDS)
        assert child.returncode == 2
        assert "rosterkit serve: The ready line cannot be written to standard output: No space left" in log


class TestEnding:
    """Which exit code it becomes."""

    def test_a_known_failure_is_2(self):
        """What rosterkit raises on purpose becomes its sentence."""
        stopped: list[bool] = []
        ending = _Ending(lambda: stopped.append(True))
        ending.refused(Failure(ConfigError("Nothing listens.")))
        assert (ending.code, ending.reason, stopped) == (2, "Nothing listens.", [True])

    def test_an_unknown_failure_is_1(self):
        """A mistake of ours is not taken for one of the user."""
        ending = _Ending(lambda: None)
        ending.refused(Failure(ZeroDivisionError("x")))
        assert ending.code == 1
        assert "please report it: ZeroDivisionError('x')" in ending.reason

    def test_a_failure_after_a_signal_is_none(self):
        """Somebody who stops the server before it is ready gets 0."""
        ending = _Ending(lambda: None)
        ending.begun()
        ending.refused(Failure(ConfigError("Nothing listens.")))
        assert (ending.code, ending.reason) == (0, "")


def _opened(client: socket.socket) -> bytes:
    """What the server answers to a stream header, up to its features."""
    client.sendall(
        b"<stream:stream to='localhost' version='1.0' xmlns='jabber:client'"
        b" xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    answer = b""
    while b"</stream:features>" not in answer and (more := client.recv(65536)):
        answer += more
    return answer


def _rest(client: socket.socket) -> bytes:
    """Everything until the server closes; as a polite client does, its closing tag is answered, then read on."""
    answer = b""
    while b"</stream:stream>" not in answer and (more := client.recv(65536)):
        answer += more
    client.sendall(b"</stream:stream>")
    client.shutdown(socket.SHUT_WR)
    while more := client.recv(65536):
        answer += more
    return answer


def test_a_list_goes_nowhere_where_standard_output_is_closed(monkeypatch: pytest.MonkeyPatch):
    """As for a program that closes what it does not need; the exit code is that of the command."""
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["check", "server", "--list"]) == 0


@pytest.mark.parametrize("signals", [1, 3])
def test_impatience_changes_nothing_about_the_end(signals: int):
    """However many signals come: exit code 0, and no word of Twisted's in the log."""
    command = [sys.executable, "-m", "rosterkit", "serve", "--c2s-port", "0", "--tls-port", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        json.loads(server.stdout.readline())
        for _ in range(signals):
            server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=20)
    assert server.returncode == 0
    assert "Traceback" not in log
