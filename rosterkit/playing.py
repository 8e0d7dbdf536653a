"""``rosterkit play``: its command line; the play itself is :mod:`rosterkit.conformance.runner.scenario_run`'s.

Tests: ``tests/test_play_command.py``, ``tests/conformance/test_scenario_run.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from rosterkit.errors import ConfigError, ScenarioError

__all__ = ["add_parser", "run"]

_PLAY = """Play a scenario, as the inspector exports it: start a server, make the network, start the client, make the
calls, and wait for what the client is expected to say. Each step is printed when it is met; for the first that is
not, what came nearest. Without --exec the client is whoever logs in by himself. See docs/scenarios.md.

In --exec stand {jid}, {password}, {host}, {port} (TCP with STARTTLS), {tls_port}, {ws} (a URL), {ca} (a file),
{domain}, {case} (the name of the file), {state} (a folder for the client) and {control}."""
_CODES = "Exit codes: 0 every step was met, 1 one was not, 2 usage, or a wrong file, 3 the client never came."
_TIMEOUT, _MOST_SECONDS = 300.0, 86_400.0


def add_parser(commands: Any, make: Callable[..., argparse.ArgumentParser]) -> None:
    """Add ``play`` to the command line; ``make`` makes a parser of a name."""
    parser = make(commands, "play", help="Play a scenario with a client.", description=_PLAY, epilog=_CODES)
    parser.add_argument("file", metavar="FILE", help="A scenario, such as scenario.json.")
    parser.add_argument("--exec", dest="exec", metavar="CMD", help="The client's program, run for each account.")
    parser.add_argument(
        "--timeout", dest="timeout", metavar="SECONDS", help=f"For the whole play; the default is {_TIMEOUT:g}."
    )


def run(given: Mapping[str, Any], rest: Sequence[str]) -> int:
    """Do what a parsed command line says; its exit code.  Raises :class:`ConfigError`."""
    if rest:
        raise ConfigError(f"{rest[0].partition('=')[0]!r} is no option; see --help.")
    timeout = _seconds(given["timeout"])
    from rosterkit.conformance.runner.process import words_of
    from rosterkit.conformance.runner.scenario_run import PlayOptions, ScenarioRun, load
    from rosterkit.net.foreground import run_whole

    path = Path(given["file"])
    words = words_of(given["exec"], "--exec") if given["exec"] is not None else None
    try:
        scenario = load(path)
    except ScenarioError as error:
        raise ConfigError(str(error)) from error
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than we do
    options = PlayOptions(path, scenario, words, timeout)
    return run_whole(lambda reactor: ScenarioRun(options, reactor, _say))


def _seconds(value: str | None) -> float:
    try:
        seconds = float(value) if value is not None else _TIMEOUT
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST_SECONDS:
        raise ConfigError(f"--timeout is {value!r:.40}; it takes seconds, up to {_MOST_SECONDS:g}.")
    return seconds


def _say(line: str) -> None:
    """Print a line; a reader who has seen enough changes nothing about the play."""
    try:
        print(line, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
