"""Exceptions that somebody caught and only wrote to the log: here they count like any other.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from bench.fuzz.case import WrongError

__all__ = ["failures_told"]


@contextmanager
def failures_told() -> Iterator[list[Any]]:
    """Raise at the end of the ``with`` block if an exception was logged in it; gives the list of them meanwhile."""
    told: list[Any] = []

    @implementer(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event.get("log_failure") is not None:
            told.append(event["log_failure"])

    globalLogPublisher.addObserver(observe)
    try:
        yield told
    finally:
        globalLogPublisher.removeObserver(observe)
    if told:
        raise WrongError(f"An exception was only logged: {told[0].getTraceback()[-1500:]}")
