"""The ``rosterkit`` command: its options are made from lists, such as ``OPTIONS``; nothing is decided here.

Exit codes: 0 all as expected, 1 an unexpected verdict, 2 usage or configuration, 3 inconclusive or the other side
never came, 4 nothing ran.  Nothing heavy is imported before it is needed, so that ``--help`` and a mistake are
answered at once.

Tests: ``tests/test_cli.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rosterkit import __version__, checking, demonstrating, playing, transferring
from rosterkit.config import load
from rosterkit.errors import ConfigError
from rosterkit.options import OPTIONS, Option, Parser, unknown
from rosterkit.peer_config import PEER_OPTIONS, load_peer

__all__ = ["main", "make_parser"]

_SERVE = """Serve in the foreground until SIGINT (Ctrl-C) or SIGTERM, which close every stream and exit with 0.
When ready, one line of JSON is printed on standard output and nothing else; the log goes to standard error.
Secrets belong into --accounts, --components or --config, not where the list of processes shows them."""

_PEER = """Play scripted contacts beside a real server, as its external component (XEP-0114), until SIGINT or SIGTERM.
When the server has taken the component, one line of JSON is printed on standard output and nothing else; the log goes
to standard error. A connection that is lost comes back by itself. See docs/peer.md."""

_EXIT_WITH_STDIN = "End as with SIGTERM when standard input is closed: with the program that has started this one."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (without the program's name) and give its exit code."""
    parser = make_parser()
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
        if command == "demo":
            return demonstrating.run(given, rest)
        if command == "play":
            return playing.run(given, rest)
        if command in transferring.COMMANDS:
            return transferring.run(command, given, rest)
        listed, maker = _SERVICES[command]
        _refuse(rest, listed)
        make = maker(given)
    except ConfigError as error:
        print(f"rosterkit {command}: {error}", file=sys.stderr)
        return 2
    from rosterkit.net.foreground import run

    return run(make, command, exit_with_stdin)


def _checked(given: Mapping[str, Any], rest: list[str]) -> int:
    """What ``check`` comes to; a reader who has seen enough, as ``head`` has, is no error."""
    try:
        code = checking.run(given, rest)
        if sys.stdout is not None:  # it may have been closed before the start
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _serve(given: Mapping[str, object]) -> Callable[[Any], Any]:
    """What makes the server of a command line; it takes the reactor."""
    config = load(given, os.environ)
    from rosterkit.net.collecting import rest_until
    from rosterkit.net.service import make_service

    def make(reactor: Any) -> Any:
        service = make_service(config, reactor)
        rest_until(service.ready)
        return service

    return make


def _peer(given: Mapping[str, object]) -> Callable[[Any], Any]:
    """What makes the peer of a command line; it takes the reactor."""
    config = load_peer(given, os.environ)
    from rosterkit.peer.service import make_peer_service

    return partial(make_peer_service, config)


#: What runs in the foreground: its options, and what makes it.
_SERVICES = {"serve": (OPTIONS, _serve), "peer": (PEER_OPTIONS, _peer)}


def _refuse(rest: list[str], options: Sequence[Option]) -> None:
    if rest:
        name = rest[0].partition("=")[0]  # what follows may be a password
        if name.startswith("-"):
            raise ConfigError(unknown(name, options))
        raise ConfigError(f"{name!r} is no option; every option starts with --.")


def make_parser() -> Parser:
    """Give the parser of the whole command line: every command, with the options from the lists."""
    version = f"rosterkit {__version__}"
    parser = Parser(
        prog="rosterkit",
        allow_abbrev=False,
        description="A small RFC 6121 server for testing XMPP clients end to end.",
        epilog=checking.EPILOG,
    )
    parser.add_argument("--version", action="version", version=version, help="Print the version and exit.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    demonstrating.add_parser(commands, _sub_parser, _add)
    serve = _sub_parser(commands, "serve", help="Serve in the foreground until a signal comes.", description=_SERVE)
    peer = _sub_parser(
        commands,
        "peer",
        help="Play scripted contacts beside a real server.",
        description=_PEER,
        epilog="Exit codes: 0 ended by a signal, 2 usage or configuration, 3 the server never took the component.",
    )
    for one, options in ((serve, OPTIONS), (peer, PEER_OPTIONS)):
        one.add_argument("--exit-with-stdin", dest="exit-with-stdin", action="store_true", help=_EXIT_WITH_STDIN)
        one.add_argument("--version", action="version", version=version, help="Print the version and exit.")
        for option in options:
            _add(one, option)
    transferring.add_parsers(commands, _sub_parser, _add)
    checking.add_parsers(commands, _sub_parser)
    playing.add_parser(commands, _sub_parser)
    return parser


def _sub_parser(commands: Any, name: str, **texts: str) -> Parser:
    made: Parser = commands.add_parser(
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
