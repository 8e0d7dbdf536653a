"""The test that a scenario becomes: formatted, and data in it stays data."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep, Scenario
from rosterkit.core.scenario_pytest import as_pytest

HOSTILE = "\"\"\"\n'''); import os; os.abort() #\u2028{domain.drop()}\u202e</script>\\"


class Told:
    """What the test has said to its domain; every method gives its own name."""

    name = "n1.test"

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*values: Any, **named: Any) -> str:
            self.calls.append((name, values, named))
            return name

        return call


def scenario(text: str) -> Scenario:
    """One in which ``text`` is everything that somebody can say."""
    roster = {"romeo@home.example": {"name": text, "groups": [text] * 3}}
    return Scenario(
        ("home.example",),
        {"accounts": {"juliet": {"password": "secret", "roster": roster}, text: {"password": text}}, "mirror": False},
        (
            ClientStep("juliet", ("interested", "available")),
            ClientStep(text, (), another=True),
            ExpectStep(f"<message to='romeo@home.example'><body>{text}</body></message>", "juliet", 3),
            CallStep("PATCH", f"accounts/juliet/roster/{text}", {text: [text, None, True, 1.5]}),
            AnswerStep(4, "juliet", 2, "error"),
            CallStep("POST", "accounts/juliet/forget"),
        ),
    )


@given(st.text() | st.just(HOSTILE))
def test_it_does_what_the_scenario_says_and_nothing_else(text: str):
    """Run against a domain that only listens, with names that would be code if they could."""
    text = text.replace("home.example", "")
    told = Told()
    space: dict[str, Any] = {}
    source = as_pytest(scenario(text))
    assert [type(node) for node in ast.parse(source).body] == [ast.Expr, ast.FunctionDef]
    exec(source, space)  # which is what pytest does
    space["test_scenario"](told)
    roster = {"romeo@n1.test": {"name": text, "groups": [text] * 3}}
    accounts = {"juliet": {"password": "secret", "roster": roster}, text: {"password": text}}
    assert told.calls == [
        ("seed", (), {"accounts": accounts, "mirror": False}),
        ("expect_client", ("juliet", "interested", "available"), {"within": 10}),
        (
            "expect",
            (f"<message to='romeo@n1.test'><body>{text}</body></message>",),
            {"account": "juliet", "within": 3},
        ),
        ("call", ("PATCH", f"accounts/juliet/roster/{text}", {text: [text, None, True, 1.5]}), {}),
        ("expect_answer", ("call", "juliet"), {"push": 2, "type": "error", "within": 10}),
        ("call", ("POST", "accounts/juliet/forget"), {}),
    ]


def test_the_place_of_the_client_is_marked():
    """With what it needs to log in, once for each client."""
    source = as_pytest(scenario("x"))
    assert source.count("# Start your client here") == 1
    assert source.count("# Start another client here") == 1
    assert 'f"juliet@{domain.name}", with the password "secret"' in source


@pytest.mark.parametrize("text", ["", HOSTILE, "x" * 60, 'say "hello" to {them}', "é漢字" * 12])
def test_it_is_formatted(tmp_path: Path, text: str):
    """As ``ruff format`` leaves it where a project says nothing."""
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.fail("There is no ruff: it belongs to the tests (setup.cfg, extra test).")
    file = tmp_path / "test_it.py"
    file.write_text(as_pytest(scenario(text)), encoding="utf-8")
    command = [ruff, "format", "--isolated", "--diff", "--no-cache", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
