"""A roster cache in one JSON file, replaced as a whole: a crash at any moment leaves the old file or the new one.

Changes are made in memory; flushing writes them.  Good for some thousand contacts: every flush writes all of them.

Tests: ``tests/client/test_json_cache.py`` and the specification in ``tests/client/test_cache.py``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rosterkit.client.cache_base import CacheError, InMemory
from rosterkit.client.cache_files import check_usable, place_of, resolved, set_aside
from rosterkit.client.cache_values import BadValueError, Items, Snapshot, checked_bare, parse_json

__all__ = ["FORMAT", "JsonCache"]

#: What this release reads and writes.
FORMAT = 1


class JsonCache(InMemory):
    """A :class:`~rosterkit.client.cache.RosterCache` in the file ``path``, readable by its owner only.

    It is ``{"format": 1, "accounts": {owner: {"ver": ..., "items": {...}}}}``; a missing or empty file is an empty
    cache.  A damaged one is set aside, with a warning.  Raises :class:`CacheError` where a newer rosterkit wrote it,
    or it cannot be read or written.  Of two processes with one file the last to flush wins.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = resolved(path)
        super().__init__(place_of(self._path))
        self._dirty = False
        if check_usable(self._path):
            self._read()

    def _read(self) -> None:
        try:
            data = self._path.read_bytes()
        except OSError as error:
            raise CacheError(f"{self._place} could not be read: {error.strerror}. Name another file.") from error
        try:
            accounts = _accounts_in(data, self._place) if data else {}
        except BadValueError as error:
            set_aside(self._path, str(error))
            return
        for owner, (version, items) in accounts.items():
            super()._replace(owner, version, items)

    def _replace(self, owner: str, version: str | None, items: Items) -> None:
        self._dirty = True
        super()._replace(owner, version, items)

    def _update(self, owner: str, version: str | None, jid: str, item: dict[str, Any] | None) -> bool:
        self._dirty = True
        return super()._update(owner, version, jid, item)

    def _flush(self) -> None:
        if not self._dirty:
            return
        accounts = {owner: {"ver": self._versions[owner], "items": items} for owner, items in self._items.items()}
        data = json.dumps({"format": FORMAT, "accounts": accounts}, ensure_ascii=False).encode()
        try:
            with _temporary_beside(self._path) as (file, name):
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # before the new name points to it: a power cut must not leave it empty
                name.replace(self._path)
        except OSError as error:
            raise CacheError(
                f"{self._place} could not be written: {error.strerror}. What it held before is still there; make "
                "room, or make its folder writable, and flush it again."
            ) from error
        self._dirty = False


@contextmanager
def _temporary_beside(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file in the same folder, mode 0600, and its name; gone afterwards unless it was renamed."""
    with tempfile.NamedTemporaryFile(prefix=f".{path.name}-", suffix=".tmp", dir=path.parent, delete=False) as file:
        name = Path(file.name)
        try:
            yield file, name
        finally:
            name.unlink(missing_ok=True)


def _accounts_in(data: bytes, place: str) -> dict[str, tuple[str | None, Items]]:
    """Owner -> version and items; BadValueError for what is wrong, CacheError for a newer format."""
    try:
        whole = parse_json(data.decode())
    except UnicodeDecodeError as error:
        raise BadValueError(f"It is not UTF-8: {error}.") from error
    number = whole.get("format") if isinstance(whole, dict) else None
    if type(number) is not int or number < 1:
        raise BadValueError("It has no number of a format.")
    if number > FORMAT:
        raise CacheError(
            f"{place} has format {number}, and this release knows only {FORMAT}: a newer rosterkit wrote it. Install "
            "that one again, or use another file."
        )
    accounts = _only(whole, {"format", "accounts"}, "file")["accounts"]
    if not isinstance(accounts, dict):
        raise BadValueError("The accounts are not an object.")
    return {checked_bare(owner): _account(owner, account) for owner, account in accounts.items()}


def _account(owner: str, account: Any) -> tuple[str | None, Items]:
    parts = _only(account, {"ver", "items"}, f"account {owner:.80}")
    return Snapshot(parts["ver"], parts["items"]).checked()


def _only(value: Any, keys: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise BadValueError(f"The {what} must be an object with {' and '.join(sorted(keys))}, and nothing else.")
    return value
