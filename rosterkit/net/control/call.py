"""One call of the control API: what stands in its path, its query and its body.

Tests: ``tests/net/control/test_site.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from rosterkit.core.fields import LONGEST, Fields
from rosterkit.net.control.refusal import wrong

__all__ = ["Answer", "Call", "Text"]

_NUMBER = re.compile(r"[0-9]{1,15}\Z", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?\Z", re.ASCII)


class Answer(NamedTuple):
    """A status and a body; None is no body."""

    status: int
    body: Mapping[str, Any] | None


class Text(NamedTuple):
    """A body as it is, of the media type ``kind``; with a ``name`` it is a file to be saved under it."""

    body: str
    kind: str = "text/plain; charset=utf-8"
    name: str | None = None


class Call(NamedTuple):
    """``path`` holds the variable parts, ``query`` one text for each name, ``body`` whatever JSON spelled."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any

    def fields(self, *known: str) -> Fields:
        """The body, an object with some of these keys."""
        return Fields(self.body if self.body is not None else {}, "", known)

    def only(self, known: Collection[str]) -> None:
        """Refuse a query with another name."""
        for name in self.query:
            if name not in known:
                raise wrong(f"?{name[:60]}", "is no parameter", f"one of {', '.join(known)}" if known else "none")

    def number(self, name: str, default: int) -> int:
        """A whole number of the query."""
        text = self.query.get(name)
        if text is None:
            return default
        if not _NUMBER.match(text):
            raise wrong(f"?{name}", f"is {text!r:.60}", "a whole number from 0")
        return int(text)

    def seconds(self, name: str) -> float:
        """Seconds of the query; 0 where it has none."""
        text = self.query.get(name, "0")
        if not _SECONDS.match(text) or float(text) > LONGEST:
            raise wrong(f"?{name}", f"is {text!r:.60}", f"seconds from 0 to {LONGEST}")
        return float(text)
