"""A run against a server in the foreground: on the installed reactor, until all is done or a signal comes.

Tests: ``tests/conformance/test_check_server.py``.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from twisted.logger import LogLevel

from rosterkit.conformance.probing.lines import Lines
from rosterkit.conformance.probing.network_lines import NetworkLines, Target
from rosterkit.conformance.probing.server_run import ServerOptions, ServerRun
from rosterkit.conformance.probing.spread_lines import SpreadLines
from rosterkit.net.foreground import log_to_standard_error, take_signals

__all__ = ["run"]


def run(options: ServerOptions, targets: Sequence[Target]) -> int:
    """Play, write the report, and give the exit code; only warnings are logged, on standard error.

    ``targets`` are the nodes of one server, nearly always one.

    Raises :class:`~rosterkit.errors.ConfigError` where the authorities that are to be trusted cannot be read.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed  # the module is the reactor
    nodes = [NetworkLines(reactor, target, options.patience) for target in targets]
    lines: Lines = nodes[0] if len(nodes) == 1 else SpreadLines(nodes)
    log_to_standard_error(LogLevel.warn)
    whole = ServerRun(options, lines, reactor)
    reactor.callWhenRunning(take_signals, reactor)
    reactor.callWhenRunning(whole.start)
    reactor.addSystemEventTrigger("before", "shutdown", whole.stop)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # the terminal is gone: the run goes too
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    reactor.run()
    return whole.code
