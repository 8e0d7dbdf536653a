"""Syntax and hostile items (RFC 6121 §2.1): what a client makes of pushes and results that are not as it expects.

Tests: ``tests/conformance/test_cases_syntax.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases import syntax_items, syntax_jids, syntax_names, syntax_rosters, syntax_states

__all__ = ["CASES"]

CASES: tuple[Case, ...] = (
    *syntax_items.CASES,
    *syntax_states.CASES,
    *syntax_jids.CASES,
    *syntax_names.CASES,
    *syntax_rosters.CASES,
)
