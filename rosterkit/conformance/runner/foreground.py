"""A run of the clients' suite in the foreground: on the installed reactor, until all is done or a signal comes.

Tests: ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

from rosterkit.conformance.runner.client_run import ClientRun, Options
from rosterkit.net.foreground import run_whole

__all__ = ["run"]


def run(options: Options) -> int:
    """Grade a client as ``options`` say; the exit code."""
    return run_whole(lambda reactor: ClientRun(options, reactor))
