"""Text that somebody else may have made, so that whoever reads it sees what is there and no terminal acts upon it.

Control characters, directions of writing, characters without a width and halves of characters are spelled out.

Tests: ``tests/core/test_visible.py``.
"""

from __future__ import annotations

__all__ = ["plain"]


def plain(text: str, keep: str = "") -> str:
    """``text`` with what is not printable spelled as in a Python string; the characters in ``keep`` stay.

    It is safe for terminals, and every character in it can stand in XML and be written as UTF-8.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one in keep else ascii(one)[1:-1] for one in text)
