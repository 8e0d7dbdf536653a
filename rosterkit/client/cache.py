"""Where a client keeps its roster over restarts, so that a login fetches only what has changed (RFC 6121 §2.6).

:class:`RosterCache` is the contract; memory, a JSON file and an SQLite file fulfil it, and an application may write
its own.

Tests: ``tests/client/test_cache.py`` (one specification, run on every cache).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from rosterkit.client.cache_base import CacheError, MemoryCache
from rosterkit.client.cache_values import Snapshot
from rosterkit.client.json_cache import JsonCache
from rosterkit.client.sqlite_cache import SqliteCache

__all__ = [
    "CacheError",
    "JsonCache",
    "MemoryCache",
    "RosterCache",
    "Snapshot",
    "SqliteCache",
    "open_cache",
    "reopening_cache",
]


class RosterCache(Protocol):
    """Rosters of any number of accounts, each under its ``owner``, a prepared bare JID.  Used by one thread.

    At any time, after a crash at any point too, what is stored of an owner is one pair of version and items as they
    were at some moment.  It may be an older one: the server then tells what has happened since.  That is why changes
    may be written late, and why one that is refused or fails ends the following of its owner until :meth:`replace`.

    Everything is checked on its way in and on its way out; every method raises :class:`CacheError` for a wrong value,
    when reading or writing fails, and after :meth:`close`, but for :meth:`flush` and :meth:`close` themselves.
    """

    def load(self, owner: str) -> Snapshot | None:
        """The newest roster of ``owner``, not flushed changes included; None where there is none.

        The snapshot is the caller's: it does not change with the cache, nor the cache with it.
        """

    def replace(self, owner: str, snapshot: Snapshot) -> None:
        """Keep ``snapshot``, a whole roster, instead of what was kept of ``owner``."""

    def update(self, owner: str, version: str | None, jid: str, item: Mapping[str, Any] | None) -> None:
        """Keep one push: ``item`` is what ``jid`` is now, or None where it was removed; ``version`` is that after it.

        :class:`CacheError` where no roster of ``owner`` is kept that the change fits to.
        """

    def flush(self) -> None:
        """Write what has not been written yet; with nothing to write, or after :meth:`close`, a no-op."""

    def close(self) -> None:
        """Flush and let go of what is open, whether or not the flush fails; a second call is a no-op."""


def open_cache(path: str | os.PathLike[str]) -> RosterCache:
    """The cache in the file ``path``, made if it is not there: JSON where it ends in ``.json``, else SQLite.

    A damaged file is set aside with a warning in the log, and the cache is empty.  Raises :class:`CacheError` with
    the path and what to do.
    """
    return JsonCache(path) if Path(path).suffix == ".json" else SqliteCache(path)


def reopening_cache(path: str | os.PathLike[str]) -> RosterCache:
    """The cache in the file ``path`` as :func:`open_cache` gives it; after a :meth:`~RosterCache.close` it is opened
    again when it is next used, so that whoever is stopped leaves the file to others and can be started again.
    """
    return _Reopening(Path(path).absolute())


class _Reopening:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: RosterCache | None = open_cache(path)

    def _cache(self) -> RosterCache:
        if self._opened is None:
            self._opened = open_cache(self._path)
        return self._opened

    def load(self, owner: str) -> Snapshot | None:
        return self._cache().load(owner)

    def replace(self, owner: str, snapshot: Snapshot) -> None:
        self._cache().replace(owner, snapshot)

    def update(self, owner: str, version: str | None, jid: str, item: Mapping[str, Any] | None) -> None:
        self._cache().update(owner, version, jid, item)

    def flush(self) -> None:
        if self._opened is not None:
            self._opened.flush()

    def close(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened.close()
