"""A run of either suite in the foreground: on the installed reactor, until all is done or a signal comes.

Tests: ``tests/conformance/test_check_client.py``, ``tests/conformance/test_check_server.py``.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any, Protocol

from twisted.logger import LogLevel

from rosterkit.conformance.runner.client_run import ClientRun, Options
from rosterkit.net.foreground import log_to_standard_error, take_signals

__all__ = ["Whole", "run", "run_whole"]


class Whole(Protocol):
    """A whole run: it stops the reactor when all is done, and ``code`` is then the exit code."""

    @property
    def code(self) -> int:
        """The exit code."""

    def start(self) -> Any:
        """Begin."""

    def stop(self) -> Any:
        """End because of a signal; fires when all that was started has ended.  After the end it is a no-op."""


def run(options: Options) -> int:
    """Grade a client as ``options`` say; the exit code."""
    return run_whole(lambda reactor: ClientRun(options, reactor))


def run_whole(make: Callable[[Any], Whole]) -> int:
    """Do what ``make`` makes for the installed reactor; only warnings are logged, on standard error."""
    from twisted.internet import reactor as installed

    reactor: Any = installed  # the module is the reactor
    whole = make(reactor)
    log_to_standard_error(LogLevel.warn)
    reactor.callWhenRunning(take_signals, reactor)
    reactor.callWhenRunning(whole.start)
    reactor.addSystemEventTrigger("before", "shutdown", whole.stop)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # the terminal is gone: programs must go too
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    reactor.run()
    return whole.code
