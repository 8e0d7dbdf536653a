"""What runs in the foreground, on the installed reactor, until a signal comes or all is done, and its exit code.

A service prints one ready line on standard output and logs to standard error: the contract of ``rosterkit serve`` and
``rosterkit peer``; other programs start them and wait for the line.  A whole run, as of ``rosterkit check`` and
``rosterkit demo``, ends by itself and says on standard output what it likes.

Tests: ``tests/test_cli.py``, ``tests/peer/test_peer_command.py``, ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import (
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)
from twisted.python.failure import Failure

from rosterkit.errors import NotTakenError, RosterkitError
from rosterkit.net.readiness import Ready

__all__ = ["Announced", "Whole", "log_to_standard_error", "run", "run_whole", "take_signals"]

_log = Logger()


class Announced(Protocol):
    """A service; ``ready`` fires with what its ready line says, or fails where it cannot start."""

    ready: Deferred[Ready]

    def startService(self) -> None:
        """Begin."""

    def stopService(self) -> Any:
        """End; it may give a Deferred that fires when it has."""


class Whole(Protocol):
    """A whole run: it stops the reactor when all is done, and ``code`` is then the exit code."""

    @property
    def code(self) -> int:
        """The exit code."""

    def start(self) -> Any:
        """Begin."""

    def stop(self) -> Any:
        """End because of a signal; fires when all that was started has ended.  After the end it is a no-op."""


def run(make: Callable[[Any], Announced], command: str, exit_with_stdin: bool = False) -> int:
    """Run what ``make`` makes on the installed reactor until SIGINT or SIGTERM, and give the exit code.

    With ``exit_with_stdin`` the end of standard input is as good as a signal.

    0 after a signal, whenever it comes; 2 with one sentence on standard error where it cannot start, 3 where a server
    never took a component; 1 where that is a mistake of ours, with a traceback in the log.  Sentences begin with
    ``rosterkit`` and the ``command``.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed  # the module is the reactor
    log_to_standard_error()
    service = make(reactor)
    ending = _Ending(reactor.stop)
    service.ready.addCallback(_announce).addErrback(ending.refused)
    reactor.callWhenRunning(take_signals, reactor)
    reactor.callWhenRunning(service.startService)
    reactor.addSystemEventTrigger("before", "shutdown", ending.begun)
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    if exit_with_stdin:
        threading.Thread(target=_watch_standard_input, args=(reactor,), daemon=True).start()
    reactor.run()
    if ending.reason:
        print(f"rosterkit {command}: {ending.reason}", file=sys.stderr)
    return ending.code


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


def take_signals(reactor: Any) -> None:
    """Let SIGINT and SIGTERM stop ``reactor``, which runs; another one at its end changes nothing."""

    def stop() -> None:
        with suppress(ReactorNotRunning):
            reactor.stop()

    def take(handler: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, handler)

    take(lambda *_: reactor.callFromThread(stop))
    reactor.addSystemEventTrigger("before", "shutdown", take, signal.SIG_IGN)


def _watch_standard_input(reactor: Any) -> None:
    """Stop the reactor when nobody can write to standard input any more, or there is none."""
    with suppress(OSError):
        while os.read(0, 65536):
            pass
    reactor.callFromThread(signal.raise_signal, signal.SIGTERM)


class _Ending:
    """How it ends: by a signal, or by a failure to start, whichever comes first.  ``reason`` is the last word."""

    def __init__(self, stop: Callable[[], object]) -> None:
        self.code = 0
        self.reason = ""
        self._stop = stop
        self._begun = False

    def begun(self) -> None:
        """The reactor is stopping; a server that does not get ready now has not failed."""
        self._begun = True
        if not self.reason:
            _log.info("Stopping")

    def refused(self, failure: Failure) -> None:
        """Remember why the server did not start, and stop."""
        if self._begun:
            return
        if failure.check(RosterkitError):
            self.code = 3 if failure.check(NotTakenError) else 2
            self.reason = failure.getErrorMessage()
        else:
            self.code = 1
            self.reason = f"the start failed by a mistake of rosterkit, please report it: {failure.value!r}"
        with suppress(ReactorNotRunning):
            self._stop()


def _announce(ready: dict[str, Any]) -> None:
    """Write the ready line at once and whole; raise RosterkitError where nobody can read it."""
    if sys.stdout is None:
        return
    try:
        os.write(sys.stdout.fileno(), json.dumps(ready).encode() + b"\n")
    except OSError as error:
        raise RosterkitError(
            f"The ready line cannot be written to standard output: {error.strerror}. Leave it open, "
            "or close it before the start and use --ready-file."
        ) from error


def log_to_standard_error(level: Any = LogLevel.info) -> None:
    """One line for each event of ours from ``level`` (a LogLevel) upwards, of Twisted's from warnings upwards."""
    shown = LogLevelFilterPredicate(defaultLogLevel=level)
    for namespace in ("twisted", "log_legacy"):
        shown.setLogLevelForNamespace(namespace, LogLevel.warn)
    observer = FilteringLogObserver(textFileLogObserver(sys.stderr), [shown])
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
