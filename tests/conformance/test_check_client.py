"""Whole runs of ``rosterkit check client`` as somebody starts them: what they print, leave behind and exit with."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from processes_seen import gone
from programs import words
from pytest_twisted import ensureDeferred
from stoppable import SECONDS, Done, Stoppable

from rosterkit.checking import _options
from rosterkit.cli import main, make_parser
from rosterkit.conformance.report import read_report
from rosterkit.conformance.results import Row
from rosterkit.conformance.runner.client_run import ClientRun

ROOT = Path(__file__).parents[2]
CHECK = [sys.executable, "-c", "import sys; from rosterkit.cli import main; sys.exit(main())", "check", "client"]
SCRIPTED = f"{sys.executable} -m rosterkit.conformance.runner.scripted {{jid}} {{password}} {{host}} {{port}}"
WITH_STATE = f"{SCRIPTED} --state {{state}}"
MESSAGES = f"{sys.executable} {Path(__file__).with_name('message_client.py')}"
STRANGER, DOMAIN = "rfc6121/2.1.6/spoofed-stranger", "rfc6121/2.1.6/spoofed-domain"
ACCEPTED = "rfc6121/2.1.6/accepts-bare-from"
PASSWORD = "pass-3bd1-word"


class Place:
    """Where a run leaves its report, and where it and its programs keep what is temporary."""

    def __init__(self, folder: Path) -> None:
        self.report = folder / "report"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()

    async def run(self, *options: str) -> Done:
        """A whole run in this process, which saves the time to start one."""
        lines: list[str] = []
        with patch("tempfile.tempdir", str(self.temporary)), redirect_stdout(StringIO()) as out:
            run, running = self.begun(*options, say=lines.append)
            await running.stopped
            await run.stop()
        assert list(self.temporary.iterdir()) == []
        return Done(run.code, out.getvalue(), lines)

    def begun(self, *options: str, say: Callable[[str], object] = lambda _: None) -> tuple[ClientRun, Stoppable]:
        """A run under way in this process."""
        given = vars(make_parser().parse_args(["check", "client", "--report", str(self.report), *options]))
        running = Stoppable()
        run = ClientRun(_options(given), running, say)
        run.start()
        return run, running

    @contextmanager
    def starting(self, *options: str, **streams: Any) -> Iterator[subprocess.Popen[str]]:
        """A run under way, gone at the end."""
        command = [*CHECK, "--report", str(self.report), *options]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | streams
        environ = {**os.environ, "TMPDIR": str(self.temporary)}
        with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, **streams) as child:
            try:
                yield child
            finally:
                child.kill()

    def run_apart(self, *options: str, **streams: Any) -> Done:
        """A whole run in a process of its own."""
        with self.starting(*options, **streams) as child:
            out, log = child.communicate(timeout=SECONDS)
        assert "Traceback" not in log
        assert list(self.temporary.iterdir()) == []
        return Done(child.returncode, out, log.splitlines())

    def rows(self) -> dict[str, Row]:
        """The rows of the report by their ids."""
        return {row.case.id: row for run in read_report(self.report) for row in run.rows}

    def verdicts(self) -> dict[str, tuple[str, str]]:
        """What came of each case, and on what it rests."""
        rows = self.rows().values()
        return {row.case.id: (row.finding.verdict.value, row.finding.oracle.value) for row in rows}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place of its own."""
    return Place(tmp_path)


class Good(Place):
    """A run that went well."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        options = ("--exec", WITH_STATE, "--password", PASSWORD, "--seed", "7")
        self.done = self.run_apart(*options, STRANGER, "rfc6121/2.1.6/spoofed-o*")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    """The same for all tests that look at it."""
    return Good(tmp_path_factory.mktemp("good"))


class TestGood:
    """A run of a client that breaks no rule."""

    def test_it_says_so(self, good: Good):
        """Exit code 0, on the last line too; a line for each case on standard error, the rest on standard output."""
        assert good.done.code == 0
        last = good.done.out.splitlines()[-1]
        assert last.endswith(f"Report: {good.report / 'index.html'}. Exit code 0.")
        cases = [case_id for case_id in good.verdicts() if case_id.startswith("rfc6121/2.1.6/spoofed-")]
        lines = good.done.lines
        assert len(lines) == len(cases) == 3
        assert sorted(line.split()[3] for line in lines) == sorted(cases)
        assert [line.split("]")[0].split()[-1] for line in lines][-1] == f"{len(cases)}/{len(cases)}"
        assert {line.split()[2] for line in lines} == {"PASS"}

    def test_its_report(self, good: Good):
        """Every file of it is there; checks that were made on the way are rows too."""
        for name in ("index.html", "index.json", "junit.xml", "summary.md"):
            assert (good.report / name).stat().st_size > 100
        (run,) = read_report(good.report)
        assert (run.seed, run.transport, run.command) == ("7", "tcp", WITH_STATE)
        assert run.client == "rosterkit"
        assert all(row.is_good(strict=True) for row in run.rows)
        assert {row.case.section for row in run.rows} > {"rfc6121/2.1.6", "rfc6120/8.2.3"}
        assert good.verdicts()[STRANGER] == ("PASS", "report")

    def test_the_password_is_nowhere_in_it(self, good: Good):
        """Nor as SASL carries it; and nowhere in what was printed."""
        assert good.rows()[STRANGER].entries
        local = "client"
        secrets = [PASSWORD.encode(), b64encode(f"\0{local}\0{PASSWORD}".encode()), b64encode(PASSWORD.encode())]
        files = [path.read_bytes() for path in good.report.rglob("*") if path.is_file()]
        assert len(files) > 9
        for text in (*files, good.done.out.encode(), "".join(good.done.lines).encode()):
            assert not any(secret in text for secret in secrets)

    def test_it_is_judged_again(self, good: Good, capsys: pytest.CaptureFixture[str]):
        """From the transcript alone, with the same verdict."""
        (transcript,) = good.report.glob("transcripts/*/*spoofed-stranger.jsonl")
        assert main(["check", "judge", str(transcript)]) == 0
        assert capsys.readouterr().out.startswith("PASS (report): ")

    def test_it_is_compared(self, good: Good, capsys: pytest.CaptureFixture[str]):
        """With itself nothing has changed."""
        assert main(["check", "diff", str(good.report), str(good.report)]) == 0
        assert capsys.readouterr().out

    def test_it_is_put_together_with_another(self, good: Good, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        """A column for each."""
        assert main(["check", "report", str(tmp_path / "both"), str(good.report), str(good.report)]) == 0
        assert len(read_report(tmp_path / "both")) == 2
        assert f"Report: {tmp_path / 'both' / 'index.html'}" in capsys.readouterr().out


class TestExitCodes:
    """What the exit code says; 2 is in ``tests/test_checking.py``."""

    def test_a_broken_rule(self, place: Place):
        """1, with what came in the line of the case; also where nobody reads standard output to its end."""
        reading, writing = os.pipe()
        os.close(reading)
        mutant = f"{SCRIPTED} --mutant takes-pushes-from-strangers"
        done = place.run_apart("--exec", mutant, "--client", "Odd one", STRANGER, DOMAIN, stdout=writing)
        os.close(writing)
        assert done.code == 1
        assert place.verdicts()[STRANGER] == ("FAIL", "report")
        assert place.verdicts()[DOMAIN] == ("PASS", "report")
        assert any(f"FAIL         {STRANGER}" in line for line in done.lines)
        assert [run.client for run in read_report(place.report)] == ["Odd one"]

    @ensureDeferred
    async def test_an_expected_one(self, place: Place, tmp_path: Path):
        """0 where it is as it was said to be; an expected failure that passes is 1."""
        expected = tmp_path / "expected.toml"
        expected.write_text(
            "".join(
                f'[[expected]]\ncase = "{case_id}"\nverdict = "FAIL"\nreason = "Known."\n'
                for case_id in (STRANGER, DOMAIN)
            )
        )
        mutant = f"{SCRIPTED} --mutant takes-pushes-from-strangers"
        assert (await place.run("--exec", mutant, "--expected", str(expected), STRANGER)).code == 0
        done = await place.run("--exec", mutant, "--expected", str(expected), STRANGER, DOMAIN)
        assert done.code == 1
        assert [row.case.id for run in read_report(place.report) for row in run.unexpected()] == [DOMAIN]

    @ensureDeferred
    async def test_a_client_that_never_logs_in(self, place: Place):
        """3, and after three cases the others are not tried; its last words are told, without the password."""
        code = "import sys; print('No way:', sys.argv[1], file=sys.stderr); sys.exit(9)"
        command = shlex.join(words(code, "{password}"))
        done = await place.run("--exec", command, "--jobs", "1", "--password", PASSWORD, "rfc6121/2.1.6/spoofed-*")
        assert done.code == 3
        lines = done.lines
        assert len(lines) == 3
        assert all(
            line.endswith("with the exit code 9 before it was logged in. Its last words: No way: ...")
            for line in lines
        )
        findings = [row.finding for row in place.rows().values()]
        assert {finding.verdict.value for finding in findings} == {"INCONCLUSIVE"}
        words_ = "No client has logged in within the first 3 cases, so the others were not tried."
        assert sum(finding.words == words_ for finding in findings) == len(findings) - 3 > 0
        assert not any(PASSWORD.encode() in path.read_bytes() for path in place.report.rglob("*") if path.is_file())

    @ensureDeferred
    async def test_no_case_at_all(self, place: Place):
        """4: a check alone is made in no play."""
        done = await place.run("--exec", SCRIPTED, "rfc6120/8.2.3/answers-once")
        assert done.code == 4
        assert "0 rows: nothing ran." in done.out


class TestOracles:
    """How it is known what a client believes."""

    @ensureDeferred
    async def test_a_client_that_takes_no_orders(self, place: Place):
        """What needs them is unsupported; the rest rests on the version that the client presents."""
        edit = "rfc6121/2.5.1/remove-names-contact"
        done = await place.run("--exec", WITH_STATE, "--orders", "none", STRANGER, edit)
        assert done.code == 0
        assert place.verdicts()[STRANGER] == ("PASS", "ver")
        assert place.verdicts()[edit][0] == "UNSUPPORTED"

    @ensureDeferred
    async def test_a_command_that_tells_the_roster(self, place: Place):
        """It counts more than the version; here it tells a lie."""
        teller = shlex.join(words("print('[]')"))
        done = await place.run("--exec", WITH_STATE, "--orders", "none", "--roster-exec", teller, ACCEPTED)
        assert done.code == 1
        assert place.verdicts()[ACCEPTED] == ("FAIL", "report")

    @ensureDeferred
    async def test_orders_as_messages(self, place: Place):
        """A program that is started may get them in its stream as well."""
        command = f"{MESSAGES} {{jid}} {{password}} {{host}} {{port}}"
        done = await place.run(
            "--exec", command, "--orders", "message", STRANGER, "rfc6121/2.5.1/remove-names-contact"
        )
        assert done.code == 0
        assert place.verdicts()[STRANGER] == ("PASS", "report")
        assert place.verdicts()["rfc6121/2.5.1/remove-names-contact"] == ("PASS", "wire")


class TestInterrupted:
    """A run that somebody ends."""

    def test_programs_and_folders_go_with_it(self, place: Place):
        """No other case begins, no program is left over, and the report says what was not played: exit code 3."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(SECONDS)
            port = server.getsockname()[1]
            code = (
                "import os, signal, socket, time\n"
                "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                f"socket.create_connection(('127.0.0.1', {port})).send(b'%d' % os.getpid())\n"
                "time.sleep(60)\n"
            )
            command = shlex.join(words(code))
            with place.starting("--exec", command, "--jobs", "2", "rfc6121/2.1.6/spoofed-*") as child:
                programs = [server.accept()[0] for _ in range(2)]
                started = [int(program.recv(100)) for program in programs]
                child.send_signal(signal.SIGINT)
                assert child.stderr is not None
                assert "INCONCLUSIVE" in child.stderr.readline()
                child.send_signal(signal.SIGINT)  # somebody is impatient
                out, log = child.communicate(timeout=SECONDS)
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
        assert child.returncode == 3
        assert "Exit code 3." in out
        assert "Traceback" not in log
        assert all(gone(pid) for pid in started)
        assert list(place.temporary.iterdir()) == []
        findings = [row.finding.words for row in place.rows().values()]
        assert len(findings) > 5
        assert set(findings) == {"The run was stopped before this case was over."}
        for program in programs:
            program.close()

    @ensureDeferred
    async def test_two_runs_in_one_folder(self, place: Place):
        """The report of the one that ends later stands there whole."""
        runs = [place.begun("--exec", WITH_STATE, case_id) for case_id in (STRANGER, DOMAIN)]
        with redirect_stdout(StringIO()):
            for run, running in runs:
                await running.stopped
                await run.stop()
        assert [run.code for run, _ in runs] == [0, 0]
        played = [row for case_id, row in place.rows().items() if case_id in (STRANGER, DOMAIN)]
        assert len(played) == 1
        assert played[0].entries


class TestGuests:
    """Clients that come by themselves."""

    def test_from_the_ready_line_to_the_last_case(self, place: Place):
        """One line of JSON with all that a client needs; with --until-done the last case is the end."""
        cases = [STRANGER, "rfc6121/2.5.1/remove-names-contact"]
        with place.starting("--until-done", "--password", PASSWORD, *cases) as child:
            assert child.stdout is not None
            ready = json.loads(child.stdout.readline())
            assert ready["password"] == PASSWORD
            assert ready["fixed_account"] == "client@case.test"
            assert list(ready["cases"]) == cases
            assert Path(ready["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE")
            where = [ready["c2s"]["host"], str(ready["c2s"]["port"])]
            for account in ready["cases"].values():
                command = [*shlex.split(MESSAGES), account, PASSWORD, *where]
                guest = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
                assert guest.returncode == 0  # told by a conflict that the case is over
            out, log = child.communicate(timeout=SECONDS)
        assert child.returncode == 0
        assert "Traceback" not in log
        assert "Ctrl-C ends it." in log.splitlines()[0]
        assert "Exit code 0." in out
        assert place.verdicts()[STRANGER] == ("PASS", "report")
        assert place.verdicts()[cases[1]] == ("PASS", "wire")
        assert not any(PASSWORD.encode() in path.read_bytes() for path in place.report.rglob("*") if path.is_file())

    def test_nobody_comes(self, place: Place):
        """A signal is the end, and nothing ran: exit code 4."""
        with place.starting(STRANGER) as child:
            assert child.stdout is not None
            assert json.loads(child.stdout.readline())["cases"] == {STRANGER: "c-2-1-6-spoofed-stranger@case.test"}
            child.send_signal(signal.SIGHUP)
            out, log = child.communicate(timeout=SECONDS)
        assert child.returncode == 4
        assert "nothing ran" in out
        assert "Traceback" not in log

    def test_a_ready_line_that_nobody_can_read(self, place: Place):
        """Whoever has started it cannot know that it is ready, so it does not stay: exit code 2."""
        with Path("/dev/full").open("w") as full:
            done = place.run_apart(STRANGER, stdout=full.fileno())
        assert done.code == 2
        assert "The ready line cannot be written to standard output: No space left" in done.lines[0]

    @ensureDeferred
    async def test_a_port_that_is_taken(self, place: Place):
        """Exit code 2 and a sentence with the option; nothing is played, and no report is written."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = await place.run("--exec", WITH_STATE, "--tls-port", str(port), STRANGER)
        assert (done.code, done.out) == (2, "")
        (line,) = done.lines
        assert line.startswith(f"rosterkit check client: --tls-port {port} cannot be listened on")
        assert list(place.report.iterdir()) == []
