"""The ``rosterkit`` command: its options made from :data:`rosterkit.options.OPTIONS`, nothing else is decided here.

Exit codes: 0 all as expected, 1 an unexpected verdict, 2 usage or configuration, 3 inconclusive or the other side
never came, 4 nothing ran.  Nothing heavy is imported before it is needed, so that
``--help`` and a mistake are answered at once.

Tests: ``tests/test_cli.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from rosterkit import __version__, checking
from rosterkit.config import Config, load
from rosterkit.errors import ConfigError
from rosterkit.options import OPTIONS, Option, unknown

__all__ = ["main"]

_SERVE = """Serve in the foreground until SIGINT (Ctrl-C) or SIGTERM, which close every stream and exit with 0.
When ready, one line of JSON is printed on standard output and nothing else; the log goes to standard error.
Secrets belong into --accounts, --components or --config, not where the list of processes shows them."""

_EXIT_WITH_STDIN = "End as with SIGTERM when standard input is closed: with the program that has started this one."


class _Parser(argparse.ArgumentParser):
    """Answers a mistake with one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (without the program's name) and give its exit code."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    given = vars(options)
    command = given.pop("command")
    exit_with_stdin = given.pop("exit-with-stdin", False)
    if command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        if command == "check":
            return _checked(given, rest)
        config = _config(given, rest)
    except ConfigError as error:
        print(f"rosterkit {command}: {error}", file=sys.stderr)
        return 2
    from rosterkit.net.foreground import run

    return run(config, exit_with_stdin)


def _checked(given: Mapping[str, Any], rest: list[str]) -> int:
    """What ``check`` comes to; a reader who has seen enough, as ``head`` has, is no error."""
    try:
        code = checking.run(given, rest)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _config(given: Mapping[str, object], rest: list[str]) -> Config:
    if rest:
        name = rest[0].partition("=")[0]  # what follows may be a password
        if name.startswith("-"):
            raise ConfigError(unknown(name))
        raise ConfigError(f"{name!r} is no option; every option starts with --.")
    return load(given, os.environ)


def _parser() -> _Parser:
    version = f"rosterkit {__version__}"
    parser = _Parser(
        prog="rosterkit",
        allow_abbrev=False,
        description="A small RFC 6121 server for testing XMPP clients end to end.",
        epilog="Exit codes: 0 all as expected, 1 an unexpected verdict, 2 usage or configuration, "
        "3 inconclusive or the other side never came, 4 nothing ran.",
    )
    parser.add_argument("--version", action="version", version=version, help="Print the version and exit.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        allow_abbrev=False,
        help="Serve in the foreground until a signal comes.",
        description=_SERVE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--exit-with-stdin", dest="exit-with-stdin", action="store_true", help=_EXIT_WITH_STDIN)
    serve.add_argument("--version", action="version", version=version, help="Print the version and exit.")
    for option in OPTIONS:
        _add(serve, option)
    checking.add_parsers(commands, _sub_parser)
    return parser


def _sub_parser(commands: Any, name: str, **texts: str) -> _Parser:
    made: _Parser = commands.add_parser(
        name, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **texts
    )
    return made


def _add(parser: argparse.ArgumentParser, option: Option) -> None:
    name = f"--{option.name}"
    if not option.metavar:
        parser.add_argument(name, dest=option.name, action="store_true", help=option.help)
        return
    action = "append" if option.repeatable else "store"
    parser.add_argument(name, dest=option.name, metavar=option.metavar, action=action, help=option.help)
