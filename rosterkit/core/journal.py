"""A network's journal: what came in, what went out, what was decided; a ring bounded in bytes, read by a cursor.

Waits, events, transcripts and verdicts all read this one list; none hooks into the rules.  An entry refers to the
bytes that passed and copies nothing.  What a reader asks for and what fell out meanwhile is an error that says so,
never a silent gap.

Tests: ``tests/core/test_journal.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from rosterkit.errors import FallenOutError

__all__ = ["OVERHEAD", "Called", "Entry", "Journal", "entry_json"]

#: What an entry counts beside its data and text, in bytes: about what its own record takes.
OVERHEAD = 256


class Called(NamedTuple):
    """A call of the control API that has changed the network, as it can be made again.

    ``path`` is what stands after the network's own, percent-encoded; ``body`` is a copy of the JSON without its
    secrets, None too where it was ``left_out`` because of its length.  What the call led to at once has the numbers
    after ``since`` and before that of its note.  ``size`` is what it counts in bytes.
    """

    method: str
    path: str
    body: object
    since: int
    size: int
    left_out: bool = False

    def as_json(self) -> dict[str, Any]:
        """All that is known of it."""
        shown = {"method": self.method, "path": self.path, "body": self.body}
        return {**shown, "since": self.since, "left_out": self.left_out}


class Entry(NamedTuple):
    """One thing that happened in a network.

    ``number`` counts from 1 and is never used twice; ``at`` is the network's time in seconds.  ``session`` names the
    connection (None for what concerns none); ``account`` is a bare JID, once it is known, also that of a scripted
    contact; ``jid`` is the full JID, once bound.

    ``direction`` is ``in`` (from the client), ``out`` (to it) or ``note`` (what was decided or done).  ``kind`` is
    ``iq``, ``presence``, ``message``, ``push`` (a roster push), ``roster`` (a roster result or get) or ``stream``
    (headers, features, SASL, TLS); of a note ``session``, ``control``, ``fault``, ``contact`` or ``call``.

    ``data`` is the stanza as it passed, empty for a note, whose sentence is ``text``.  ``fault`` names the fault
    that touched it; where it was not written because of that, ``withheld`` is true.  ``call`` is the call of the
    control API that a note of the kind ``call`` is about.
    """

    number: int
    at: float
    session: str | None
    account: str | None
    jid: str | None
    direction: str
    kind: str
    data: bytes
    fault: str | None = None
    withheld: bool = False
    text: str = ""
    call: Called | None = None

    @property
    def size(self) -> int:
        """What it counts, in bytes."""
        called = self.call.size if self.call is not None else 0
        return len(self.data) + len(self.text) + called + OVERHEAD


class Journal:
    """The newest entries, in at most ``limit`` bytes; the newest one stays whatever its size.

    An entry counts its data, its text, its call and :data:`OVERHEAD`.  ``cursor`` is the number of the newest entry,
    0 before the first; ``closed`` says that there will be no other.  ``begun`` is the cursor at the beginning of what
    is remembered: that of the network, or of its last reset.
    """

    def __init__(self, limit: int) -> None:
        self.cursor = 0
        self.begun = 0
        self.closed = False
        self._limit = limit
        self._size = 0
        self._entries: deque[Entry] = deque()
        self._watchers: tuple[Callable[[], object], ...] = ()

    @property
    def first(self) -> int:
        """The number of the oldest entry that is kept; of the next one to come where none is."""
        return self.cursor - len(self._entries) + 1

    def add(
        self,
        at: float,
        session: str | None,
        account: str | None,
        jid: str | None,
        direction: str,
        kind: str,
        data: bytes = b"",
        fault: str | None = None,
        withheld: bool = False,
        text: str = "",
        call: Called | None = None,
    ) -> Entry:
        """The new entry, the newest from now on; old ones may fall out for it, and the watchers are called."""
        self.cursor = number = self.cursor + 1
        entry = Entry(number, at, session, account, jid, direction, kind, data, fault, withheld, text, call)
        self._entries.append(entry)
        self._size += len(data) + len(text) + OVERHEAD if call is None else entry.size  # most have none
        if self._size > self._limit:
            self._shrink()
        for watcher in self._watchers:
            watcher()
        return entry

    def _shrink(self) -> None:
        entries = self._entries
        while self._size > self._limit and len(entries) > 1:
            self._size -= entries.popleft().size

    def since(self, number: int, limit: int | None = None) -> list[Entry]:
        """The entries after ``number``, oldest first, at most ``limit``; none where it is the newest or later.

        :class:`~rosterkit.errors.FallenOutError` where an entry after ``number`` is no longer kept.
        """
        missing = self.cursor - max(number, 0)
        kept = len(self._entries)
        if missing <= 0:
            return []
        if missing > kept:
            raise FallenOutError(number, self.first)
        count = missing if limit is None else max(0, min(limit, missing))
        if missing * 2 > kept:  # an end of a deque is near, its middle is far
            return list(islice(self._entries, kept - missing, kept - missing + count))
        newest = list(islice(reversed(self._entries), missing))
        newest.reverse()
        return newest[:count]

    def close(self) -> None:
        """Say that nothing will be added any more: ``closed`` is true, and the watchers are called once more."""
        self.closed = True
        for watcher in self._watchers:
            watcher()

    def clear(self) -> None:
        """Forget all entries; numbers go on, so that an older cursor is known to have missed some."""
        self._entries.clear()
        self._size = 0
        self.begun = self.cursor

    def watch(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call ``callback`` after each entry that is added, until the function that this gives is called.

        A watcher that is stopped during the call may be called once more.  What it raises goes to whoever adds.
        """

        def call() -> object:  # one of its own, so that a callback may watch twice
            return callback()

        def stop() -> None:
            self._watchers = tuple(one for one in self._watchers if one is not call)

        self._watchers += (call,)
        return stop


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON: ``xml`` is its data, in which what is no UTF-8 is replaced; ``call`` if it has one."""
    shown = entry._asdict()
    del shown["data"], shown["call"]
    called = {"call": entry.call.as_json()} if entry.call is not None else {}
    return {**shown, "at": round(entry.at, 6), "xml": entry.data.decode("utf-8", "replace"), **called}
