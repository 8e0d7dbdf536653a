"""What somebody else, with another client, does to the account's roster.

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_cases_versioning.py``.
"""

from __future__ import annotations

from rosterkit.conformance.scene import Scene
from rosterkit.core import jid
from rosterkit.core.commands import Command, PutEntry, RemoveEntry
from rosterkit.core.roster import Item

__all__ = ["put", "removed"]


def put(scene: Scene, entry: Item) -> Command:
    """An entry is added or changed, and pushed."""
    return PutEntry(jid.parse(scene.me), entry.jid, entry, None)


def removed(scene: Scene, contact: str) -> Command:
    """An entry is removed, and the removal pushed."""
    return RemoveEntry(jid.parse(scene.me), contact)
