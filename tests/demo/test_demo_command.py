"""``rosterkit demo`` as a child process: what it prints, when it ends, and its exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rosterkit.cli import main, make_parser
from rosterkit.config import load
from rosterkit.demo.story import SCENES
from rosterkit.demo.wire_text import wire_lines

ROOT = Path(__file__).parent.parent.parent
CODE = "import sys; from rosterkit.cli import main; sys.exit(main())"
SECONDS = 60


def command(*options: str, before: str = "") -> list[str]:
    """The demo, after a statement."""
    return [sys.executable, "-c", f"{before}\n{CODE}", "demo", *options]


def environment(**more: str) -> dict[str, str]:
    """The test's own, without what says how wide a terminal is or whether there are colours."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def run(*options: str, before: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """A whole demo."""
    return subprocess.run(
        command(*options, before=before),
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def demo(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A demo under way, gone at the end."""
    started = subprocess.Popen(
        command(*options),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with started:
        try:
            yield started
        finally:
            started.kill()


def read_until(child: subprocess.Popen[str], words: str) -> str:
    """What it prints up to the line with these words."""
    assert child.stdout is not None
    text = ""
    for line in child.stdout:
        text += line
        if words in line:
            return text
    raise AssertionError(f"It ended without {words!r}: {text}")


def journal(address: str) -> list[dict[str, Any]]:
    """What the server at the inspector's address remembers."""
    with urllib.request.urlopen(f"{address}v1/networks/main/journal", timeout=SECONDS) as answer:
        entries: list[dict[str, Any]] = json.load(answer)["entries"]
        return entries


def test_the_scenes_in_order_and_what_comes_next():
    """All of it without pauses: exit code 0, nothing on standard error, every scene with its sections, plain text of
    80 columns, and what can be typed next.
    """
    began = time.monotonic()
    ended = run("--pace", "0")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert time.monotonic() - began < SECONDS / 2
    scenes = re.findall(r"^(\d)\. (.+) \(RFC 6121 ([\d., to]+)\)$", ended.stdout, re.MULTILINE)
    assert [number for number, _, _ in scenes] == [str(number + 1) for number in range(len(SCENES))]
    assert ended.stdout.isascii()
    assert max(map(len, ended.stdout.splitlines())) <= 80
    assert "\x1b" not in ended.stdout
    assert re.findall(r"^    (rosterkit .*|pytest .*)$", ended.stdout, re.MULTILINE)


def test_what_it_says_to_type_next_can_be_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The server's options are taken, the cases are listed, and pytest has the fixtures."""
    printed = run("--pace", "0").stdout.replace("\\\n", "")
    commands = [shlex.split(line) for line in re.findall(r"^    ((?:rosterkit|pytest) .*)$", printed, re.MULTILINE)]
    (serve,) = [words[1:] for words in commands if words[:2] == ["rosterkit", "serve"]]
    options, rest = make_parser().parse_known_args(serve)
    assert rest == []
    given = {name: value for name, value in vars(options).items() if name not in ("command", "exit-with-stdin")}
    assert load(given, {}).control_port == 5252
    checks = [words[1:] for words in commands if words[:2] == ["rosterkit", "check"]]
    assert ["check", "client", "--list"] in checks
    assert main(["check", "client", "--list"]) == 0
    assert "rfc6121/2.1.6/spoofed-stranger" in capsys.readouterr().out
    assert ["pytest", "--fixtures", "|", "grep", "-A", "1", "^rosterkit_"] in commands
    fixtures = [sys.executable, "-m", "pytest", "--fixtures", "-p", "no:cacheprovider"]
    shown = subprocess.run(
        fixtures, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False
    ).stdout
    assert len(re.findall("^rosterkit_", shown, re.MULTILINE)) == 2


def test_what_it_prints_is_what_has_passed():
    """With --keep the server can be asked afterwards: each stanza that was shown stands in the journal.  At
    SIGINT it ends with 0, and the server with it.
    """
    with demo("--pace", "0", "--keep") as child:
        text = read_until(child, "/ca.pem")
        (address,) = set(re.findall(r"(http://127\.0\.0\.1:\d+/)#main\n", text))
        entries = journal(address)
        blocks = re.findall(r"^    (\S+) -> (\S+)[^\n]*\n(?:    [^ ][^\n]*\n)*((?:      .*\n)+)", text, re.MULTILINE)
        assert len(blocks) > 15
        for sender, receiver, shown in blocks:
            client, direction = (receiver, "out") if sender == "server" else (sender, "in")
            jid = client.replace("/", "@localhost/")
            mine = [one for one in entries if (one["jid"], one["direction"]) == (jid, direction)]
            lines = [line[6:] for line in shown.splitlines()]
            assert lines in [wire_lines(one["xml"], 74) for one in mine], shown
        child.send_signal(signal.SIGINT)
        _, log = child.communicate(timeout=SECONDS)
    assert (child.returncode, log) == (0, "")
    with pytest.raises(OSError, match="refused"):
        journal(address)


def test_a_client_that_believes_the_lie_ends_it_with_1():
    """It is said where it stands, the scenes after it are not played, and there is no traceback."""
    ended = run("--pace", "0", before="import rosterkit.client.stanzas as s; s.is_one_of = lambda *_: True")
    assert (ended.returncode, ended.stderr) == (1, "")
    text = " ".join(ended.stdout.split())
    assert "THIS DID NOT HAPPEN AS TOLD. juliet/laptop has believed a push that a stranger sent." in text
    assert "The phone comes back" not in text
    assert "What to type next" not in text


def test_a_mistake_of_ours_is_1_with_a_traceback():
    """It is not taken for something that did not happen as told."""
    ended = run("--pace", "0", before="import rosterkit.demo.story as s; s.SCENES = (lambda story: 1 / 0,)")
    assert ended.returncode == 1
    assert "please report it" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr


def test_a_server_that_cannot_start_is_2():
    """One sentence, and no scene."""
    before = (
        "import rosterkit.net.service as s; from rosterkit.errors import ConfigError\n"
        "def prepare(config): raise ConfigError('No certificate can be made.')\n"
        "s.prepare = prepare"
    )
    ended = run("--pace", "0", before=before)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "rosterkit demo: No certificate can be made.\n"


def test_a_narrow_terminal_is_not_written_over():
    """Nothing but commands, which are there to be copied, is longer than 40 columns."""
    ended = run("--pace", "0", COLUMNS="40")
    assert ended.returncode == 0
    long = [line for line in ended.stdout.splitlines() if len(line) > 40]
    assert all(line.strip().startswith(("rosterkit ", "pytest ", "--")) for line in long)


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_colours_on_a_terminal_and_enter(no_colour: str):
    """A terminal gets colours unless NO_COLOR is set; Enter goes on at once, so that all is over long before time."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command(),
        env=environment(TERM="xterm", NO_COLOR=no_colour),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        try:
            text = typed_through(child, ours)
            assert child.wait(SECONDS) == 0
        finally:
            child.kill()
            os.close(ours)
    assert "Enter goes on at once" in text
    assert ("\x1b[" in text) is (no_colour == "")


def typed_through(child: subprocess.Popen[bytes], terminal: int) -> str:
    """What a demo prints to whoever presses Enter as soon as nothing more comes."""
    text = b""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:  # else what is left of it is missed
        if not select.select([terminal], [], [], 0.3)[0]:
            os.write(terminal, b"\n")
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not more:
            break
        text += more
    return text.decode()


def test_a_signal_in_a_pause_ends_it():
    """With its usual pace it stands after its greeting; SIGINT ends it with 0 and without a word."""
    for number in (signal.SIGINT, signal.SIGTERM):
        with demo() as child:
            read_until(child, "http://")
            child.send_signal(number)
            _, log = child.communicate(timeout=SECONDS)
        assert (child.returncode, log) == (0, "")


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
def test_a_signal_in_a_scene_ends_it(delay: float):
    """Logins, waits and a server that has just begun are no reason for a traceback."""
    with demo("--pace", "0") as child:
        read_until(child, "http://")
        time.sleep(delay)  # any moment is right
        child.send_signal(signal.SIGINT)
        _, log = child.communicate(timeout=SECONDS)
    assert (child.returncode, log) == (0, "")


def test_a_reader_who_has_seen_enough_is_no_error():
    """As ``rosterkit demo | head`` has: exit code 0 and no word."""
    with demo("--pace", "0") as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        assert (child.stderr.read(), child.wait(SECONDS)) == ("", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="needs the device /dev/full of Linux")
def test_a_full_disk_is_2():
    """One sentence."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            command("--pace", "0"), env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr == "rosterkit demo: Standard output cannot be written to: No space left on device.\n"


def test_closed_from_the_start_it_ends_as_it_would():
    """No standard output, no standard input, no standard error."""
    line = f'"{sys.executable}" -c "{CODE}" demo --pace 0 <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", line], env=environment(), timeout=SECONDS, check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pace", "x"], "--pace is 'x'; it takes a number from 0 to 100."),
        (["--pace", "-1"], "--pace is '-1'; it takes a number from 0 to 100."),
        (["--pace", "nan"], "--pace is 'nan'; it takes a number from 0 to 100."),
        (["--pce", "1"], "'--pce' is no option. Did you mean --pace?"),
    ],
)
def test_a_mistake_is_one_sentence_and_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    """Nothing is started."""
    assert main(["demo", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"rosterkit demo: {said}")
    assert captured.err.count("\n") == 1


def test_the_help_of_the_command_names_it(capsys: pytest.CaptureFixture[str]):
    """Whoever asks what there is finds it."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert re.search(r"^ +demo +See in two minutes", capsys.readouterr().out, re.MULTILINE)
