"""The fence of a play: rounds of pings on all of its lines, until nothing is under way.

Tests: ``tests/conformance/test_fence.py``, ``tests/conformance/test_server_play_hostile.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.probing.lines import Line, Lines
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Stuck
from rosterkit.core.journal import Entry
from rosterkit.wire.entering import Phase

__all__ = ["Fence", "SilentError"]

#: A fence has at least so many rounds, and at most: there, back, and to whoever asked takes three.
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 20
#: So many pings through the server may be answered by the server itself before that counts for nothing.
_MOST_UNREACHED = 30
#: In so many rounds pings between lines may be lost.
_MOST_LOST = 3
_ID = "fence-"
_IS_FENCE = re.compile(rb"""\bid=['"]fence-\d+['"]""")
_UNSETTLED = f"The server sends on and on: after {_MOST_ROUNDS} rounds of pings nobody knows what is still under way."


class SilentError(Stuck):
    """The server gave no answer in time on ``labels``, of lines that are still open."""

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(f"The server answers nothing any more on {', '.join(labels)}.")
        self.labels = labels


class Fence:
    """The fences of one play over its ``lines``; ``opened`` are those that are there, by label.

    Each node has to answer its own pings.  A ping from line to line, or the answer to one, may be lost at a node that
    does not know the other line yet: it is asked again, a few times.

    ``news`` counts what has come that is no answer to a ping: whoever hears the lines adds to it.
    """

    def __init__(
        self, people: People, lines: Lines, opened: Mapping[str, Line], clock: IReactorTime, patience: float
    ) -> None:
        self.news = 0
        self._people = people
        self._lines = lines
        self._opened = opened
        self._clock = clock
        self._patience = patience
        self._numbers = 0
        self._waiting: dict[str, str] = {}  # the label of the line, by the id of a ping that is not answered
        self._through: dict[str, str] = {}  # the line to which a ping goes through the server, by its id
        self._reached: set[str] = set()
        self._unreached = 0
        self._lost = 0
        self._answered: Deferred[None] | None = None

    @inlineCallbacks
    def wait(self) -> Any:
        """Ping until a whole round has brought nothing else; fires with how many rounds that took.

        Fails with :class:`SilentError`, and with :class:`~rosterkit.conformance.server.steps.Stuck` where the server
        never comes to rest.
        """
        for rounds in range(1, _MOST_ROUNDS + 1):
            before = self.news
            yield self._round()
            if self.news == before and (rounds >= _LEAST_ROUNDS or self._lines.is_settled):
                return rounds
        raise Stuck(_UNSETTLED)

    @inlineCallbacks
    def _round(self) -> Any:
        self._lines.pump()
        if self._lines.is_settled:
            return
        answered = self._answered = Deferred()
        for label, line in self._pingable():
            self._ping(label, line, self._people.domain)
            if self._lines.is_spread:
                self._go_through(label, line)
        self._lines.pump()
        if not self._waiting:
            return
        try:
            yield answered.addTimeout(self._patience, self._clock)
        except TimeoutError as error:
            silent = list(dict.fromkeys(self._waiting.values()))
            are_lost = self._waiting.keys() <= self._through.keys() and self._lost < _MOST_LOST
            self._waiting.clear()
            if not are_lost:
                raise SilentError(silent) from error
            self._lost += 1
            self.news += 1
        finally:
            self._answered = None

    def _pingable(self) -> Iterator[tuple[str, Line]]:
        return (
            (label, line) for label, line in list(self._opened.items()) if line.is_open and line.phase is Phase.BOUND
        )

    def _ping(self, label: str, line: Line, to: str | None, through: str | None = None) -> None:
        """Ping ``to`` from a line; ``through`` is the label of the line that has this address."""
        self._numbers += 1
        id_ = f"{_ID}{self._numbers}"
        self._waiting[id_] = label
        if through is not None:
            self._through[id_] = through
        sender = self._people.tester if label == COMPONENT else None
        line.send(stanzas.ping(id_, to, sender).encode())

    def _go_through(self, label: str, line: Line) -> None:
        """Ask every other line something, which comes behind whatever went the same way before it, there and back.

        Between the nodes of a cluster stanzas are under way that no ping waits for, since each node answers its own.
        """
        for other_label, other in self._pingable():
            if other_label != label:
                to = self._people.tester if other_label == COMPONENT else other.jid
                self._ping(label, line, to, other_label)

    # What lines hear

    def takes(self, line: Line, data: bytes) -> bool:
        """Whether an iq that has come on a line is the fence's; what somebody else sends with such an id is not."""
        if not _IS_FENCE.search(data):
            return False
        seen = Seen(Entry(0, 0.0, None, None, None, "in", "iq", data))
        if seen.id in self._through:
            return self._takes_through(line, seen)
        is_servers = seen.type in ("result", "error") and seen.sender in (None, self._people.domain)
        if not is_servers or seen.id is None or self._waiting.get(seen.id) != line.label:
            return False
        self._drop(seen.id)
        return True

    def _takes_through(self, line: Line, seen: Seen) -> bool:
        """A ping from one line to another, which is answered here, or what became of one.

        One that the server answers itself, since it does not know the other line yet, is no fence: there is another
        round, a few times.
        """
        id_ = seen.id or ""
        if seen.type == "get":
            if self._through[id_] != line.label:
                return False
            self._reached.add(id_)
            line.send(stanzas.refusal(seen, from_address=line.label == COMPONENT).encode())
            return True
        if self._waiting.get(id_) != line.label:
            return False
        if id_ not in self._reached and self._unreached < _MOST_UNREACHED:
            self._unreached += 1
            self.news += 1
        self._drop(id_)
        return True

    def lost(self, label: str) -> None:
        """A line is at its end: nobody waits for it any more."""
        for id_, waiting in list(self._waiting.items()):
            if label in (waiting, self._through.get(id_)):
                self._drop(id_)

    def forget(self) -> None:
        """Wait for nothing any more."""
        for id_ in list(self._waiting):
            self._drop(id_)

    def _drop(self, id_: str) -> None:
        del self._waiting[id_]
        if not self._waiting and self._answered is not None and not self._answered.called:
            self._answered.callback(None)
