"""Texts of the code as Markdown: nothing in them is taken for markup.

Tests: ``tests/pages/test_markdown.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["anchor", "literal", "plain", "said", "table"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#$~^&!])")
_OPTION = re.compile(r"(?<![\w-])--[a-z0-9][a-z0-9-]*")


def plain(text: str) -> str:
    """Give a text so that it is shown as it stands, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def literal(text: str) -> str:
    """Give a text as code, on one line; it may hold backquotes, and in a table bars."""
    line = " ".join(text.split())
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{line.replace('|', chr(92) + '|')}{space}{fence}"


def said(text: str) -> str:
    """Give a sentence of a help text: as :func:`plain`, with its options as code."""
    parts, at = [], 0
    for option in _OPTION.finditer(text):
        parts += [_kept(text[at : option.start()]), literal(option[0])]
        at = option.end()
    return "".join([*parts, _kept(text[at:])])


def _kept(text: str) -> str:
    """As :func:`plain`, with the spaces at the ends, as something stands before and behind."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text))


def anchor(text: str) -> str:
    """Give the name of a place in a page: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Give a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
