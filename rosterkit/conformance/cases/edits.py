"""Placeholder."""

from __future__ import annotations

from rosterkit.conformance.case import Case

__all__ = ["CASES"]

CASES: tuple[Case, ...] = ()
