"""Mutants that take pushes from the wrong sender, or refuse them from the right one (RFC 6121 §2.1.6).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant

__all__ = ["MUTANTS"]


class _TakesFromOtherDomains(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or (sender or "").endswith("@strangers.test")


class _ComparesWithFullJid(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or sender == self.full


MUTANTS: tuple[Mutant, ...] = (
    Mutant("takes-pushes-from-strangers", "It believes pushes from people at other domains.", _TakesFromOtherDomains),
    Mutant("takes-pushes-from-itself", "It believes pushes from its own full JID.", _ComparesWithFullJid),
)
