"""What the plugins of twistd have in common: parsed options made from a list, and an end where they cannot start.

twistd imports this before anybody has chosen a reactor, so nothing here imports one.

Tests: ``tests/test_tap.py``, ``tests/test_peer_tap.py``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from getopt import GetoptError
from typing import Any, ClassVar

from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from rosterkit import __version__
from rosterkit.errors import ConfigError, RosterkitError
from rosterkit.options import Option, unknown

__all__ = ["TwistdOptions", "give_up"]

_log = Logger()


def _doc(option: Option) -> str:
    return f"{option.metavar}: {option.help}" if option.metavar else option.help


class TwistdOptions(usage.Options):
    """The parsed command line of ``twistd NAME``; ``config`` is what it means.

    A mistake is a ``UsageError`` with the same sentence as in the ``rosterkit`` command; under twistd it is printed,
    and the exit code is 2.
    """

    synopsis = "[options]"
    optFlags: ClassVar[tuple[list[str | None], ...]]
    optParameters: ClassVar[tuple[list[str | None], ...]]
    config: Any
    _name: ClassVar[str]
    _listed: ClassVar[tuple[Option, ...]]
    _load: ClassVar[Callable[[Mapping[str, object], Mapping[str, str]], Any]]

    def __init_subclass__(
        cls,
        name: str,
        options: tuple[Option, ...],
        load: Callable[[Mapping[str, object], Mapping[str, str]], Any],
    ) -> None:
        """``load`` makes the configuration of values by option name and the environment, or raises ConfigError."""
        cls._name, cls._listed, cls._load = name, options, staticmethod(load)
        cls.optFlags = tuple([option.name, None, _doc(option)] for option in options if not option.metavar)
        cls.optParameters = tuple(
            [option.name, None, None, _doc(option)] for option in options if option.metavar and not option.repeatable
        )
        for option in options:
            if option.repeatable:
                setattr(cls, f"opt_{option.name}", _collect(option))

    def opt_version(self) -> None:
        """Print the version of rosterkit and exit."""
        print(f"rosterkit {__version__}")
        sys.exit(0)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse and check everything."""
        try:
            super().parseOptions(options)  # type: ignore[no-untyped-call]
        except usage.UsageError as error:
            sentence = self._sentence(error)
            if self.parent is None:
                raise usage.UsageError(sentence) from error
            print(f"twistd {self._name}: {sentence}", file=sys.stderr)
            sys.exit(2)

    def parseArgs(self, *args: str) -> None:
        """Refuse whatever is no option."""
        if args:
            raise usage.UsageError(f"{args[0]!r} is no option; every option starts with --.")

    def postOptions(self) -> None:
        """Make the configuration."""
        flags = {option.name for option in self._listed if not option.metavar}
        given = {name: bool(value) if name in flags else value for name, value in self.items()}
        try:
            self.config = type(self)._load(given, os.environ)
        except ConfigError as error:
            raise usage.UsageError(str(error)) from error

    def _sentence(self, error: usage.UsageError) -> str:
        cause = error.__context__
        if isinstance(cause, GetoptError) and "not recognized" in cause.msg:
            return unknown(f"--{cause.opt}", self._listed)
        return str(error)


def _collect(option: Option) -> Callable[[TwistdOptions, str], None]:
    """The handler of a repeatable option, in the form in which twisted.python.usage finds it."""

    def collect(self: TwistdOptions, value: str) -> None:
        self.setdefault(option.name, []).append(value)

    collect.__doc__ = _doc(option)
    return collect


def give_up(failure: Failure) -> None:
    """End twistd in its own way, by a signal, so that the exit code is not 0 and the pid file goes."""
    from twisted.internet import reactor

    if failure.check(RosterkitError):
        _log.critical("rosterkit could not start: {reason}", reason=failure.getErrorMessage())
    else:
        _log.failure("rosterkit could not start because of a mistake of its own", failure)
    starter: Any = reactor  # the module is the reactor
    starter.callWhenRunning(signal.raise_signal, signal.SIGTERM)
