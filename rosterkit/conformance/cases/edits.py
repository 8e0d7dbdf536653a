"""Edits of the roster: adding, updating and deleting an entry (RFC 6121 §2.3 to §2.5).

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases import edits_others, edits_own, edits_refused, edits_sent

__all__ = ["CASES"]

CASES: tuple[Case, ...] = (*edits_sent.CASES, *edits_own.CASES, *edits_others.CASES, *edits_refused.CASES)
