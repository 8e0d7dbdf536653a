"""Accounts as lines of JSON, as ``rosterkit export`` writes them; :mod:`rosterkit.store.line_reader` reads them.

The first line names the format and its version, the last one says how many accounts there are, so that an export
that was cut off is never taken for a whole one.  In between, each account is a line of its own, followed by one line
for each of its kept requests, entries, blocked JIDs and changes.

Tests: ``tests/store/test_lines.py``; the format is told in ``docs/transfer.md``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping

from rosterkit.core.roster import Item, Kept
from rosterkit.store import StoredAccount

__all__ = ["FORMAT", "KEYS", "MAX_LINE_BYTES", "VERSION", "TooLong", "write"]

FORMAT = "rosterkit-accounts"
#: What this release writes, and the newest that it reads.
VERSION = 1
#: A longer line is refused instead of read, and never written.
MAX_LINE_BYTES = 4 * 1024 * 1024
#: What the keys of a mechanism are called, in the order in which they stand in the value.
KEYS = ("salt", "iterations", "stored_key", "server_key")


class TooLong(ValueError):
    """Something of an account does not fit into a line; the text names the account and shows its beginning."""


def write(accounts: Iterable[StoredAccount]) -> Iterator[bytes]:
    """The lines of ``accounts``, each with its line feed, in UTF-8.

    Raises :class:`TooLong` for an account with more in one line than :data:`MAX_LINE_BYTES`.
    """
    yield _line({"format": FORMAT, "version": VERSION}, FORMAT)
    count = 0
    for account in accounts:
        count += 1
        for value in _values(account):
            yield _line(value, account.jid)
    yield _line({"end": FORMAT, "accounts": count}, FORMAT)


def _line(value: Mapping[str, object], owner: str) -> bytes:
    data = json.dumps(value, ensure_ascii=False).encode() + b"\n"
    if len(data) > MAX_LINE_BYTES:
        shown = data[:80].decode(errors="replace")
        raise TooLong(
            f"{owner} holds something that takes more than the {MAX_LINE_BYTES} bytes of a line: {shown}..."
        )
    return data


def _values(account: StoredAccount) -> Iterator[dict[str, object]]:
    roster = account.roster
    yield {
        "account": account.jid,
        "version": roster.version,
        "credentials": {name: _keys_out(*keys) for name, keys in account.credentials.items()},
    }
    for contact, kept in roster.requests.items():
        yield _request_out(contact, kept)
    for item in roster.items.values():
        yield _item_out(item)
    for address in roster.blocked:
        yield {"blocked": address}
    for version, contact in roster.log:
        yield {"change": contact, "version": version}


def _keys_out(salt: bytes, iterations: int, *keys: bytes) -> dict[str, object]:
    stored_key, server_key = (b64encode(key).decode() for key in keys)
    return dict(zip(KEYS, (b64encode(salt).decode(), iterations, stored_key, server_key), strict=True))


def _request_out(contact: str, kept: Kept) -> dict[str, object]:
    attributes = {"id": kept.id, "lang": kept.lang}
    return {"request": contact, "xml": kept.body.decode()} | _given(attributes)


def _item_out(item: Item) -> dict[str, object]:
    value: dict[str, object] = {"contact": item.jid} | _given({"name": item.name})
    if item.groups:
        value["groups"] = item.groups
    value["subscription"] = item.subscription
    return value | {key: True for key in ("ask", "approved") if getattr(item, key)}


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}
