"""Every case and check, in the order of the RFC, and how they are found by their ids.

Tests: ``tests/conformance/test_catalogue.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from rosterkit.conformance.case import Case, Rule
from rosterkit.conformance.cases import (
    edits,
    login,
    presence,
    presence_syntax,
    senders,
    streams,
    streams_answers,
    subscriptions,
    subscriptions_answers,
    subscriptions_notices,
    subscriptions_requests,
    syntax,
    versioning,
    versioning_interim,
    versioning_pushes,
    versioning_results,
)
from rosterkit.conformance.checks import CHECKS

__all__ = ["CASES", "CHECKS", "in_order", "matches", "selected"]

_Row = TypeVar("_Row", bound=Rule)


def in_order(rows: Iterable[_Row]) -> list[_Row]:
    """Cases and checks in the order of the documents: RFC 6121 first, then by section, then as they were.

    An appendix stands behind the sections with numbers.
    """
    return sorted(rows, key=lambda one: _place(one.id))


def _place(case_id: str) -> tuple[bool, str, bool, tuple[int, ...]]:
    document, section, _ = case_id.split("/")
    return document != "rfc6121", document, section[0].isalpha(), tuple(map(int, re.findall(r"\d+", section)))


CASES: Sequence[Case] = tuple(
    sorted(
        (
            *syntax.CASES,
            *senders.CASES,
            *login.CASES,
            *edits.CASES,
            *versioning.CASES,
            *versioning_pushes.CASES,
            *versioning_results.CASES,
            *versioning_interim.CASES,
            *subscriptions.CASES,
            *subscriptions_requests.CASES,
            *subscriptions_answers.CASES,
            *subscriptions_notices.CASES,
            *presence.CASES,
            *presence_syntax.CASES,
            *streams.CASES,
            *streams_answers.CASES,
        ),
        key=lambda case: _place(case.id),
    )
)


def matches(pattern: str, case: Rule) -> bool:
    """Whether a pattern takes a case: an id or alias, the beginning of one up to a ``/`` or a ``.``, or a glob."""
    begins = pattern.rstrip("/.")
    return any(
        fnmatchcase(name, pattern)
        or name.startswith((f"{begins}/", f"{begins}."))
        or fnmatchcase(name, f"{pattern}/*")
        for name in (case.id, *case.aliases)
    )


def selected(patterns: Sequence[str], rows: Iterable[_Row]) -> list[_Row]:
    """Those that any pattern takes, in their order; all where there is no pattern."""
    return [row for row in rows if not patterns or any(matches(pattern, row) for pattern in patterns)]
