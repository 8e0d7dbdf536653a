"""Every mutant, in the order of the cases that catch them.

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.model.mutant import Mutant
from rosterkit.conformance.model.mutants import (
    checks,
    edits,
    login,
    presence,
    senders,
    streams,
    subscriptions,
    subscriptions_notices,
    subscriptions_requests,
    syntax,
    versioning,
)

__all__ = ["MUTANTS"]

MUTANTS: tuple[Mutant, ...] = (
    *syntax.MUTANTS,
    *senders.MUTANTS,
    *login.MUTANTS,
    *edits.MUTANTS,
    *versioning.MUTANTS,
    *subscriptions.MUTANTS,
    *subscriptions_requests.MUTANTS,
    *subscriptions_notices.MUTANTS,
    *presence.MUTANTS,
    *streams.MUTANTS,
    *checks.MUTANTS,
)
