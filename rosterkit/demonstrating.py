"""``rosterkit demo``: its command line; the session is :mod:`rosterkit.demo`'s.

Exit codes: 0 all happened as told, or a signal came; 1 something did not; 2 usage, or it could not start.

Tests: ``tests/demo/test_demo_command.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rosterkit.errors import ConfigError
from rosterkit.options import Option, unknown

__all__ = ["OPTIONS", "add_parser", "run"]

OPTIONS = (
    Option("pace", "FACTOR", "By how much every pause is multiplied; 0 is no pauses, the default is 1."),
    Option("keep", "", "Let the server go on at the end, until Ctrl-C, so that the inspector can be looked at."),
)

_DEMO = """Play a guided session of two minutes: two people, a subscription, a new name on two devices, and a lie.
A real server and real clients run in this process, at free ports of loopback; nothing is left behind. Enter ends
a pause, Ctrl-C ends all of it."""
_CODES = (
    "Exit codes: 0 all happened as told, or a signal came; 1 something did not happen as told; "
    "2 usage, or it could not start."
)
_LONGEST_PACE = 100.0


def add_parser(commands: Any, make: Callable[..., Any], add: Callable[..., None]) -> None:
    """Add the command to the command line; ``make`` makes a parser of a name, ``add`` gives it an option."""
    parser = make(commands, "demo", help="See in two minutes what it is for.", description=_DEMO, epilog=_CODES)
    for option in OPTIONS:
        add(parser, option)


def run(given: Mapping[str, Any], rest: Sequence[str]) -> int:
    """Do what a parsed command line says; its exit code.  Raises :class:`ConfigError`."""
    if rest:
        raise ConfigError(unknown(rest[0].partition("=")[0], OPTIONS))
    pace = _pace(given["pace"])
    try:
        from rosterkit.demo.playing import Options
        from rosterkit.demo.playing import run as play

        return play(Options(pace, given["keep"]))
    except KeyboardInterrupt:  # before there is a reactor that takes the signal
        return 0


def _pace(value: str | None) -> float:
    try:
        factor = float(value) if value is not None else 1.0
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= _LONGEST_PACE:
        raise ConfigError(f"--pace is {value!r:.40}; it takes a number from 0 to {_LONGEST_PACE:g}.")
    return factor
