"""Text that a client may have made, for a report: no longer than can be read, and on a page nothing but text.

No text goes to a page, a terminal or an XML file in another way than this, and :mod:`rosterkit.core.visible`.

Tests: ``tests/conformance/test_report_visible.py``.
"""

from __future__ import annotations

from markupsafe import Markup, escape

__all__ = ["LONGEST", "cut", "marked", "shown_bytes"]

#: The most characters of one sentence, name or address that are shown.
LONGEST = 2_000
_NAMED = Markup('<b class="char">U+{:04X}</b>')


def cut(text: str, longest: int = LONGEST) -> str:
    """``text``, or its beginning and how much more there is."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest:,} more characters)"


def marked(text: str, keep: str = "") -> Markup:
    """``text`` escaped for HTML, with what is not printable named in an element of its own: ``U+202E``."""
    if text.isprintable():
        return escape(text)
    made: list[Markup] = []
    start = 0
    for place, one in enumerate(text):
        if not (one.isprintable() or one in keep):
            made += (escape(text[start:place]), _NAMED.format(ord(one)))
            start = place + 1
    return Markup("").join([*made, escape(text[start:])])


def shown_bytes(data: bytes) -> str:
    r"""``data`` as text; bytes that are no UTF-8 are spelled ``\xff``."""
    return data.decode("utf-8", "backslashreplace")
