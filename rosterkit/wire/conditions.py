"""What another side says is wrong, made fit for a sentence: conditions of errors and their texts.

Tests: ``tests/wire/test_conditions.py``.
"""

from __future__ import annotations

from lxml.etree import _Element

__all__ = ["condition_in", "said_of", "shown"]

#: The most characters of somebody else's that a sentence holds.
_SHOWN = 200


def condition_in(element: _Element, namespace: str) -> tuple[str, str]:
    """The condition among the children, ``undefined-condition`` where there is none, and the text."""
    condition = text = ""
    for child in element:
        space, _, name = child.tag.rpartition("}")
        if space[1:] == namespace and name == "text":
            text = text or child.text or ""
        elif space[1:] == namespace:
            condition = condition or name
    return condition or "undefined-condition", text


def said_of(condition: str, text: str) -> str:
    """What a server says of an error, fit for a sentence and a terminal."""
    return f"{shown(condition)} ({shown(text.strip()).rstrip('.')})" if text.strip() else shown(condition)


def shown(text: str) -> str:
    """``text`` in characters that a terminal can take, cut to a readable length."""
    return ascii(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")[1:-1]
