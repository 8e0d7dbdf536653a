"""A play as lines of two columns, the client's left and the server's right, with the play's own notes across.

Tests: ``tests/conformance/test_report_timeline.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import NamedTuple

from markupsafe import Markup

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.report.reading import Told, fault_words, read_note
from rosterkit.conformance.report.stanza import markup_of, summary_of
from rosterkit.conformance.report.visible import cut
from rosterkit.core.journal import Entry

__all__ = ["LONGEST", "Fold", "Gap", "Moment", "timeline"]

#: The most characters of one stanza that a page shows.
LONGEST = 16 * 1024
#: The most that it shows of all stanzas together, and of one when that is used up.
_ALL, _LITTLE = 384 * 1024, 256
#: The most moments on a page; those in the middle are left out, but for the ones that matter.
_MOST = 1_000
#: What is shown without being unfolded.
_SHORT = 300
_PINGS = "Pings of the tester, and answers."
#: So much is shown without a summary.
_PLAIN = 110


class Moment(NamedTuple):
    """One entry of the journal.

    ``side`` is ``in``, ``out``, ``note`` or ``contact``; ``kind`` is ``stanza``, ``fence``, ``lie`` (said or altered
    by the tester), ``stream`` or, of a note, what it is.  ``fault`` says what was done to it, ``withheld`` that it
    was not written.  ``cut`` is how many characters are not shown.  ``named_by`` are the ids of the cases and checks
    whose findings rest on it.
    """

    number: int
    at: str
    session: str
    side: str
    kind: str
    summary: str
    markup: Markup | None = None
    cut: int = 0
    open: bool = False
    fault: str = ""
    withheld: bool = False
    told: Told | None = None
    named_by: Sequence[str] = ()


class Fold(NamedTuple):
    """Moments that hardly ever matter, as one line: how a stream began or ended, the tester's pings."""

    summary: str
    at: str
    session: str
    moments: Sequence[Moment]


class Gap(NamedTuple):
    """So many moments that are not shown."""

    missing: int


@dataclass(slots=True)
class _Context:
    """``left`` is how many characters of stanzas the page may still show."""

    named: Mapping[int, Sequence[str]]
    begin: float
    several: bool
    left: int = _ALL

    def markup_of(self, seen: Seen) -> tuple[Markup, int]:
        markup, missing = markup_of(seen, LONGEST if self.left > 0 else _LITTLE)
        self.left -= len(markup)
        return markup, missing


def timeline(entries: Sequence[Entry], named: Mapping[int, Sequence[str]]) -> list[Moment | Fold | Gap]:
    """The lines; ``named`` are the ids of those that name an entry, by its number.

    Entries that are named are never folded or left out.
    """
    sessions = {entry.session for entry in entries if entry.session is not None}
    context = _Context(named, entries[0].at if entries else 0.0, len(sessions) > 1)
    pieces = [piece if isinstance(piece, Gap) else _moment(piece, context) for piece in _kept(entries, named)]
    lines: list[Moment | Fold | Gap] = []
    for key, group in groupby(_without_plain_marks(pieces), _foldable):
        together = list(group)
        lines += [_folded([one for one in together if isinstance(one, Moment)])] if key else together
    return lines


def _foldable(piece: Moment | Gap) -> tuple[str, str] | None:
    """What is folded together: a stream's beginning or end, or pings; None for what is not folded."""
    if isinstance(piece, Gap) or piece.named_by:
        return None
    kind = {"login": "stream"}.get(piece.kind, piece.kind)
    return (kind, piece.session) if kind in ("stream", "fence") else None


def _without_plain_marks(pieces: Sequence[Moment | Gap]) -> Iterator[Moment | Gap]:
    """The pieces but for notes that the tester does what stands behind them and says so itself."""
    for piece, behind in zip_longest(pieces, pieces[1:]):
        plain = isinstance(piece, Moment) and piece.kind == "mark" and not piece.named_by
        if not (plain and isinstance(behind, Moment) and behind.kind == "lie"):
            yield piece


def _kept(entries: Sequence[Entry], named: Collection[int]) -> Iterator[Entry | Gap]:
    """The entries with those in the middle left out where there are too many."""
    missing = 0
    for place, entry in enumerate(entries):
        if _MOST // 2 <= place < len(entries) - _MOST // 2 and entry.number not in named:
            missing += 1
            continue
        if missing:
            yield Gap(missing)
            missing = 0
        yield entry


def _moment(entry: Entry, context: _Context) -> Moment:
    seen = Seen(entry)
    session = (entry.session or "") if context.several else ""
    named = context.named.get(entry.number, ())
    at = f"{entry.at - context.begin:.3f}"
    if entry.direction == "note":
        told = read_note(entry)
        return Moment(entry.number, at, session, "note", told.kind, told.text, told=told, named_by=named)
    side = "contact" if entry.session is None else entry.direction
    kind = _kind(seen)
    length = len(entry.data)
    matters = bool(named) or kind == "lie"
    markup, missing = context.markup_of(seen)
    opened = kind != "fence" and side != "contact" and (length <= _SHORT or (matters and length <= LONGEST))
    summary = _summary(seen, side, kind)
    fault = fault_words(entry.fault) if entry.fault else ""
    return Moment(
        entry.number, at, session, side, kind, summary, markup, missing, opened, fault, entry.withheld, None, named
    )


def _summary(seen: Seen, side: str, kind: str) -> str:
    if side == "contact":
        does = "says" if seen.direction == "in" else "is told"
        return f"Contact {seen.entry.account or ''} {does}: {summary_of(seen)}"
    short = kind in ("stanza", "lie") and len(seen.entry.data) <= _PLAIN
    return "" if short else summary_of(seen)


def _kind(seen: Seen) -> str:
    if seen.entry.fault or seen.entry.withheld:
        return "lie"
    if seen.kind == "stream":
        return "stream"
    return "fence" if _is_ping(seen) else "stanza"


def _is_ping(seen: Seen) -> bool:
    """A ping of the tester, or the answer to one."""
    ours = seen.name == "iq" and (seen.id or "").startswith("fence-")
    return ours and (seen.type == "get" if seen.direction == "out" else seen.type in ("result", "error"))


def _folded(moments: Sequence[Moment]) -> Fold:
    """Such moments in one line."""
    notes = [moment.summary for moment in moments if moment.side == "note"]
    summary = notes[-1] if notes else _summed(moments)
    counted = f" ({len(moments)} entries)" if len(moments) > 1 else ""
    return Fold(f"{summary}{counted}", moments[0].at, moments[0].session, moments)


def _summed(moments: Sequence[Moment]) -> str:
    if moments[0].kind == "fence":
        sides = {moment.side for moment in moments}
        return (
            {"in": "An answer to a ping.", "out": "A ping of the tester."}[sides.pop()] if len(sides) == 1 else _PINGS
        )
    return cut(f"Stream: {', '.join(dict.fromkeys(moment.summary for moment in moments))}.", 120)
