"""Rosters as the server itself has them, where it lets the component read them (XEP-0356): for reports alone.

Tests: ``tests/conformance/test_privileged.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import Seen, is_answer
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.evidence import held_of
from rosterkit.core.ext.privilege import READING, roster_access

__all__ = ["RosterReader"]


class RosterReader:
    """Reads rosters for the component ``domain``; ``send`` writes on its line.

    ``granted`` says that the server has let it; until then nothing is asked.
    """

    def __init__(
        self, domain: str | None, send: Callable[[bytes], None], clock: IReactorTime, patience: float
    ) -> None:
        self.granted = False
        self._domain = domain
        self._send = send
        self._clock = clock
        self._patience = patience
        self._numbers = itertools.count(1)
        self._asked: dict[str, Deferred[Seen | None]] = {}

    def forget(self) -> None:
        """The connection is gone: nothing is granted any more, and no answer comes."""
        self.granted = False
        asked, self._asked = self._asked, {}
        for answer in asked.values():
            answer.callback(None)

    def heard(self, seen: Seen) -> bool:
        """Whether a stanza was for the reader: what the server grants, or a roster that was asked for."""
        if seen.name == "message" and seen.element is not None:
            access = roster_access(seen.element)
            self.granted |= access in READING
            return access is not None
        asked = self._asked.get(seen.id or "")
        if asked is None or seen.name != "iq" or not is_answer(seen.id)(seen):
            return False
        del self._asked[seen.id or ""]
        asked.callback(seen)
        return True

    @inlineCallbacks
    def read(self, account: str) -> Any:
        """The roster of ``account`` (a bare JID) as a list of tables; None where the server does not tell it."""
        id_ = f"server-roster-{next(self._numbers)}"
        answer: Deferred[Seen | None] = Deferred()
        self._asked[id_] = answer
        query = "<query xmlns='jabber:iq:roster'/>"
        self._send(stanzas.iq("get", id_, query, to=account, sender=self._domain).encode())
        try:
            seen: Seen | None = yield answer.addTimeout(self._patience, self._clock)
        except TimeoutError:
            self._asked.pop(id_, None)
            return None
        return [_table(item) for item in seen.items] if seen is not None and seen.type == "result" else None


def _table(item: Any) -> dict[str, Any]:
    """An item as reports show it."""
    held = held_of(item)
    told = held._asdict() | {"groups": list(held.groups)}
    return {name: value for name, value in told.items() if value not in (None, False, [])}
