"""What all roster caches do alike: check what they are given, and never mix two moments of a roster.

A change that is refused, or fails, is missing from then on.  What is kept of its owner therefore stays as it is, a
pair of some earlier moment, until the whole roster is given again.

Tests: ``tests/client/test_cache.py`` (one specification, run on every cache).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rosterkit.client.cache_values import (
    BadValueError,
    Items,
    Snapshot,
    checked_bare,
    checked_item,
    checked_items,
    checked_version,
)
from rosterkit.errors import RosterkitError

__all__ = ["CacheError", "CheckedCache", "InMemory", "MemoryCache"]


class CacheError(RosterkitError):
    """A roster cache could not be opened, read or written, or was given what it cannot keep.

    The text names the file and what to do next.  What is in the file is still good.
    """


class CheckedCache(ABC):
    """The public side of a :class:`~rosterkit.client.cache.RosterCache`; ``place`` names it in sentences."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._closed = False
        self._behind: set[str] = set()  # whose changes were lost: further ones would not fit what is kept

    def load(self, owner: str) -> Snapshot | None:
        """See :class:`~rosterkit.client.cache.RosterCache`, as for the others."""
        self._check(owner)
        return self._load(owner)

    def replace(self, owner: str, snapshot: Snapshot) -> None:
        """Keep ``snapshot`` instead of what was kept of ``owner``."""
        self._check(owner)
        with self._kept_or_behind(owner):
            self._replace(owner, checked_version(snapshot.version), checked_items(snapshot.items))
        self._behind.discard(owner)

    def update(self, owner: str, version: str | None, jid: str, item: Mapping[str, Any] | None) -> None:
        """Keep one change; ``item`` is None for an entry that was removed."""
        self._check(owner)
        known = owner not in self._behind
        if known:
            with self._kept_or_behind(owner):
                checked = None if item is None else checked_item(item)
                known = self._update(owner, checked_version(version), checked_bare(jid), checked)
        if not known:
            raise CacheError(
                f"{self._place} holds no roster of {owner} that the change fits to; give it the whole one first."
            )

    def flush(self) -> None:
        """Write what has not been written yet."""
        if not self._closed:
            self._flush()

    def close(self) -> None:
        """Flush, then let go of what is open."""
        if not self._closed:
            self._closed = True
            try:
                self._flush()
            finally:
                self._release()

    def _check(self, owner: str) -> None:
        if self._closed:
            raise CacheError(f"{self._place} has been closed; open it again.")
        try:
            checked_bare(owner)
        except BadValueError as error:
            raise CacheError(f"{self._place} needs the account's bare JID: {error}") from error

    @contextmanager
    def _kept_or_behind(self, owner: str) -> Iterator[None]:
        """Whatever goes wrong inside, further changes of ``owner`` do not fit any more."""
        try:
            yield
        except BaseException as error:
            self._behind.add(owner)
            if isinstance(error, BadValueError):
                raise CacheError(f"{self._place} cannot keep a value in the roster of {owner}: {error}") from error
            raise

    # What each kind does its own way; all values are good and belong to the cache

    @abstractmethod
    def _load(self, owner: str) -> Snapshot | None: ...

    @abstractmethod
    def _replace(self, owner: str, version: str | None, items: Items) -> None: ...

    @abstractmethod
    def _update(self, owner: str, version: str | None, jid: str, item: dict[str, Any] | None) -> bool:
        """Whether there is a roster of ``owner``; where there is none nothing is done."""

    def _flush(self) -> None:  # noqa: B027  # not every kind has to
        pass

    def _release(self) -> None:  # noqa: B027
        pass


class InMemory(CheckedCache):
    """Rosters in two dicts."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._versions: dict[str, str | None] = {}
        self._items: dict[str, Items] = {}

    def _load(self, owner: str) -> Snapshot | None:
        if owner not in self._versions:
            return None
        # The same function copies: what is given away must not change with the cache, nor change it.
        return Snapshot(
            self._versions[owner], {bare: checked_item(item) for bare, item in self._items[owner].items()}
        )

    def _replace(self, owner: str, version: str | None, items: Items) -> None:
        self._items[owner] = items
        self._versions[owner] = version

    def _update(self, owner: str, version: str | None, jid: str, item: dict[str, Any] | None) -> bool:
        if owner not in self._versions:
            return False
        if item is None:
            self._items[owner].pop(jid, None)
        else:
            self._items[owner][jid] = item
        self._versions[owner] = version  # last: an item that is ahead of its version does no harm
        return True


class MemoryCache(InMemory):
    """A cache that ends with the process.  Closing does nothing: the next client finds what the last one kept."""

    def __init__(self) -> None:
        super().__init__("The roster cache in memory")

    def close(self) -> None:
        """Nothing is open."""
