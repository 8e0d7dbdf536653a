"""The command line of ``rosterkit check server``: what it takes, and a sentence for what it does not."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from rosterkit import server_checking, server_place
from rosterkit.cli import main, make_parser
from rosterkit.component_settings import SECRET_VARIABLE
from rosterkit.options import from_command_line

COMPONENT = ["--component-connect", "localhost:5347", "--component", "feast.localhost:sesame"]
ACCOUNTS = ["--account", "juliet:a", "--account", "nurse:b", "--account", "peter:c"]


def options(*words: str) -> Any:
    """What a command line means."""
    given = vars(make_parser().parse_args(["check", "server", *words]))
    settings = from_command_line(given)
    target = server_place.read_nodes(settings)[0]
    return server_checking._options(given, settings, target), target


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The sentence on standard error; the exit code is 2."""
    assert main(["check", "server", *words]) == 2
    return capsys.readouterr().err


def test_everything_is_chosen_by_default():
    """With accounts and a component every case is played."""
    made, target = options(*ACCOUNTS, *COMPONENT, "--host", "127.0.0.1")
    assert not made.left_out
    assert len(made.cases) > 150
    assert (target.host, target.port, target.domain, target.transport) == ("127.0.0.1", 5222, "localhost", "starttls")
    assert (target.component_host, target.component_port) == ("localhost", 5347)
    assert [account.bare for account in made.accounts] == ["juliet@localhost", "nurse@localhost", "peter@localhost"]


def test_without_a_component_its_cases_are_left_out():
    """And the run says how many; they are no failure."""
    made, target = options(*ACCOUNTS)
    assert made.left_out
    assert all(case.component for case in made.left_out)
    assert not any(case.component for case in made.cases)
    assert target.component_domain is None


def test_with_one_account_those_of_several_are_left_out():
    """The rest is played."""
    made, _ = options("--account", "juliet:a")
    assert {case.accounts for case in made.cases} == {1}


def test_registration_stands_for_accounts():
    """As many as the largest case needs."""
    made, _ = options("--register", *COMPONENT)
    assert not made.left_out
    assert made.register >= max(case.accounts for case in made.cases)


@pytest.mark.parametrize(
    ("transport", "port", "expected"),
    [("tls", 5223, ("tls", False)), ("ws", 5280, ("websocket", False)), ("wss", 5281, ("websocket", True))],
)
def test_each_transport_has_its_port(transport: str, port: int, expected: tuple[str, bool]):
    """Unless another is named."""
    _, target = options(*ACCOUNTS, "--transport", transport)
    assert target.port == port
    assert (target.transport, target.websocket_tls) == expected
    assert options(*ACCOUNTS, "--transport", transport, "--port", "99")[1].port == 99


def test_the_secret_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the list of processes does not show it."""
    file = tmp_path / "secret"
    file.write_text("sesame\n")
    words = [*ACCOUNTS, "--component-connect", "localhost:5347", "--component", "feast.localhost"]
    target = options(*words, "--secret-file", str(file))[1]
    assert (target.component_secret, target.component_host) == ("sesame", "localhost")
    monkeypatch.setenv(SECRET_VARIABLE, "open")
    assert options(*words)[1].component_secret == "open"


def test_a_report_shows_no_secret(tmp_path: Path):
    """Neither passwords nor the component's secret stand in the line that repeats a case."""
    made, _ = options(*ACCOUNTS, *COMPONENT)
    assert "sesame" not in made.command
    assert "juliet:a" not in made.command
    assert "--component feast.localhost" in made.command


def test_a_report_says_how_the_server_is_reached_again():
    """What it shows is read as it was meant: an IPv6 address in brackets, and nobody's certificate looked at."""
    made, target = options(
        *ACCOUNTS, "--component-connect", "[::1]:5347", "--component", "feast.localhost:x", "--no-verify"
    )
    words = [word for word in shlex.split(made.command) if word not in ("--accounts", "--secret-file", "FILE")]
    words[words.index("feast.localhost")] = "feast.localhost:x"
    assert options(*words, *ACCOUNTS)[1] == target
    assert target.component_host == "::1"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "there is no account to work with"),
        ([*ACCOUNTS, "--transport", "carrier-pigeon"], "it takes starttls, tls, ws, wss, plain"),
        ([*ACCOUNTS, "--component", "feast.localhost:x"], "--component-connect is missing"),
        ([*ACCOUNTS, "--component-connect", "localhost:1"], "--component is missing"),
        ([*ACCOUNTS, "--component-connect", "localhost", "--component", "f:x"], "it takes HOST:PORT"),
        ([*ACCOUNTS, "--component-connect", "localhost:1", "--component", "f"], "has no colon, and so no secret"),
        ([*ACCOUNTS, "--component-connect", "localhost:1", "--component", "localhost:x"], "the server's own domain"),
        ([*ACCOUNTS, "--secret-file", "x"], "--component-connect and --component is missing"),
        ([*ACCOUNTS, "--patience", "0"], "it takes a number from 0.01 to 1000"),
        ([*ACCOUNTS, "--jobs", "0"], "--jobs is"),
        ([*ACCOUNTS, "--port", "x"], "--port is"),
        ([*ACCOUNTS, "--port", "0"], "it takes a whole number from 1 to 65535."),
        ([*ACCOUNTS, "--transport", "ws", "--websocket-path", "ws"], "with a slash in front"),
        ([*ACCOUNTS, "--transport", "ws", "--websocket-path", "/a b"], "percent-encoded"),
        ([*ACCOUNTS, "--transport", "ws", "--websocket-path", "/\u00e9"], "percent-encoded"),
        ([*ACCOUNTS, "rfc6121/2.1.4/no-entry-twice"], "name cases too"),
        ([*ACCOUNTS, "rfc6121/nothing"], "takes no case"),
        ([*ACCOUNTS, "rfc6121/A.2.1"], "nothing is left to be played"),
        (["--account", "juliet"], "it takes NAME[@DOMAIN]:PASSWORD"),
        (["--account", "juliet@elsewhere.test:x"], "elsewhere.test"),
        ([*ACCOUNTS, "--expected", "/nowhere.toml"], "cannot be read"),
        ([*ACCOUNTS, "--host", " "], "--host is empty"),
        ([*ACCOUNTS, "--ca-file", "/nowhere.pem"], "nowhere.pem"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """It says what is wrong and what to change; the exit code is 2, and nothing was tried."""
    monkeypatch.delenv("ROSTERKIT_ACCOUNTS", raising=False)
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    said = refused(capsys, *words)
    assert sentence in said
    assert said.count("\n") == 1


def test_cases_are_listed_and_explained(capsys: pytest.CaptureFixture[str]):
    """Without a server."""
    assert main(["check", "server", "--list"]) == 0
    assert "rfc6121/A.2.1/none" in capsys.readouterr().out
    assert main(["check", "server", "--explain", "rfc6121/A.2.1/none"]) == 0
    explained = capsys.readouterr().out
    assert "rosterkit check server rfc6121/A.2.1/none --host HOST" in explained
    assert "an account of the server, and a component beside it." in explained
