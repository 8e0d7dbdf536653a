"""Values of JSON written as Python, as ``ruff format`` would leave it: data whatever it spells, never code.

Tests: ``tests/core/test_python_text.py``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["WIDTH", "Writer", "quoted"]

#: The longest line where a break can help: what ruff takes where a project says nothing.
WIDTH = 88
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_STEP = "    "


def quoted(text: str) -> str:
    """``text`` as a literal in one line; whatever cannot be seen is spelled out."""
    return _between(text, _quote(text))


class Writer(NamedTuple):
    """Writes literals in which what ``pattern`` finds (its only group) is an expression: ``names`` says which."""

    pattern: re.Pattern[str] | None = None
    names: Mapping[str, str] = {}

    def text(self, text: str) -> str:
        """A literal of one line; an f-string where a name is in it."""
        pieces = self.pattern.split(text) if self.pattern is not None else [text]
        if len(pieces) == 1:
            return quoted(text)
        quote = _quote("".join(pieces[::2]))
        inner = [
            self.names[piece.lower()] if number % 2 else _inside(piece, quote).replace("{", "{{").replace("}", "}}")
            for number, piece in enumerate(pieces)
        ]
        return f"f{quote}{''.join(inner)}{quote}"

    def line(self, value: Any) -> str:
        """Any value in one line."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return f"{{{', '.join(f'{self.text(str(key))}: {self.line(one)}' for key, one in value.items())}}}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self.line, value))}]"
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")'
        return repr(value)

    def lines(self, head: str, value: Any, tail: str, indent: str) -> list[str]:
        """``head``, the value and ``tail`` at ``indent``: in one line where that fits or nothing can be broken."""
        line = f"{indent}{head}{self.line(value)}{tail}"
        if _width(line) <= WIDTH or not value or not isinstance(value, Mapping | list | tuple):
            return [line]
        inner = indent + _STEP
        if isinstance(value, Mapping):
            begin, end = "{", "}"
            members = [self.lines(f"{self.text(str(key))}: ", one, ",", inner) for key, one in value.items()]
        else:
            begin, end = "[", "]"
            members = [self.lines("", one, ",", inner) for one in value]
        return [f"{indent}{head}{begin}", *(one for member in members for one in member), f"{indent}{end}{tail}"]

    def call(self, head: str, arguments: Sequence[tuple[str, Any]], indent: str) -> list[str]:
        """``head(...)`` with arguments, each with its name or an empty one, as a statement at ``indent``."""
        written = ", ".join(f"{_named(name)}{self.line(value)}" for name, value in arguments)
        if _width(f"{indent}{head}({written})") <= WIDTH or not arguments:
            return [f"{indent}{head}({written})"]
        inner = indent + _STEP
        if _width(f"{inner}{written}") <= WIDTH:
            return [f"{indent}{head}(", f"{inner}{written}", f"{indent})"]
        members = [self.lines(_named(name), value, ",", inner) for name, value in arguments]
        return [f"{indent}{head}(", *(one for member in members for one in member), f"{indent})"]


def _named(name: str) -> str:
    return name if name in ("", "**") else f"{name}="


def _quote(text: str) -> str:
    return "'" if text.count('"') > text.count("'") else '"'


def _between(text: str, quote: str) -> str:
    return f"{quote}{_inside(text, quote)}{quote}"


def _inside(text: str, quote: str) -> str:
    return "".join(_escaped(one, quote) for one in text)


def _escaped(one: str, quote: str) -> str:
    if one in _ESCAPES:
        return _ESCAPES[one]
    if one == quote:
        return f"\\{one}"
    if one.isprintable():
        return one
    code = ord(one)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _width(line: str) -> int:
    """How many columns it takes, as ruff counts them."""
    if line.isascii():
        return len(line)
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else not unicodedata.combining(one) for one in line)
