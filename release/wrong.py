"""What the checks of a release find.

Tests: ``tests/release/``.
"""

from __future__ import annotations

__all__ = ["WrongError"]


class WrongError(Exception):
    """Something is not as a release needs it; the text is a sentence that says what, where, and what to do."""
