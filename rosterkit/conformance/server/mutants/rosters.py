"""Mutants of the rules for rosters, but for versions (RFC 6121 §2.1 to §2.5).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.mutant import Mutant
from rosterkit.conformance.server.mutants import (
    rosters_edited,
    rosters_others,
    rosters_pushed,
    rosters_read,
    rosters_removed,
    rosters_wrong_sets,
)

__all__ = ["MUTANTS"]

MUTANTS: tuple[Mutant, ...] = (
    *rosters_read.MUTANTS,
    *rosters_others.MUTANTS,
    *rosters_pushed.MUTANTS,
    *rosters_edited.MUTANTS,
    *rosters_wrong_sets.MUTANTS,
    *rosters_removed.MUTANTS,
)
