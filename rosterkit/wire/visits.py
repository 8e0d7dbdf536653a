"""The sessions of clients as a journal tells of them: whose, from when to when, and what each had come to.

Tests: ``tests/wire/test_recorded.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.core.journal import Entry
from rosterkit.core.scenario import STATES
from rosterkit.wire.patterns import parse_entry

__all__ = ["Visit", "visits"]


class Visit:
    """One session of ``account`` (a bare JID) as the entries tell of it; ``first`` and ``last`` are numbers.

    ``last`` is None while it is there; ``jid`` is its full JID, None where none was bound.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.last: int | None = None
        self.account: str | None = None
        self.jid: str | None = None
        self._turns: list[tuple[int, str, bool]] = []

    def is_there(self, number: int) -> bool:
        """Whether it was connected when the entry ``number`` was made."""
        return self.first < number and (self.last is None or number < self.last)

    def states(self, number: int) -> tuple[str, ...]:
        """What it had come to before the entry ``number``; that it was connected is said where that is all."""
        states = {state: is_on for at, state, is_on in self._turns if at < number}
        found = tuple(state for state in STATES if states.get(state))
        return found[1:] or found

    def see(self, entry: Entry) -> None:
        """One of its entries, in their order."""
        if entry.account is not None:
            self.account = entry.account
        if entry.jid is not None and self.jid is None:
            self.jid = entry.jid
            self._turns.append((entry.number, "connected", True))
        if entry.direction == "note" and entry.kind == "session":
            self.last = entry.number
        elif entry.direction == "in" and entry.kind == "roster":
            self._turns.append((entry.number, "interested", True))
        elif entry.direction == "in" and entry.kind == "presence":
            self._see_presence(entry)

    def _see_presence(self, entry: Entry) -> None:
        presence = parse_entry(entry.data)
        if presence is not None and presence.get("to") is None and presence.get("type") in (None, "unavailable"):
            self._turns.append((entry.number, "available", presence.get("type") is None))


def visits(entries: Sequence[Entry]) -> dict[str, Visit]:
    """Every session of a client that has logged in, by its id."""
    found: dict[str, Visit] = {}
    for entry in entries:
        if entry.session is not None:
            found.setdefault(entry.session, Visit(entry.number)).see(entry)
    return {label: visit for label, visit in found.items() if visit.account is not None}
