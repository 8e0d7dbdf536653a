"""A run against a server in the foreground.

Tests: ``tests/conformance/test_check_server.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rosterkit.conformance.probing.lines import Lines
from rosterkit.conformance.probing.network_lines import NetworkLines, Target
from rosterkit.conformance.probing.server_run import ServerOptions, ServerRun
from rosterkit.conformance.probing.spread_lines import SpreadLines
from rosterkit.net.foreground import run_whole

__all__ = ["run"]


def run(options: ServerOptions, targets: Sequence[Target]) -> int:
    """Grade the server whose nodes are ``targets``, nearly always one, as ``options`` say; the exit code.

    Raises :class:`~rosterkit.errors.ConfigError` where the authorities that are to be trusted cannot be read.
    """

    def make(reactor: Any) -> ServerRun:
        nodes = [NetworkLines(reactor, target, options.patience) for target in targets]
        lines: Lines = nodes[0] if len(nodes) == 1 else SpreadLines(nodes)
        return ServerRun(options, lines, reactor)

    return run_whole(make)
