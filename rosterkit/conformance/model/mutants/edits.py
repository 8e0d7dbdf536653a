"""Placeholder."""

from __future__ import annotations

from rosterkit.conformance.model.mutant import Mutant

__all__ = ["MUTANTS"]

MUTANTS: tuple[Mutant, ...] = ()
