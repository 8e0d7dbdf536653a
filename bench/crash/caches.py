"""Every copy of a roster that a client ever held, and whether the server leads it to the right roster.

Tests: ``tests/bench/test_crash_caches.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple

from bench.soak.model import Shown
from bench.soak.roster_copy import RosterCopy

__all__ = ["Cache", "Caches", "Led"]


class Cache(NamedTuple):
    """A copy as it was at one moment."""

    account: str
    version: str
    entries: Mapping[str, Shown]

    def copied(self) -> RosterCopy:
        """A client's copy that begins here."""
        copy = RosterCopy(self.account)
        copy.version, copy.entries = self.version, dict(self.entries)
        return copy


class Led(NamedTuple):
    """Where the answer to a versioned get, with the pushes behind it, has led a copy."""

    cache: Cache
    copy: RosterCopy

    def problem(self, roster: Mapping[str, Shown], version: str) -> str | None:
        """A sentence where it is not the present roster with its present version."""
        if self.copy.entries == roster and self.copy.version == version:
            return None
        return (
            f"A copy of {self.cache.account} at version {self.cache.version} was led to {self.copy.entries} at "
            f"version {self.copy.version}, and the roster is {dict(roster)} at version {version}."
        )


class Caches:
    """The copies, each once, by account and in the order in which they were held."""

    def __init__(self) -> None:
        self._known: set[tuple[object, ...]] = set()
        self._held: dict[str, list[Cache]] = {}

    def hold(self, copy: RosterCopy) -> None:
        """A client has this copy now; one without a version is none."""
        if not copy.version:
            return
        key = (copy.owner, copy.version, frozenset(copy.entries.items()))
        if key not in self._known:
            self._known.add(key)
            self._held.setdefault(copy.owner, []).append(Cache(copy.owner, copy.version, dict(copy.entries)))

    def of(self, account: str) -> Sequence[Cache]:
        """All copies of an account's roster, the oldest first."""
        return self._held.get(account, ())

    def chosen(self, account: str, random: Random, newest: int, older: int) -> list[Cache]:
        """The ``newest`` copies, and so many of the older ones by chance."""
        held = list(self.of(account))
        before, last = (held[:-newest], held[-newest:]) if newest else (held, [])
        return [*random.sample(before, min(older, len(before))), *last]

    def __len__(self) -> int:
        return len(self._known)
