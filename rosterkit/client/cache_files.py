"""Files of roster caches: whether one may be used, and what happens to a damaged one.

Tests: ``tests/client/test_json_cache.py``, ``tests/client/test_sqlite_cache.py``.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from twisted.logger import Logger

from rosterkit.client.cache_base import CacheError

__all__ = ["check_usable", "place_of", "resolved", "set_aside"]

_log = Logger()


def place_of(path: Path) -> str:
    """How sentences begin that are about the cache in ``path``."""
    return f"The roster cache {path}"


def resolved(path: str | os.PathLike[str]) -> Path:
    """The file itself: twistd changes the folder after a relative path was given, and a link is to stay one."""
    return Path(os.path.realpath(path))


def check_usable(path: Path) -> bool:
    """Whether ``path`` is there; :class:`CacheError` where a cache can never be there.

    The folder must be there and writable, as new files are made beside the cache.
    """
    if not path.parent.is_dir():
        raise CacheError(f"{place_of(path)} has no folder to be in; create {path.parent}, or name another.")
    if not _allowed(path.parent, os.W_OK | os.X_OK):
        raise CacheError(f"{place_of(path)} cannot be written; make {path.parent} writable for this user.")
    if not os.path.lexists(path):
        return False
    if not path.is_file():
        raise CacheError(f"{place_of(path)} is not a file; name another.")
    if not _allowed(path, os.R_OK | os.W_OK):
        raise CacheError(f"{place_of(path)} must be readable and writable for this user.")
    return True


def set_aside(path: Path, why: str, companions: tuple[str, ...] = ()) -> None:
    """Rename the damaged file to ``<name>.damaged-<n>``, the first that is free, and log one sentence.

    ``companions`` are endings of files that belong to it (``-wal``): they are renamed the same way, and first, as one
    that stayed behind alone would be taken for part of the next file.
    """
    endings = (*companions, "")
    for number in count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not any(os.path.lexists(f"{aside}{ending}") for ending in endings):
            break
    try:
        for ending in endings:
            if os.path.lexists(f"{path}{ending}"):
                Path(f"{path}{ending}").rename(f"{aside}{ending}")
    except OSError as error:
        raise CacheError(
            f"{place_of(path)} is damaged ({why}) and could not be set aside: {error.strerror}. Move it away."
        ) from error
    _log.warn(
        "{place} is damaged ({why}) and was set aside as {aside}; the roster will be fetched whole.",
        place=place_of(path),
        why=why.rstrip("."),
        aside=aside,
    )


def _allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
