"""Cases that a client fails also by hanging, whatever else their rule leaves open.

Tests: ``tests/conformance/test_cases_presence.py``, ``tests/conformance/test_cases_streams.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.syntax_judging import lively

__all__ = ["surviving"]


def surviving(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases, each failed by a client that answers nothing any more."""
    return tuple(replace(case, judge=partial(lively, case.judge)) for case in cases)
