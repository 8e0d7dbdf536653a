"""Whoever listens to lines in tests: it writes down what it hears, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twisted.internet.defer import Deferred

from rosterkit.conformance.probing.lines import Line

__all__ = ["Heard", "Listening"]


class Heard(NamedTuple):
    """What was heard: ``how`` is came, said or over; of the last, ``data`` is the sentence."""

    how: str
    label: str
    data: str
    kind: str = ""


class Listening:
    """Everything that was heard is in ``heard``; ``then`` is called with each, as a script that goes on would be."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.then: Callable[[Heard], object] = lambda _: None
        self._waiting: list[tuple[str, Deferred[Heard]]] = []

    def came(self, line: Line, data: bytes, kind: str) -> None:
        """From the server."""
        self._hear(Heard("came", line.label, data.decode(), kind))

    def said(self, line: Line, data: bytes, kind: str) -> None:
        """From the line itself."""
        self._hear(Heard("said", line.label, data.decode(), kind))

    def over(self, line: Line, text: str) -> None:
        """A line's end."""
        self._hear(Heard("over", line.label, text))

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        for waiting in [waiting for waiting in self._waiting if waiting[0] in heard.data]:
            self._waiting.remove(waiting)
            waiting[1].callback(heard)
        self.then(heard)

    def until(self, mark: str) -> Deferred[Heard]:
        """The next that is heard with ``mark`` in it."""
        waiting: Deferred[Heard] = Deferred()
        self._waiting.append((mark, waiting))
        return waiting

    def all(self, how: str, label: str | None = None, kind: str | None = None) -> list[str]:
        """What was heard in this way, of one line, of one kind."""
        return [
            heard.data
            for heard in self.heard
            if heard.how == how and label in (None, heard.label) and kind in (None, heard.kind)
        ]
