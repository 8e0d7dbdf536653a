"""A mutant: the scripted client with one rule broken.

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from rosterkit.conformance.model.client import ScriptedClient

__all__ = ["Mutant"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant.  ``breaks`` says in a sentence what it does wrong; no two mutants do the same."""

    name: str
    breaks: str
    client: type[ScriptedClient]
