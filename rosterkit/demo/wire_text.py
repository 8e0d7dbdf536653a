"""A stanza as lines for people: an element each, indented, long ids cut, nothing that a terminal acts upon.

Tests: ``tests/demo/test_wire_text.py``.
"""

from __future__ import annotations

import re
import textwrap

from rosterkit.core.visible import plain

__all__ = ["wire_lines"]

#: The most characters of a stanza.
_LONGEST = 2000
#: An id or a version of more than 12 characters, which differ at their ends.
_TOKEN = re.compile(r" (id|ver)='([^']{4})[^']{5,}([^']{4})'")
_NAMESPACE = re.compile(r" xmlns='jabber:client'")
#: An opening tag, or one without content, with whatever follows before the next of them.
_PIECE = re.compile(r"<[^/][^<]*(?:</[^<]*)*|[^<]+|</[^<]*")


def wire_lines(xml: str, width: int) -> list[str]:
    """The lines, none longer than ``width`` where that is 20 or more; an element is indented below its parent."""
    text = _TOKEN.sub(r" \1='\2...\3'", _NAMESPACE.sub("", xml))
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(text) - _LONGEST} more)"
    lines, depth = [], 0
    for piece in _PIECE.findall(plain(text)):
        lines += _wrapped(piece, min(2 * depth, 8), width)
        depth += _opened(piece)
    return lines


def _opened(piece: str) -> int:
    """By how many levels what follows is deeper."""
    opens = piece.startswith("<") and not piece.startswith(("</", "<!", "<?"))
    return int(opens and not piece.partition(">")[0].endswith("/")) - piece.count("</")


def _wrapped(piece: str, indent: int, width: int) -> list[str]:
    return textwrap.wrap(
        piece,
        max(width, 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_on_hyphens=False,
    )
