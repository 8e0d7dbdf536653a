"""What is kept of a play: everything that passed on its lines, its own steps as notes, and the marks among them.

Tests: ``tests/conformance/test_server_play.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import CASE
from rosterkit.conformance.probing.lines import Line
from rosterkit.core.journal import Entry, Journal

__all__ = ["Record"]

#: The most bytes of a play that are remembered.
_LIMIT = 64 * 1024 * 1024


class Record:
    """The journal of one play, whose ``opened`` lines are there by label; times are seconds from its beginning.

    After :meth:`end` nothing comes to ``entries`` any more: what is recorded then is for the steps that follow.
    """

    def __init__(self, opened: Mapping[str, Line], clock: IReactorTime) -> None:
        self._opened = opened
        self._clock = clock
        self._began = clock.seconds()
        self._journal = Journal(_LIMIT)
        self._played: Journal | None = None
        self._marks: dict[str, int] = {}

    @property
    def entries(self) -> Sequence[Entry]:
        """The play as it is judged."""
        return (self._played or self._journal).since(0)

    @property
    def cursor(self) -> int:
        """The number of the newest entry."""
        return self._journal.cursor

    @property
    def last_mark(self) -> int:
        """The number of the newest mark, 0 where there is none."""
        return max(self._marks.values(), default=0)

    def since(self, number: int, label: str) -> list[Entry]:
        """What has come on a line after entry ``number``."""
        entries = self._journal.since(number)
        return [entry for entry in entries if entry.session == label and entry.direction == "in"]

    def add(self, label: str | None, direction: str, kind: str, data: bytes = b"", text: str = "") -> Entry:
        """Something has passed on a line."""
        line = self._opened.get(label) if label is not None else None
        jid = line.jid if line is not None else None
        account = jid.partition("/")[0] if jid else None
        at = self._clock.seconds() - self._began
        return self._journal.add(at, label, account, jid, direction, kind, data, text=text)

    def note(self, label: str | None, **what: Any) -> None:
        """The play has done something."""
        self.add(label, "note", CASE, text=json.dumps(what))

    def mark(self, label: str, name: str) -> int:
        """A part of the play begins; gives the number of the note.  No two marks have the same name."""
        assert name not in self._marks, f"There are two marks {name!r}."
        self.note(label, mark=name)
        self._marks[name] = self.cursor
        return self.cursor

    def end(self) -> None:
        """The play is over; again is a no-op."""
        if self._played is None:
            self._played = self._journal
            self._journal = Journal(_LIMIT)
