"""The command lines of ``rosterkit check``: what they mean, and the sentence that answers each mistake."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from rosterkit import checking
from rosterkit.cli import main, make_parser
from rosterkit.conformance.catalogue import CASES, CHECKS
from rosterkit.conformance.runner import foreground, matrix
from rosterkit.conformance.runner.client_run import Options

CASE = "rfc6121/2.1.6/spoofed-stranger"
KINDS = ("client", "matrix", "diff", "report", "judge")


def parsed(*arguments: str) -> Options:
    """What ``rosterkit check client`` makes of these."""
    return checking._options(vars(make_parser().parse_args(["check", "client", *arguments])))


def exiting(*arguments: str) -> object:
    """The exit code of ``rosterkit check``, however it ends."""
    try:
        return main(["check", *arguments])
    except SystemExit as caught:
        return caught.code


class TestHelp:
    """What is there."""

    @pytest.mark.parametrize("arguments", [(), *((kind,) for kind in KINDS)])
    def test_each_has_one(self, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
        """On standard output, with exit code 0."""
        assert exiting(*arguments, "--help") == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert captured.out.startswith(" ".join(["usage: rosterkit check", *arguments]))
        words = KINDS if not arguments else ("Exit codes",) if arguments[0] in ("client", "matrix") else ()
        assert all(word in captured.out for word in words)

    def test_every_placeholder_is_named(self, capsys: pytest.CaptureFixture[str]):
        """In the help of client, with the exit codes."""
        from rosterkit.conformance.runner.process import PLACEHOLDERS

        assert exiting("client", "--help") == 0
        text = capsys.readouterr().out
        assert all(f"{{{name}}}" in text for name in PLACEHOLDERS)
        assert all(f"{code} " in text[text.index("Exit codes") :] for code in range(5))


def _shown(value: str) -> str:
    """As a sentence has it: a number as it was read, anything else as it stood."""
    return str(int(value)) if value.isascii() and value.isdigit() else repr(value)


class TestMistakes:
    """Exit code 2, a sentence on standard error, nothing on standard output, nothing started."""

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((), "say what to check: client, server, matrix, diff, report or judge; see --help."),
            (("clint",), "argument KIND: invalid choice: 'clint'"),
            (("client", "--patterns=x"), "'--patterns' is no option; see --help."),
            (("client", "--exe", "env"), "'--exe' is no option; see --help."),
            (("client", "--exec"), "argument --exec: expected one argument"),
            (("client", "--strict=yes"), "ignored explicit argument"),
            (("client", "rfc6121/9.9/nothing"), "'rfc6121/9.9/nothing' takes no case."),
            (("client", CASE, "nothing-like-it"), "'nothing-like-it' takes no case."),
            (("client", "--list", "nothing-like-it"), "'nothing-like-it' takes no case."),
            (("client", "--explain", "rfc6121/2.1.6"), " cases; name one of them: rfc6121/2.1.6/"),
            (("client", "--explain", "spoofed-stranger"), f"Did you mean {CASE}?"),
            (("client", "--roster-exec", "env"), "--roster-exec belongs to --exec;"),
            (("client", "--exec", "env {user}"), "--exec: {user} is no placeholder; there are {jid}, {password},"),
            (("client", "--exec", "env {"), "--exec: 'env {' cannot be read as a command:"),
            (("client", "--exec", "env '"), "cannot be read as a command: No closing quotation."),
            (("client", "--exec", " "), "--exec: there is no command."),
            (("client", "--exec", "no-such-program"), "--exec: there is no program 'no-such-program' that can be"),
            (("client", "--exec", "env", "--roster-exec", "env {x}"), "--roster-exec: {x} is no placeholder;"),
            (("client", "--exec", "env", "--roster-exec", ""), "--roster-exec: there is no command."),
            (("client", "--orders", "stdin"), "--orders is 'stdin'; it takes message, none."),
            (("client", "--exec", "env", "--orders", "x"), "--orders is 'x'; it takes stdin, message, none."),
            *(
                (("client", "--patience", value), f"--patience is {value!r}; it takes a number from 0.01 to 1000.")
                for value in ("x", "", "0", "-1", "nan", "inf", "1001", "1e9")
            ),
            *(
                (("client", "--exec", "env", "--jobs", value), f"--jobs is {_shown(value)}; it takes a whole number")
                for value in ("0", "65", "-1", "x", "", "1.5", "٣")
            ),
            *(
                (("client", f"--{name}-port", value), f"--{name}-port is {_shown(value)}; it takes a whole number ")
                for name, value in (
                    ("c2s", "65536"),
                    ("tls", "x"),
                    ("websocket", "-1"),
                    ("control", ""),
                    ("c2s", "0000000065536"),
                )
            ),
            (("client", "--c2s-port", "1" * 5_000), f"--c2s-port is '{'1' * 55}... (cut); it takes a whole number"),
            (("client", "--expected", "/no/such/file"), "--expected: /no/such/file cannot be read:"),
            (("client", "--control-token-file", "/no/such/file"), "--control-token-file: /no/such/file"),
            (("client", "--client", "a\udcffb"), r"'a\udcffb' is no UTF-8"),
            (("client", "--seed", "\udc80"), r"'\udc80' is no UTF-8"),
            (("client", "a\udcffb"), r"'a\udcffb' is no UTF-8"),
            (("matrix", "nothing-like-it"), "'nothing-like-it' takes no case."),
            (("matrix", "--strict"), "'--strict' is no option; see --help."),
            (("diff", "/no/such"), "the following arguments are required: NEW"),
            (("diff", "/no/such", "/no/such"), "/no/such holds no report:"),
            (("report", "/tmp/x"), "the following arguments are required: REPORT"),
            (("report", "/tmp/x", "/no/such"), "/no/such holds no report:"),
            (("judge",), "the following arguments are required: FILE"),
            (("judge", "/no/such"), "/no/such cannot be read:"),
            (("judge", __file__), "is no transcript that this version reads:"),
        ],
    )  # fmt: skip
    def test_the_sentence(self, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]):
        """It names what is wrong and what would be right."""
        assert exiting(*arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("rosterkit check")
        assert said in captured.err
        assert captured.err.count("\n") == 1

    def test_a_token_in_two_places(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any):
        """The environment counts, and neither is shown."""
        (tmp_path / "token").write_text("mine-and-long-enough")
        monkeypatch.setenv("ROSTERKIT_CONTROL_TOKEN", "other-and-long-enough")
        assert exiting("client", "--control-token-file", str(tmp_path / "token")) == 2
        said = capsys.readouterr().err
        assert "both give a token: remove one." in said
        assert "long-enough" not in said

    def test_a_seed_may_have_any_character(self):
        """What is UTF-8 is taken as it is."""
        assert parsed("--seed", "ü\N{GRINNING FACE}").plan.seed == "ü\N{GRINNING FACE}"


class TestOptions:
    """What a command line means."""

    def test_without_a_word(self):
        """Every case, clients that come by themselves, orders by message, patience for people."""
        options = parsed()
        assert list(options.plan.cases) == list(CASES)
        assert list(options.plan.checks) == list(CHECKS)
        assert (options.words, options.command, options.teller) == (None, None, None)
        assert (options.orders, options.client, options.version, options.password) == (
            "message",
            "client",
            "",
            "secret",
        )
        assert (options.strict, options.until_done, options.folder) == (False, False, Path("rosterkit-report"))
        assert options.ports == {}
        assert options.plan.patience == (600.0, 10.0, 60.0, 3600.0)

    def test_with_a_program(self):
        """Orders by standard input, patience for programs, as many at once as the machine takes, its name."""
        options = parsed("--exec", "env A=b ./setup.py {jid} 'a b'")
        assert options.words == ["env", "A=b", "./setup.py", "{jid}", "a b"]
        assert options.command == "env A=b ./setup.py {jid} 'a b'"
        assert (options.orders, options.client) == ("stdin", "setup")
        assert options.plan.patience == (30.0, 10.0, 5.0, 180.0)
        assert options.plan.jobs == min(8, 2 * (os.cpu_count() or 1))

    def test_everything(self, tmp_path: Path):
        """Each option has its place."""
        (tmp_path / "token").write_text("long-enough-token\n")
        options = parsed(
            "--exec", "env {jid}", "--roster-exec", "env {state}", "--orders", "none", "--report", "there",
            "--client", "Mine", "--client-version", "1.0", "--jobs", "3", "--patience", "2.5", "--password", "p",
            "--c2s-port", "1", "--tls-port", "2", "--websocket-port", "3", "--control-port", "0",
            "--ca-file", "ca.pem", "--control-token-file", str(tmp_path / "token"),
            "--seed", "", "--strict", "--until-done", CASE,
        )  # fmt: skip
        assert (options.teller, options.orders, options.folder) == (["env", "{state}"], "none", Path("there"))
        assert (options.client, options.version, options.plan.jobs, options.password) == ("Mine", "1.0", 3, "p")
        assert options.plan.patience == (75.0, 25.0, 12.5, 450.0)
        assert options.ports == {"c2s": 1, "tls": 2, "websocket": 3, "control": 0}
        assert options.ca_file == Path.cwd() / "ca.pem"
        assert options.token == "long-enough-token"
        assert (options.plan.seed, options.strict, options.until_done) == ("", True, True)
        assert [case.id for case in options.plan.cases] == [CASE]

    def test_a_seed_is_drawn(self):
        """Another one for each run, so that no client can know it."""
        assert parsed().plan.seed != parsed().plan.seed

    @pytest.mark.parametrize(
        ("command", "name"),
        [
            ("python3 examples/check/slixmpp_driver.py {jid}", "slixmpp_driver"),
            (f"{sys.executable} -m rosterkit.conformance {{jid}}", "rosterkit"),
            ("env -i A=b python3.11 setup.py", "setup"),
            ("env python3 -u {state} setup.py", "setup"),
            ("/usr/bin/env {jid}", "env"),
            ("python {jid}", "python"),
        ],
    )
    def test_what_a_report_calls_the_program(self, command: str, name: str):
        """What an interpreter runs, not the interpreter; never a placeholder or a setting."""
        from rosterkit.checking import _name_of

        assert _name_of(command.split()) == name

    def test_names_that_begin_as_interpreters_do(self):
        """They are names."""
        from rosterkit.checking import _name_of

        for name in ("nodexmpp", "pythonic", "envoy", "shell"):
            assert _name_of([name, "{jid}"]) == name

    def test_expected_verdicts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        """They are looked up by case; one that holds no more is a warning, and the run goes on."""
        file = tmp_path / "expected.toml"
        file.write_text(
            f'[[expected]]\ncase = "{CASE}"\nverdict = "FAIL"\nreason = "Known."\n'
            '[[expected]]\ncase = "rfc6121/2.6"\nverdict = "FAIL"\nreason = "Known."\nuntil = 2001-01-01\n'
        )
        plan = parsed("--expected", str(file)).plan
        found = {case.id: plan.expected(case) for case in CASES}
        assert [case_id for case_id, expectation in found.items() if expectation is not None] == [CASE]
        warning = capsys.readouterr().err
        assert warning.startswith("rosterkit check client: ")
        assert "until 2001-01-01 and holds no more" in warning


class TestTold:
    """What is told without a run."""

    def test_the_list(self, capsys: pytest.CaptureFixture[str]):
        """Every case that is chosen, and every check, once."""
        assert exiting("client", "--list") == 0
        everything = capsys.readouterr().out
        assert all(everything.count(f"  {one.id} ") == 1 for one in (*CASES, *CHECKS))
        assert exiting("client", "--list", "rfc6121/2.1.6", "rfc6120/8.2.3/answers-once") == 0
        some = capsys.readouterr().out
        assert "rfc6121/2.1.6/no-item " in some
        assert "rfc6120/8.2.3/answers-once " in some
        assert "rfc6121/2.2/" not in some

    @pytest.mark.parametrize("name", [CASE, "c-2-1-6-spoofed-stranger", "c-2-1-6-spoofed-stranger@case.test"])
    def test_the_explanation(self, name: str, capsys: pytest.CaptureFixture[str]):
        """By its id or its account."""
        assert exiting("client", "--explain", name) == 0
        assert capsys.readouterr().out.startswith(f"{CASE}\n")

    def test_a_terminal_with_few_characters(self, monkeypatch: pytest.MonkeyPatch):
        """What it does not have is spelled out."""
        out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        monkeypatch.setattr(sys, "stdout", out)
        assert exiting("client", "--list", CASE) == 0
        assert "RFC 6121 \\xa72.1.6" in out.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]


class TestStarted:
    """What is started, with what, and which exit code it becomes."""

    def test_a_run(self, monkeypatch: pytest.MonkeyPatch):
        """It gets what was parsed, and its exit code stands."""
        seen: list[Options] = []
        monkeypatch.setattr(foreground, "run", lambda options: seen.append(options) or 3)
        assert exiting("client", "--exec", "env", CASE) == 3
        assert [case.id for case in seen[0].plan.cases] == [CASE]

    def test_only_checks(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        """Nothing can come of that, which is said."""
        monkeypatch.setattr(foreground, "run", lambda options: 4)
        assert exiting("client", CHECKS[0].id) == 4
        said = "rosterkit check client: checks are made in the plays of cases; name cases too.\n"
        assert capsys.readouterr().err == said

    @pytest.mark.parametrize(
        ("arguments", "given"),
        [
            ((), ([], "0", None)),
            (("rfc6121/2.1.6", "--seed", "7", "--report", "there"), (["rfc6121/2.1.6"], "7", Path("there"))),
        ],
    )
    def test_the_matrix(self, arguments: tuple[str, ...], given: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch):
        """It gets patterns, seed and folder."""
        seen: list[tuple[Any, ...]] = []
        monkeypatch.setattr(matrix, "main", lambda *given: seen.append(given) or 1)
        assert exiting("matrix", *arguments) == 1
        assert seen == [given]
