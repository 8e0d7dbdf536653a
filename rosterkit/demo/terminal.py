"""The demo in a terminal: plain text in at most 80 columns, with colours where they are wanted.

Tests: ``tests/demo/test_terminal.py``.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Awaitable, Callable, Mapping
from io import TextIOWrapper
from typing import TextIO

from rosterkit.demo.telling import Shown
from rosterkit.demo.wire_text import wire_lines
from rosterkit.errors import RosterkitError

__all__ = ["CannotShowError", "Terminal", "is_coloured"]

#: What is read well, and what is the least that is written for.
_WIDEST, _NARROWEST = 80, 30
_BOLD, _FAINT, _RED, _PLAIN = "\x1b[1m", "\x1b[36m", "\x1b[1;31m", "\x1b[0m"


class CannotShowError(RosterkitError):
    """Standard output cannot be written to; the cause is the OSError."""


def is_coloured(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Whether colours may be written: to a terminal that knows them, and never with ``NO_COLOR`` (no-color.org)."""
    return (
        stream is not None
        and stream.isatty()
        and not environ.get("NO_COLOR")
        and environ.get("TERM", "dumb") != "dumb"
    )


class Terminal:
    """Writes to ``stream``, None is nowhere; ``pause`` is awaited with the number of characters to be read.

    ``width`` is that of the terminal if it is not given.  Every call raises :class:`CannotShowError` where nothing
    can be written.
    """

    def __init__(
        self,
        stream: TextIO | None,
        pause: Callable[[int], Awaitable[object]],
        *,
        coloured: bool = False,
        width: int | None = None,
    ) -> None:
        self._stream = stream
        self._pause = pause
        self._coloured = coloured
        columns = width if width is not None else shutil.get_terminal_size().columns
        self._width = max(_NARROWEST, min(columns, _WIDEST))
        self._scenes = 0
        self._unread = 0
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than we do

    async def scene(self, title: str, sections: str) -> None:
        """Wait until what stands there has been read, and begin another scene."""
        await self.rest()
        self._scenes += 1
        self._paragraph(f"{self._scenes}. {title} (RFC 6121 {sections})", "", _BOLD)

    async def rest(self) -> None:
        """Wait until what stands there has been read."""
        unread, self._unread = self._unread, 0
        if unread:
            await self._pause(unread)

    def say(self, sentences: str) -> None:
        """A paragraph."""
        self._paragraph(sentences, "  ")

    def wire(self, stanza: Shown) -> None:
        """Who has sent it to whom and the rule, then the stanza."""
        way = f"{stanza.client} -> server" if stanza.sent else f"server -> {stanza.client}"
        rule = f" ({stanza.rule.replace('§', '')})" if stanza.rule else ""
        fault = f", a fault on purpose: {stanza.fault}" if stanza.fault else ""
        self._lines(self._wrapped(f"{way}{rule}{fault}", "    "))
        self._lines([f"      {line}" for line in wire_lines(stanza.xml, self._width - 6)], _FAINT)
        self._lines([""])

    def states(self, juliet: str, romeo: str) -> None:
        """Both sides of the subscription."""
        self._paragraph(f"State: Juliet's side is {juliet}, Romeo's side is {romeo}.", "  ", _BOLD)

    def failed(self, sentence: str) -> None:
        """That the story is broken here, and where."""
        self._paragraph(f"THIS DID NOT HAPPEN AS TOLD. {sentence}", "  ", _RED)
        self.say(
            "Play it again: a machine that has much else to do may be too slow for it. If it happens again, it is a "
            "mistake of rosterkit; please report it, with all that stands above."
        )

    def commands(self, *lines: str) -> None:
        """Lines to be copied, as they are: they are not broken."""
        self._lines([*(f"    {line}".rstrip() for line in lines), ""])

    def _paragraph(self, text: str, indent: str, style: str = "") -> None:
        self._lines(self._wrapped(text, indent), style)
        self._lines([""])

    def _wrapped(self, text: str, indent: str) -> list[str]:
        return textwrap.wrap(
            text, self._width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )

    def _lines(self, lines: list[str], style: str = "") -> None:
        if self._stream is None:
            return
        self._unread += sum(map(len, lines))
        if style and self._coloured:
            lines = [f"{style}{line}{_PLAIN}" for line in lines]
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except OSError as error:
            raise CannotShowError(f"Standard output cannot be written to: {error.strerror}.") from error
