"""What the control API refuses, as one exception: a status, the key, what is wrong with it, what it takes.

Tests: ``tests/net/control/test_site.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.errors import RosterkitError, ScriptError

__all__ = ["Refusal", "conflict", "missing", "of_script", "wrong"]


class Refusal(RosterkitError):
    """An answer with ``status`` (HTTP) whose body says what was wrong; ``more`` are further members of it."""

    def __init__(self, status: int, key: str, problem: str, expected: str, **more: Any) -> None:
        super().__init__(f"{key} {problem}; it takes {expected}." if expected else f"{key} {problem}.")
        self.status = status
        self.body = {"key": key, "problem": problem, "expected": expected, "sentence": str(self), **more}


def wrong(key: str, problem: str, expected: str) -> Refusal:
    """The request says something that cannot be taken."""
    return Refusal(400, key, problem, expected)


def missing(key: str, problem: str, expected: str = "") -> Refusal:
    """The path names something that is not there."""
    return Refusal(404, key, problem, expected)


def conflict(key: str, problem: str, expected: str = "") -> Refusal:
    """It cannot be, as things are."""
    return Refusal(409, key, problem, expected)


def of_script(error: ScriptError) -> Refusal:
    """What a reader of JSON has found."""
    return wrong(error.key or "the body", error.problem, error.expected)
