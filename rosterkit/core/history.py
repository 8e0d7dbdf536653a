"""Roster versions: a bounded log of changes, and what changed since a version (RFC 6121 §2.6).

A version is an opaque token that the server draws anew for each state of a roster; two states never share one.
The log is a tuple of ``(version after the change, contact)``, oldest first, and does not change once made.

Tests: ``tests/core/test_history.py``.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Entry", "History", "append", "since"]


class Entry(NamedTuple):
    """One change: the version that it led to, and the bare JID of the entry that changed."""

    version: str
    contact: str


History = tuple[Entry, ...]


def append(history: History, version: str, contact: str, limit: int) -> History:
    """The log with one more change, cut to the newest ``limit`` changes (0 keeps none)."""
    return (*history, Entry(version, contact))[-limit:] if limit else ()


def since(history: History, version: str) -> list[Entry] | None:
    """What changed after ``version``, or None where the log does not reach back to it.

    Each contact stands once, at its *last* change, so that a client cut off between two pushes holds a version
    that leads it to the right roster (RFC 6121 §2.6.3).  The version must be one of the log's own or the one just
    before its first change, which the caller keeps as the first entry.
    """
    newest: list[Entry] = []
    met: set[str] = set()
    for entry in reversed(history):
        if entry.version == version:
            newest.reverse()
            return newest
        if entry.contact not in met:
            met.add(entry.contact)
            newest.append(entry)
    return None
