"""One wait of a test: until the client has sent what is wanted, or something forbidden, or the time is over.

Tests: ``tests/wire/test_waits.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rosterkit.core.journal import Entry
from rosterkit.wire.patterns import Miss, Pattern, parse_entry

__all__ = ["Outcome", "Wait"]

_SHOWN = 160


class Outcome(NamedTuple):
    """``outcome`` is ``met``, ``forbidden`` or ``timeout``; ``verdict`` says it in a sentence for the test's author.

    ``entry`` is the one that decided; ``nearest`` what came nearest to what was wanted, and how it differs.
    """

    outcome: str
    verdict: str
    entry: Entry | None
    nearest: tuple[Entry, str] | None


class Wait:
    """Until an entry matches ``match`` and none before it matches one of ``forbidden``.

    Without ``match`` it ends well when the time is over.  Only entries of ``account`` (a bare JID) or ``session``
    count, in ``direction``; without either those of every client, and not of the scripted contacts.  Each entry is
    looked at once, in its order.
    """

    def __init__(
        self,
        match: Pattern | None,
        forbidden: Sequence[Pattern],
        *,
        account: str | None = None,
        session: str | None = None,
        direction: str = "in",
        within: float = 0.0,
    ) -> None:
        self._match = match
        self._forbidden = forbidden
        self._account = account
        self._session = session
        self._direction = direction
        self._within = within
        self._seen = 0
        self._last: Entry | None = None
        self._nearest: tuple[Entry, Miss] | None = None

    def look(self, entries: Iterable[Entry]) -> Outcome | None:
        """The outcome, if one of the next ``entries`` decides it."""
        for entry in entries:
            if self._counts(entry):
                outcome = self._look_at(entry)
                if outcome is not None:
                    return outcome
        return None

    def timeout(self) -> Outcome:
        """The outcome when the time is over."""
        if self._match is None:
            within = f"within {self._within:g} s"
            return Outcome("met", f"Nothing that is forbidden came from {self._whom} {within}.", None, None)
        nearest = (self._nearest[0], self._nearest[1].difference) if self._nearest is not None else None
        return Outcome("timeout", self._unmet(nearest), None, nearest)

    def _counts(self, entry: Entry) -> bool:
        return (
            entry.direction == self._direction
            and bool(entry.data)
            and not entry.withheld
            and (entry.account == self._account if self._account is not None else entry.session is not None)
            and self._session in (None, entry.session)
        )

    def _look_at(self, entry: Entry) -> Outcome | None:
        element = parse_entry(entry.data)
        if element is None:
            return None
        self._seen += 1
        self._last = entry
        for pattern in self._forbidden:
            if pattern.compare(element) is None:
                verdict = f"Entry {entry.number} is what must not come, {_cut(pattern.text)}: {_shown(entry)}."
                return Outcome("forbidden", verdict, entry, None)
        if self._match is None:
            return None
        miss = self._match.compare(element)
        if miss is None:
            return Outcome("met", f"Entry {entry.number} matches {_cut(self._match.text)}.", entry, None)
        if self._nearest is None or miss.score >= self._nearest[1].score:
            self._nearest = (entry, miss)
        return None

    @property
    def _whom(self) -> str:
        return self._session or self._account or "any client"

    def _unmet(self, nearest: tuple[Entry, str] | None) -> str:
        assert self._match is not None
        sent = "sent" if self._direction == "in" else "was sent"
        head = f"Within {self._within:g} s {self._whom} {sent} nothing that matches {_cut(self._match.text)}."
        if nearest is None or self._last is None:
            return f"{head} Nothing came at all."
        entry, difference = nearest
        tail = f" The last of {self._seen} was entry {self._last.number}: {_shown(self._last)}."
        if entry is self._last:
            tail = f" It was the last of {self._seen}."
        return f"{head} Nearest is entry {entry.number}, {_shown(entry)}: {difference}.{tail}"


def _shown(entry: Entry) -> str:
    return _cut(entry.data.decode("utf-8", "replace"))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
