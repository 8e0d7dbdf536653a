"""The roster as the account's own resources see and change it (RFC 6121 §2.1 to §2.4).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import (
    rosters_asked,
    rosters_edits,
    rosters_items,
    rosters_push_stanzas,
    rosters_pushes,
    rosters_updates,
)

__all__ = ["CASES"]

CASES: tuple[ServerCase, ...] = (
    *rosters_items.CASES,
    *rosters_asked.CASES,
    *rosters_pushes.CASES,
    *rosters_push_stanzas.CASES,
    *rosters_edits.CASES,
    *rosters_updates.CASES,
)
