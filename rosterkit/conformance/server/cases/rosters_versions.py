"""Roster versioning (RFC 6121 §2.6).

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import (
    rosters_versions_apart,
    rosters_versions_changed,
    rosters_versions_current,
    rosters_versions_given,
    rosters_versions_interim,
)

__all__ = ["CASES"]

CASES: tuple[ServerCase, ...] = (
    *rosters_versions_given.CASES,
    *rosters_versions_current.CASES,
    *rosters_versions_apart.CASES,
    *rosters_versions_changed.CASES,
    *rosters_versions_interim.CASES,
)
