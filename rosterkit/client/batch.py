"""Batch: many changes with few of them under way at a time, errors kept with their contact.

Tests: ``tests/client/test_batch.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from twisted.internet.defer import CancelledError, Deferred, FirstError, ensureDeferred, gatherResults
from twisted.logger import Logger

from rosterkit.client.edits import UNCHANGED, Change, Edits, Unchanged, change_of, contact_of
from rosterkit.xmpp.jids import AnyJid

__all__ = ["Batch", "Report"]

_log = Logger()
#: Called after each change with how many are done (well or not) and how many there are.
Progress = Callable[[int, int], object]


class Report(NamedTuple):
    """How a batch went: how many changes were accepted, and by bare JID the first error of each other contact."""

    accepted: int
    errors: dict[str, Exception]

    @property
    def ok(self) -> bool:
        """Whether everything was accepted."""
        return not self.errors


_Work: TypeAlias = tuple[str, Callable[[], Deferred[None]]]


class Batch:
    """Collects changes; :meth:`run` sends them.  Each method checks its arguments as the one of RosterClient does."""

    def __init__(self, edits: Edits, in_flight: int, progress: Progress | None, timeout: float) -> None:
        if in_flight < 1:
            raise ValueError(f"in_flight is {in_flight}; at least one change must be under way.")
        self._edits = edits
        self._in_flight = in_flight
        self._progress = progress
        self._timeout = timeout
        self._work: list[_Work] = []

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
        self.take(contact_of(jid), change_of(name, add_to_groups, remove_from_groups))

    def take(self, contact: str, change: Change) -> None:
        """The same with what was checked already."""
        self._work.append((contact, lambda: self._edits.set(contact, change, self._timeout, now_only=True)))

    def remove_entry(self, jid: AnyJid) -> None:
        """Remove an entry when the batch runs."""
        contact = contact_of(jid)
        self._work.append((contact, lambda: self._edits.remove(contact, self._timeout, now_only=True)))

    def run(self) -> Deferred[Report]:
        """Send everything that was collected; fires with a :class:`Report` and fails only when it is cancelled.

        Needs a stream: without one, or when it ends, the changes that are left fail with ConnectionError and are not
        kept for the next one.  Cancelling sends nothing more.  A second call sends what was collected since.
        """
        work, self._work = self._work, []
        return ensureDeferred(_Run(work, self._progress).done(self._in_flight))


class _Run:
    """One run of a batch."""

    def __init__(self, work: Sequence[_Work], progress: Progress | None) -> None:
        self._total = len(work)
        self._left = iter(work)
        self._progress = progress
        self._done = 0
        self._accepted = 0
        self._errors: dict[str, Exception] = {}
        self._broken: ConnectionError | None = None

    async def done(self, in_flight: int) -> Report:
        """Let so many workers take one change after the other."""
        workers = [ensureDeferred(self._work()) for _ in range(min(in_flight, self._total))]
        try:
            await gatherResults(workers, consumeErrors=True)
        except FirstError as error:  # a worker fails only when it is cancelled
            raise CancelledError from error
        return Report(self._accepted, self._errors)

    async def _work(self) -> None:
        for contact, change in self._left:
            error = await self._try(change)
            if error is None:
                self._accepted += 1
            else:
                self._errors.setdefault(contact, error)
            self._done += 1
            self._tell()

    async def _try(self, change: Callable[[], Deferred[None]]) -> Exception | None:
        if self._broken is not None:
            return ConnectionError(f"Not tried, as a change before it failed: {self._broken}")
        try:
            await change()
        except CancelledError:
            raise
        except ConnectionError as error:
            self._broken = error
            return error
        except Exception as error:  # noqa: BLE001  # collected, which is what a batch is for
            return error
        return None

    def _tell(self) -> None:
        if self._progress is None:
            return
        try:
            self._progress(self._done, self._total)
        except Exception:  # noqa: BLE001  # the application's own; the changes go on
            _log.failure("The progress callback of a batch failed.")
