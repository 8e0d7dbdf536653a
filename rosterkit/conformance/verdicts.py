"""What a judge may say: a verdict, on which oracle it rests, and in words what came.

Tests: ``tests/conformance/test_verdicts.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

__all__ = [
    "Finding",
    "Level",
    "Oracle",
    "Verdict",
    "failed",
    "inconclusive",
    "info",
    "passed",
    "unsupported",
    "worst",
]


class Verdict(Enum):
    """The six verdicts; only FAIL and INCONCLUSIVE are never as they should be."""

    PASS = "PASS"
    NON_STRICT = "NON-STRICT"  # breaks a SHOULD
    FAIL = "FAIL"  # breaks a MUST
    INFO = "INFO"  # the RFC leaves it open: the behaviour in words
    UNSUPPORTED = "UNSUPPORTED"  # the feature was shown not to be there
    INCONCLUSIVE = "INCONCLUSIVE"  # the tester or its surroundings: never green


class Level(Enum):
    """How strongly the RFC asks for it."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Oracle(Enum):
    """What a verdict rests on: the wire alone, or one of the three ways to see what the client believes."""

    WIRE = "wire"
    REPORT = "report"  # the client, or a command, has told its roster
    EDIT = "edit"  # what the client sent from its cache when it was made to edit an entry
    VER = "ver"  # the version that the client presented at its next login


class Finding(NamedTuple):
    """A verdict and why: ``words`` says what came, in a sentence.  ``entries`` are numbers of the journal."""

    verdict: Verdict
    words: str
    oracle: Oracle = Oracle.WIRE
    entries: tuple[int, ...] = ()


def passed(words: str, oracle: Oracle = Oracle.WIRE, *entries: int) -> Finding:
    """The rule was followed."""
    return Finding(Verdict.PASS, words, oracle, entries)


def failed(level: Level, words: str, oracle: Oracle = Oracle.WIRE, *entries: int) -> Finding:
    """The rule was broken: FAIL where it is a MUST, NON-STRICT where it is a SHOULD, INFO where it is a MAY."""
    verdict = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT, Level.MAY: Verdict.INFO}[level]
    return Finding(verdict, words, oracle, entries)


def info(words: str, oracle: Oracle = Oracle.WIRE, *entries: int) -> Finding:
    """The RFC leaves it open; ``words`` says what the client does."""
    return Finding(Verdict.INFO, words, oracle, entries)


def unsupported(words: str) -> Finding:
    """What the case is about was shown not to be there."""
    return Finding(Verdict.UNSUPPORTED, words)


def inconclusive(words: str) -> Finding:
    """Nothing is known; ``words`` says what would have to be different."""
    return Finding(Verdict.INCONCLUSIVE, words)


_SEVERITY = (
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.NON_STRICT,
    Verdict.INFO,
    Verdict.UNSUPPORTED,
    Verdict.PASS,
)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The first of the gravest findings; None where there are none."""
    return min(findings, key=lambda finding: _SEVERITY.index(finding.verdict), default=None)
