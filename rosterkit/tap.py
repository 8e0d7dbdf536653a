"""``twistd rosterkit``: its options made from :data:`rosterkit.options.OPTIONS`, its service from a Config.

twistd imports this before anybody has chosen a reactor, so nothing here imports one.

Tests: ``tests/test_tap.py``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from getopt import GetoptError
from typing import Any

from twisted.application.service import IService
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from rosterkit import __version__
from rosterkit.config import Config, load
from rosterkit.errors import ConfigError, RosterkitError
from rosterkit.options import OPTIONS, Option, unknown

__all__ = ["Options", "makeService"]

_log = Logger()


def _doc(option: Option) -> str:
    return f"{option.metavar}: {option.help}" if option.metavar else option.help


class Options(usage.Options):
    """The parsed command line; ``config`` is what it means.

    A mistake is a ``UsageError`` with the same sentence as in ``rosterkit serve``; under twistd it is printed, and
    the exit code is 2.
    """

    synopsis = "[options]"
    longdesc = "The same options as in `rosterkit serve`. Secrets belong into --accounts, --components or --config."
    optFlags = tuple([option.name, None, _doc(option)] for option in OPTIONS if not option.metavar)
    optParameters = tuple(
        [option.name, None, None, _doc(option)] for option in OPTIONS if option.metavar and not option.repeatable
    )
    config: Config

    def opt_version(self) -> None:
        """Print the version of rosterkit and exit."""
        print(f"rosterkit {__version__}")
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse and check everything."""
        try:
            super().parseOptions(options)  # type: ignore[no-untyped-call]
        except usage.UsageError as error:
            sentence = _sentence(error)
            if self.parent is None:
                raise usage.UsageError(sentence) from error
            print(f"twistd rosterkit: {sentence}", file=sys.stderr)
            sys.exit(2)

    def parseArgs(self, *args: str) -> None:
        """Refuse whatever is no option."""
        if args:
            raise usage.UsageError(f"{args[0]!r} is no option; every option starts with --.")

    def postOptions(self) -> None:
        """Make the configuration."""
        flags = {option.name for option in OPTIONS if not option.metavar}
        given = {name: bool(value) if name in flags else value for name, value in self.items()}
        try:
            self.config = load(given, os.environ)
        except ConfigError as error:
            raise usage.UsageError(str(error)) from error


def _collect(option: Option) -> Callable[[Options, str], None]:
    """The handler of a repeatable option, in the form in which twisted.python.usage finds it."""

    def collect(self: Options, value: str) -> None:
        self.setdefault(option.name, []).append(value)

    collect.__doc__ = _doc(option)
    return collect


for _option in OPTIONS:
    if _option.repeatable:
        setattr(Options, f"opt_{_option.name}", _collect(_option))


def _sentence(error: usage.UsageError) -> str:
    cause = error.__context__
    if isinstance(cause, GetoptError) and "not recognized" in cause.msg:
        return unknown(f"--{cause.opt}")
    return str(error)


def makeService(options: Options) -> IService:
    """The service that ``options`` describe; when it cannot start it says so in the log and ends twistd."""
    from rosterkit.net.service import make_service

    service = make_service(options.config)
    service.ready.addErrback(_give_up)
    return service


def _give_up(failure: Failure) -> None:
    """End twistd in its own way, by a signal, so that the exit code is not 0 and the pid file goes."""
    from twisted.internet import reactor

    if failure.check(RosterkitError):
        _log.critical("rosterkit could not start: {reason}", reason=failure.getErrorMessage())
    else:
        _log.failure("rosterkit could not start because of a mistake of its own", failure)
    starter: Any = reactor  # the module is the reactor
    starter.callWhenRunning(signal.raise_signal, signal.SIGTERM)
