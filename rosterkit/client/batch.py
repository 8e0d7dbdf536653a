"""Batch: many changes with few of them under way at a time, every error kept with its contact.

Tests: ``tests/client/test_batch.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.logger import Logger

from rosterkit.client.edits import UNCHANGED, Edits, Unchanged, change_of, contact_of
from rosterkit.xmpp.jids import AnyJid

__all__ = ["Batch", "Report"]

_log = Logger()
#: Called after each change with how many are done (well or not) and how many there are.
Progress = Callable[[int, int], object]


class Report(NamedTuple):
    """How a batch went: how many changes were accepted, and why the others were not, by bare JID."""

    accepted: int
    errors: dict[str, Exception]

    @property
    def ok(self) -> bool:
        """Whether everything was accepted."""
        return not self.errors


class Batch:
    """Collects changes; :meth:`run` sends them.  Each method checks its arguments as the one of RosterClient does."""

    def __init__(
        self, edits: Edits, connected: Callable[[], bool], in_flight: int, progress: Progress | None, timeout: float
    ) -> None:
        if in_flight < 1:
            raise ValueError(f"in_flight is {in_flight}; at least one change must be under way.")
        self._edits = edits
        self._connected = connected
        self._in_flight = in_flight
        self._progress = progress
        self._timeout = timeout
        self._work: list[tuple[str, Callable[[], Deferred[None]]]] = []
        self._done = 0
        self._accepted = 0
        self._errors: dict[str, Exception] = {}
        self._broken: Exception | None = None

    def __len__(self) -> int:
        return len(self._work)

    def set_entry(
        self,
        jid: AnyJid,
        *,
        name: str | Unchanged | None = UNCHANGED,
        add_to_groups: Iterable[str] = (),
        remove_from_groups: Iterable[str] = (),
    ) -> None:
        """Add or change an entry when the batch runs."""
        contact, change = contact_of(jid), change_of(name, add_to_groups, remove_from_groups)
        self._work.append((contact, lambda: self._edits.set(contact, change, self._timeout)))

    def remove_entry(self, jid: AnyJid) -> None:
        """Remove an entry when the batch runs."""
        contact = contact_of(jid)
        self._work.append((contact, lambda: self._edits.remove(contact, self._timeout)))

    def run(self) -> Deferred[Report]:
        """Send everything that was collected; fires with a :class:`Report` and never fails.

        When the connection is lost, what was not tried yet is not tried any more.  A second call sends what was
        collected since.
        """
        work, self._work = self._work, []
        self._done, self._accepted, self._errors, self._broken = 0, 0, {}, None
        each, total = iter(work), len(work)
        workers = [ensureDeferred(self._take(each, total)) for _ in range(min(self._in_flight, total))]
        return gatherResults(workers).addCallback(lambda _: Report(self._accepted, self._errors))

    async def _take(self, each: Iterator[tuple[str, Callable[[], Deferred[None]]]], total: int) -> None:
        for contact, change in each:
            if self._broken is not None:
                self._errors[contact] = ConnectionError(f"Not tried, since the connection was lost: {self._broken}")
                continue
            try:
                await change()
            except Exception as error:  # noqa: BLE001  # collected, which is what a batch is for
                self._errors[contact] = error
                if self._broken is None and not self._connected():
                    self._broken = error
            else:
                self._accepted += 1
            self._done += 1
            self._tell(total)

    def _tell(self, total: int) -> None:
        if self._progress is None:
            return
        try:
            self._progress(self._done, total)
        except Exception:  # noqa: BLE001  # the application's own; the changes go on
            _log.failure("The progress callback of a batch failed.")
