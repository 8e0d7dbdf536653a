"""The command line of ``rosterkit play``: its help, and the sentence that answers each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rosterkit.cli import main
from rosterkit.conformance.runner.process import PLACEHOLDERS

SCENARIO: dict[str, Any] = {
    "rosterkit": "scenario",
    "version": 1,
    "domains": ["home.example"],
    "network": {"accounts": {"juliet": {"password": "secret"}}},
    "steps": [],
}


def exiting(*arguments: str) -> object:
    """The exit code, however it ends."""
    try:
        return main(["play", *arguments])
    except SystemExit as caught:
        return caught.code


def test_the_help_names_every_placeholder_and_exit_code(capsys: pytest.CaptureFixture[str]):
    """On standard output."""
    assert exiting("--help") == 0
    text = capsys.readouterr().out
    assert all(f"{{{name}}}" in text for name in PLACEHOLDERS)
    assert all(f"{code} " in text[text.index("Exit codes") :] for code in range(4))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "FILE"),
        (("no.json",), "no.json cannot be read: No such file or directory."),
        ((".",), ". cannot be read: Is a directory."),
        (("no.json", "--timeout", "soon"), "--timeout is 'soon'; it takes seconds, up to 86400."),
        (("no.json", "--timeout", "nan"), "--timeout is 'nan'"),
        (("no.json", "--exec", ""), "--exec: there is no command."),
        (("no.json", "--exec", "x {who}"), "{who} is no placeholder"),
        (("no.json", "--nonsense"), "'--nonsense' is no option"),
    ],
)
def test_a_mistake_is_answered(arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]):
    """One sentence on standard error, and exit code 2."""
    assert exiting(*arguments) == 2
    assert sentence in capsys.readouterr().err


def test_what_is_longer_than_any_scenario_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Not even /dev/zero."""
    assert exiting("/dev/zero") == 2
    assert "is longer than" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 2}, "version is another one"),
        ({"network": {"accounts": {"juliet": {"password": "x", "roster": [1]}}}}, "network.accounts.juliet.roster"),
        ({"network": {"accounts": {"juliet": {"password": "x", "money": 1}}}}, "network.accounts.juliet.money"),
        ({"steps": [{"expect": "<iq", "account": "juliet"}]}, "steps.0.expect is not well-formed XML"),
        ({"steps": [{"expect": "//a//b//c", "account": "juliet"}]}, "steps.0.expect looks everywhere"),
        ({"steps": [{"client": "romeo"}]}, "steps.0.client is 'romeo'"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_begins(
    tmp_path: Path, changes: Any, sentence: str, capsys: pytest.CaptureFixture[str]
):
    """With its name, the place in it, and exit code 2."""
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps({**SCENARIO, **changes}))
    assert exiting(str(path)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"rosterkit play: {path}: ") and sentence in captured.err
