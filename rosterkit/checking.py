"""``rosterkit check``: its command lines; what they mean is :mod:`rosterkit.conformance`'s subject.

Exit codes: 0 all as expected, 1 an unexpected verdict, 2 usage or configuration, 3 inconclusive or the other side
never came, 4 nothing ran.

Tests: ``tests/test_checking.py``.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rosterkit import server_checking
from rosterkit.check_settings import read_expectations, read_factor, read_seed
from rosterkit.control_settings import read_token
from rosterkit.errors import ConfigError
from rosterkit.options import Setting, from_command_line
from rosterkit.settings import read_new_file, read_number, read_port

if TYPE_CHECKING:
    from rosterkit.conformance.runner.client_run import Options

__all__ = ["EPILOG", "add_parsers", "run"]

_CHECK = """Grade roster handling, case by case, by the rules of RFC 6121."""
_CLIENT = """Grade a client: run --exec once for each case, or serve until clients come by themselves.

PATTERN chooses cases: an id (rfc6121/2.1.6/spoofed-stranger), the beginning of one (rfc6121/2.1.6), or a glob.
In --exec stand {jid}, {password}, {host}, {port} (TCP with STARTTLS), {tls_port}, {ws} (a URL), {ca} (a file),
{domain}, {case}, {state} (a folder for the client's cache, the same for all runs of a case) and {control}.
The program logs in and stays; it gets orders as lines of JSON on standard input (see docs/conformance.md)."""
#: What is not a program's own name at the head of a command.
_INTERPRETER = re.compile(r"(python|pypy|node|nodejs|ruby|perl|bash|sh|env)[0-9.]*")
EPILOG = (
    "Exit codes: 0 all as expected, 1 an unexpected verdict, 2 usage or configuration, "
    "3 inconclusive or the other side never came, 4 nothing ran."
)


def add_parsers(commands: Any, make: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``check`` and its commands to the command line; ``make`` makes a parser of a name."""
    check = make(
        commands, "check", help="Grade a client or a server by RFC 6121, and what belongs to it.", description=_CHECK
    )
    kinds = check.add_subparsers(dest="kind", metavar="KIND")
    _add_client(make(kinds, "client", help="Grade a client.", description=_CLIENT, epilog=EPILOG))
    server_checking.add_options(
        make(kinds, "server", help="Grade a server.", description=server_checking.DESCRIPTION, epilog=EPILOG)
    )
    matrix = make(kinds, "matrix", help="Try the cases on testees with known mistakes, in memory.", epilog=EPILOG)
    _add_selection(matrix)
    matrix.add_argument("--suite", metavar="SUITE", help="Whose cases: client (the default) or server.")
    matrix.add_argument("--report", metavar="DIR", help="Write the matrix as a page, DIR/matrix.html.")
    difference = make(kinds, "diff", help="What has changed between two reports; 1 where something got worse.")
    difference.add_argument("old", metavar="OLD", help="The folder of a report.")
    difference.add_argument("new", metavar="NEW", help="The folder of another.")
    merge = make(kinds, "report", help="One report of several, with a column for each client.")
    merge.add_argument("folder", metavar="DIR", help="Where the new report is written.")
    merge.add_argument("reports", metavar="REPORT", nargs="+", help="The folders of reports.")
    judge = make(kinds, "judge", help="Judge the transcript of a play again.")
    judge.add_argument("transcript", metavar="FILE", help="A transcript.jsonl of a report.")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patterns", metavar="PATTERN", nargs="*", help="Which cases; all where none is named.")
    parser.add_argument(
        "--seed", metavar="TEXT", help="What names, ids and versions are drawn from; reports have it."
    )


def _add_client(parser: argparse.ArgumentParser) -> None:
    _add_selection(parser)
    for name, metavar, text in (
        ("exec", "CMD", "The client's program, run for each case; without it clients come by themselves."),
        ("roster-exec", "CMD", "A program that prints the client's roster as JSON, with the same placeholders."),
        ("orders", "HOW", "How the client is told what to do: stdin (the default with --exec), message, or none."),
        ("expected", "FILE", "A TOML file of verdicts that are expected, each with its reason."),
        ("report", "DIR", "Where the report is written; the default is rosterkit-report."),
        ("client", "NAME", "The client's name in the report; the default is its program's."),
        ("client-version", "TEXT", "The client's version in the report."),
        ("jobs", "N", "How many cases are played at once; the default is twice the processors, at most 8."),
        ("patience", "FACTOR", "By how much every limit of time is multiplied; the default is 1."),
        ("password", "TEXT", "The password of the cases' accounts, which are made for the run."),
        ("c2s-port", "N", "The port for TCP; the default is any free one, as for the others."),
        ("tls-port", "N", "The port for direct TLS."),
        ("websocket-port", "N", "The port for WebSocket without TLS."),
        ("control-port", "N", "The port of the control API."),
        ("control-token-file", "FILE", "A file with the token that callers of the control API must show."),
        ("ca-file", "PATH", "Where the CA's certificate is written; the default is a temporary folder."),
        ("explain", "ID", "Say what a case does and why, and exit."),
    ):
        parser.add_argument(f"--{name}", dest=name, metavar=metavar, help=text)
    parser.add_argument("--list", dest="list", action="store_true", help="List the cases and exit.")
    parser.add_argument("--strict", action="store_true", help="Count NON-STRICT as a failure.")
    parser.add_argument("--until-done", action="store_true", help="Without --exec: end when every case was played.")


def run(given: Mapping[str, Any], rest: Sequence[str]) -> int:
    """Do what a parsed command line says; its exit code.  Raises :class:`ConfigError`."""
    if rest:
        raise ConfigError(f"{rest[0].partition('=')[0]!r} is no option; see --help.")
    for value in given.values():
        _check_text(value)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than we do
    kind = given.get("kind")
    if kind is None:
        raise ConfigError("say what to check: client, server, matrix, diff, report or judge; see --help.")
    return _KINDS[kind](given)


def _check_text(value: object) -> None:
    """ConfigError for what no report can hold: bytes that are no UTF-8 come as halves of surrogate pairs."""
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str) and any("\ud800" <= one <= "\udfff" for one in text):
            raise ConfigError(f"{text!r:.60} is no UTF-8, which reports are: write it so.")


def _client(given: Mapping[str, Any]) -> int:
    from rosterkit.conformance.case import Case
    from rosterkit.conformance.listing import choose, explain, find, list_cases

    if given["explain"] is not None:
        print(explain(find(given["explain"])))
        return 0
    chosen = choose(given["patterns"])
    if given["list"]:
        print(list_cases(chosen))
        return 0
    if not any(isinstance(one, Case) for one in chosen):
        print("rosterkit check client: checks are made in the plays of cases; name cases too.", file=sys.stderr)
    from rosterkit.conformance.runner.foreground import run as run_client

    return run_client(_options(given))


def _options(given: Mapping[str, Any]) -> Options:
    from rosterkit.conformance.catalogue import CASES, CHECKS, selected
    from rosterkit.conformance.listing import ROWS
    from rosterkit.conformance.runner.checking import Plan
    from rosterkit.conformance.runner.client_run import Options
    from rosterkit.conformance.runner.process import words_of

    chosen = selected(given["patterns"], CASES)
    command, teller = given["exec"], given["roster-exec"]
    if teller is not None and command is None:
        raise ConfigError("--roster-exec belongs to --exec; guests post their roster to the control API.")
    words = words_of(command, "--exec") if command is not None else None
    plan = Plan(
        [case for case in CASES if case in chosen],
        CHECKS,
        read_seed(given["seed"]),
        _patience(given["patience"], guests=words is None),
        _jobs(given["jobs"]),
        read_expectations(given["expected"], ROWS, "rosterkit check client"),
    )
    settings = from_command_line(given)
    ports = ("c2s", "tls", "websocket", "control")
    return Options(
        plan=plan,
        folder=Path(given["report"] or "rosterkit-report"),
        command=command,
        words=words,
        teller=words_of(teller, "--roster-exec") if teller is not None else None,
        orders=_orders(given["orders"], words),
        client=given["client"] or (_name_of(words) if words is not None else "client"),
        version=given["client-version"] or "",
        password=given["password"] or "secret",
        strict=given["strict"],
        until_done=given["until_done"],
        ports={name: read_port(settings[f"{name}-port"]) for name in ports if f"{name}-port" in settings},
        ca_file=read_new_file(settings["ca-file"]) if "ca-file" in settings else None,
        token=read_token(settings, os.environ),
    )


def _orders(value: str | None, words: list[str] | None) -> str:
    allowed = ("stdin", "message", "none") if words is not None else ("message", "none")
    if value is None:
        return allowed[0]
    if value not in allowed:
        raise ConfigError(f"--orders is {value!r}; it takes {', '.join(allowed)}.")
    return value


def _name_of(words: list[str]) -> str:
    """What a report calls the program: the file that an interpreter runs, or the program itself."""
    for word in words:
        name = Path(word).name
        if not (_INTERPRETER.fullmatch(name) or word.startswith("-") or "{" in word or "=" in word):
            return name.partition(".")[0] or name
    return Path(words[0]).name


def _patience(value: str | None, guests: bool) -> Any:
    from rosterkit.conformance.runner.acting import Patience

    factor = read_factor(value)
    usual = Patience(login=600.0, order=60.0, case=3600.0) if guests else Patience()
    return Patience(*(seconds * factor for seconds in usual))


def _jobs(value: str | None) -> int:
    if value is None:
        return min(8, 2 * (os.cpu_count() or 1))
    return read_number(Setting(value, "--jobs"), 1, 64)


def _matrix(given: Mapping[str, Any]) -> int:
    suite = given["suite"] or "client"
    if suite == "server":
        from rosterkit.conformance.probing.server_matrix import main
    elif suite == "client":
        from rosterkit.conformance.runner.matrix import main
    else:
        raise ConfigError(f"--suite is {suite!r:.40}; it takes client or server.")
    return main(given["patterns"], given["seed"] or "0", Path(given["report"]) if given["report"] else None)


def _diff(given: Mapping[str, Any]) -> int:
    from rosterkit.conformance.report import differences, has_regression, render_differences

    found = differences(Path(given["old"]), Path(given["new"]))
    print(render_differences(found))
    return 1 if has_regression(found) else 0


def _report(given: Mapping[str, Any]) -> int:
    from rosterkit.conformance.report import console_table, read_report, write_report
    from rosterkit.conformance.results import exit_code

    runs = [one for folder in given["reports"] for one in read_report(Path(folder))]
    print(console_table(runs))
    print(f"Report: {write_report(Path(given['folder']), runs)}")
    return exit_code(runs)


def _judge(given: Mapping[str, Any]) -> int:
    from rosterkit.conformance.report import judge_again
    from rosterkit.conformance.verdicts import Verdict

    finding = judge_again(Path(given["transcript"]))
    print(f"{finding.verdict.value} ({finding.oracle.value}): {finding.words}")
    return {Verdict.FAIL: 1, Verdict.NON_STRICT: 0, Verdict.INCONCLUSIVE: 3}.get(finding.verdict, 0)


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "client": _client,
    "server": server_checking.run,
    "matrix": _matrix,
    "diff": _diff,
    "report": _report,
    "judge": _judge,
}
