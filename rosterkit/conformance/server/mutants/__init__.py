"""Every mutant of our own server, in the order of the rules.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.mutant import Mutant
from rosterkit.conformance.server.mutants import states

__all__ = ["MUTANTS"]

MUTANTS: tuple[Mutant, ...] = (*states.MUTANTS,)
