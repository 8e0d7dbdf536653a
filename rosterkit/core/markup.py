"""XML text: the one place where a string becomes markup.

Whatever we write passes through :func:`text` or :func:`attribute`; both are security-relevant and tested by a
round trip through the reader over every character that XML can carry.

Tests: ``tests/core/test_markup.py``.
"""

from __future__ import annotations

import re

__all__ = ["attribute", "attributes", "can_carry", "element", "text"]

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_SPECIAL_TEXT = re.compile("[&<>\r]")
_SPECIAL_ATTRIBUTE = re.compile("[&<>'\t\n\r]")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def can_carry(value: str) -> bool:
    """Whether XML can carry every character of ``value`` (XML 1.0 §2.2); the others have no way to be written."""
    return value.isprintable() or _NOT_XML.search(value) is None


def text(value: str) -> str:
    """``value`` as character data; a carriage return survives (XML would make it a line feed)."""
    return value.translate(_TEXT) if _SPECIAL_TEXT.search(value) else value


def attribute(value: str) -> str:
    """``value`` as it stands between single quotes in a tag; tabs and line ends survive."""
    return value.translate(_ATTRIBUTE) if _SPECIAL_ATTRIBUTE.search(value) else value


def attributes(**values: str | None) -> str:
    """``" name='value'"`` for each value that is not None, in the order given; ``xml_lang`` gives ``xml:lang``."""
    written = ""  # a loop: each generator costs as much as an attribute
    for name, value in values.items():
        if value is not None:
            written += f" {name.replace('_', ':')}='{attribute(value)}'"
    return written


def element(name: str, content: str = "", /, **values: str | None) -> str:
    """One element; ``content`` is markup already and goes in as it is."""
    head = f"<{name}{attributes(**values)}"
    return f"{head}>{content}</{name}>" if content else f"{head}/>"
