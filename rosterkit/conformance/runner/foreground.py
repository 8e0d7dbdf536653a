"""A run in the foreground: on the installed reactor, until all is done or a signal comes.

Tests: ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

import signal
from typing import Any

from twisted.logger import LogLevel

from rosterkit.conformance.runner.client_run import ClientRun, Options
from rosterkit.net.foreground import log_to_standard_error, take_signals

__all__ = ["run"]


def run(options: Options) -> int:
    """Play, write the report, and give the exit code; only warnings are logged, on standard error."""
    from twisted.internet import reactor as installed

    reactor: Any = installed  # the module is the reactor
    log_to_standard_error(LogLevel.warn)
    whole = ClientRun(options, reactor)
    reactor.callWhenRunning(take_signals, reactor)
    reactor.callWhenRunning(whole.start)
    reactor.addSystemEventTrigger("before", "shutdown", whole.stop)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # the terminal is gone: programs must go too
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    reactor.run()
    return whole.code
