"""What a test has to do with beside a domain: who logs in, and what can go wrong.

Tests: ``tests/testing/test_fixture.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rosterkit.errors import RosterkitError

__all__ = ["Account", "ApiError", "NeverCame", "Unmet"]


class Account(NamedTuple):
    """What a client logs in with."""

    jid: str
    password: str


class ApiError(RosterkitError):
    """The control API has refused a call; ``status`` is that of HTTP, ``body`` the JSON."""

    def __init__(self, status: int, body: Any) -> None:
        said = body.get("error", {}).get("sentence", "") if isinstance(body, dict) else str(body)
        super().__init__(f"{said} (HTTP {status})")
        self.status = status
        self.body = body


class Unmet(AssertionError):
    """The client did not do what was expected; the text says what came nearest."""


class NeverCame(Unmet):
    """The client was not there, or has not come to what it should."""
