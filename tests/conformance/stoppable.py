"""Whole runs of ``rosterkit check`` in the process of a test: what they may stop, and what they have come to."""

from __future__ import annotations

from typing import Any, NamedTuple

from twisted.internet import reactor
from twisted.internet.defer import Deferred

SECONDS = 60


class Done(NamedTuple):
    """What a run has come to: its exit code, what it has printed, its lines on standard error."""

    code: int
    out: str
    lines: list[str]


class Stoppable:
    """The reactor; to stop it is to fire ``stopped``."""

    def __init__(self) -> None:
        self.stopped: Deferred[None] = Deferred()
        self.stopped.addTimeout(SECONDS, reactor)

    def stop(self) -> None:
        """The run is over."""
        if not self.stopped.called:
            reactor.callLater(0, self.stopped.callback, None)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)
