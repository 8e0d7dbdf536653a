"""Looking again after each turn in which entries were added to a journal, for a while.

Tests: ``tests/net/control/test_journals.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from rosterkit.core.journal import Journal
from rosterkit.errors import RosterkitError
from rosterkit.net.control.refusal import Refusal

__all__ = ["Looking"]


class Looking:
    """``look`` is called once for all the entries of a turn; ``found`` fires with the first that is not None.

    After ``seconds`` it fires with None.  It fails with what ``look`` raises, and with :class:`Refusal` 410 when the
    network is gone.  Cancelling it ends the looking.
    """

    def __init__(
        self, journal: Journal, reactor: IReactorTime, look: Callable[[], Any], seconds: float | None
    ) -> None:
        self.found: Deferred[Any] = Deferred(lambda _: self._end())
        self._journal = journal
        self._reactor = reactor
        self._look = look
        self._soon: IDelayedCall | None = None
        self._over = reactor.callLater(seconds, self._finish, None) if seconds is not None else None
        self._stop = journal.watch(self._added)

    def _added(self) -> None:
        if self._soon is None:
            self._soon = self._reactor.callLater(0, self._again)

    def _again(self) -> None:
        self._soon = None
        if self._journal.closed:
            self._end()
            self.found.errback(Refusal(410, "network", "is gone", "another one"))
            return
        try:
            outcome = self._look()
        except RosterkitError as error:
            self._end()
            self.found.errback(error)
            return
        if outcome is not None:
            self._finish(outcome)

    def _finish(self, outcome: Any) -> None:
        self._end()
        self.found.callback(outcome)

    def _end(self) -> None:
        self._stop()
        for call in (self._soon, self._over):
            if call is not None and call.active():
                call.cancel()
        self._soon = self._over = None
