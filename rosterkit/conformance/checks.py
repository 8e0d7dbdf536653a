"""Rules that are looked at in every play.

Tests: ``tests/conformance/test_checks.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Check

__all__ = ["CHECKS"]

CHECKS: tuple[Check, ...] = ()
