"""A play: one case with one client, from its first step to the evidence.

Tests: ``tests/conformance/test_play.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.conformance.asking import with_answers
from rosterkit.conformance.case import Case
from rosterkit.conformance.evidence import Evidence, Seen
from rosterkit.conformance.orders import as_reply, read_reply, read_roster
from rosterkit.conformance.runner.acting import USUAL, Actor, Patience
from rosterkit.conformance.runner.moves import Moves, Waiting
from rosterkit.conformance.runner.network import CONDUCTOR, CaseNetwork
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script, Step, Stuck
from rosterkit.conformance.stanzas import FULL
from rosterkit.core import markup
from rosterkit.core.credentials import Credentials
from rosterkit.core.journal import Entry
from rosterkit.errors import STREAM_CONFLICT

__all__ = ["Play"]

_log = Logger()
#: After a conflict no client comes back by itself (RFC 6120 §4.9.3.3).
_OVER = STREAM_CONFLICT.saying("The case is over.")
_MISTAKE = "The case failed by a mistake of rosterkit; please report it."
_TOO_MUCH = "More has passed than is kept of a case, or its network was reset."


class Play:
    """Plays ``case`` with ``actor`` on a network of its own; ``done`` is called with the play when it is over.

    ``seen`` is all that happened, complete then.
    """

    def __init__(
        self,
        case: Case,
        scene: Scene,
        credentials: Credentials,
        reactor: IReactorTime,
        actor: Actor,
        done: Callable[[Play], None],
        patience: Patience = USUAL,
    ) -> None:
        self.case = case
        self.scene = scene
        self.actor = actor
        self.over = False
        self.seen: list[Seen] = []
        accounts = {scene.me: (credentials, case.roster(scene)), scene.second: (credentials, ())}
        self.network = CaseNetwork(case.account, accounts, case.settings, reactor)
        self.patience = patience
        self._moves = Moves(self.network, scene, actor, patience)
        self._reactor = reactor
        self._done = done
        self._script: Script = with_answers(case.script(scene), self.evidence)
        self._waiting: Waiting | None = None
        # Limits are the reactor's: the time of the network can be moved and reset by the control API.
        self._limit: IDelayedCall | None = None
        self._whole: IDelayedCall | None = None
        self._looked = 0
        self._looks = False
        self._cursor = self._first = 0
        self._messages = 0
        self._stop_watching: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """The first step; the network must be findable for clients then."""
        journal = self.network.journal
        assert journal is not None
        self._cursor = journal.cursor
        self._first = journal.first
        self._stop_watching = journal.watch(self._saw)
        self.network.overheard = self.hear
        late = "The case took longer than it may."
        self._whole = self._reactor.callLater(self.patience.case, self.give_up, late)
        self._go_on(None)

    def evidence(self) -> Evidence:
        """What the judges look at."""
        return Evidence(self.scene, self.seen)

    @property
    def entries(self) -> list[Entry]:
        """All that happened, as it stands in a transcript."""
        return [seen.entry for seen in self.seen]

    def give_up(self, text: str) -> None:
        """End the play as inconclusive, for a reason outside of it; after its end a no-op."""
        if not self.over:
            self.network.remember(stuck=text)
            self._end()

    @property
    def waits_for_login(self) -> bool:
        """Whether the next step comes when a client has logged in."""
        return not self.over and self._moves.waits_for_login

    @property
    def logins(self) -> int:
        """How often a client has logged in."""
        return self._moves.logins

    @property
    def came(self) -> bool:
        """Whether any client has logged in so far."""
        return self.logins > 0

    def tell(self, text: str) -> None:
        """Send the client a chat message of the conductor."""
        self._messages += 1
        content = markup.element("body", markup.text(text))
        sender = f"{CONDUCTOR}@{self.scene.domain}"
        id_ = f"order-{self._messages}"
        message = markup.element("message", content, type="chat", id=id_, to=FULL, **{"from": sender})
        self.network.inject(message, None)

    def note_end(self, code: int, words: str) -> None:
        """The client's program has ended."""
        if not self.over:
            self.network.remember(ended=code, words=words[-1000:])

    def note_misread(self, text: str) -> None:
        """Something that should tell the client's roster did not."""
        if not self.over:
            self.network.remember(misread=text)

    def hear(self, text: str) -> None:
        """A line from what drives the client; one that is no reply is passed over."""
        if self.over:
            return
        try:
            reply = read_reply(text)
        except ValueError as error:
            self.network.remember(misread=str(error))
            return
        if reply is not None:
            self.actor.heard(answered=True)
            self.network.remember(reply=reply._asdict())

    def reply(self, said: object) -> None:
        """The same as an object; ValueError where it is no reply."""
        reply = as_reply(said)
        if not self.over:
            self.actor.heard(answered=True)
            self.network.remember(reply=reply._asdict())

    def hear_roster(self, value: object) -> None:
        """The roster, from the command that tells it or from whoever posts it; ValueError where it is none."""
        roster = read_roster(value)
        if not self.over:
            self.network.remember(told=list(roster))

    # Going on

    def _saw(self) -> None:
        """Something has happened; it is looked at in a turn of its own."""
        journal = self.network.journal
        assert journal is not None
        self.seen += map(Seen, journal.since(self._cursor))
        self._cursor = journal.cursor
        if journal.first > self._first and not self.over:
            self._first = journal.cursor  # once
            self._reactor.callLater(0, self.give_up, _TOO_MUCH)
        self._look_soon()

    def _look_soon(self) -> None:
        if not self._looks and not self.over:
            self._looks = True
            self._reactor.callLater(0, self._look)

    def _look(self) -> None:
        self._looks = False
        while not self.over and self._waiting is not None and self._looked < len(self.seen):
            seen = self.seen[self._looked]
            self._looked += 1
            try:
                found = self._waiting.look(seen) if seen.number > self._waiting.since else None
            except Stuck as stuck:
                self._stop_waiting()
                self._go_on(None, stuck)
                continue
            except Exception:  # noqa: BLE001  # a mistake in one case must not end the run
                self._mistaken()
                return
            if found is not None:
                self._stop_waiting()
                self._take(found[0])

    def _take(self, value: Any) -> None:
        """A step is over with this value, or waits for something else now."""
        if isinstance(value, Waiting):
            self._wait(value)
        else:
            self._go_on(value)

    def _go_on(self, value: Any, stuck: Stuck | None = None) -> None:
        """Send the script what its last step gave, and do its next ones until one has to wait."""
        while not self.over:
            step = self._next(value, stuck)
            value = stuck = None
            if step is None:
                if not self.over:
                    self._end()
                return
            try:
                value = self._moves.begin(step)
            except Stuck as error:
                stuck = error
                continue
            except Exception:  # noqa: BLE001  # a mistake in one case must not end the run
                self._mistaken()
                return
            if isinstance(value, Waiting):
                self._wait(value)
                return

    def _next(self, value: Any, stuck: Stuck | None) -> Step | None:
        """The next step; None after the last, or where the script cannot go on."""
        try:
            return self._script.throw(stuck) if stuck is not None else self._script.send(value)
        except StopIteration:
            return None
        except Stuck as error:
            self.network.remember(stuck=str(error), unsupported=error.unsupported)
        except Exception:  # noqa: BLE001  # a mistake in one case must not end the run
            self._mistaken()
        return None

    def _mistaken(self) -> None:
        """The exception that is being handled is a mistake of ours: the play is over."""
        _log.failure("The play of {case} failed by a mistake of rosterkit.", case=self.case.id)
        self.give_up(_MISTAKE)

    def _wait(self, waiting: Waiting) -> None:
        if self.over:  # given up by what the step did
            return
        self._waiting = waiting
        self._limit = self._reactor.callLater(waiting.limit, self._too_late)
        first = self.seen[0].number if self.seen else 0
        self._looked = min(max(0, waiting.since - first + 1), len(self.seen))
        self._look_soon()

    def _too_late(self) -> None:
        waiting = self._waiting
        self._stop_waiting()
        if waiting is None or self.over:
            return
        try:
            value = waiting.late()
        except Stuck as stuck:
            self._go_on(None, stuck)
            return
        self._take(value)

    def _stop_waiting(self) -> None:
        _cancel(self._limit)
        self._waiting = self._limit = None

    def _end(self) -> None:
        self.over = True
        self._stop_waiting()
        _cancel(self._whole)
        self._script.close()
        self._stop_watching()
        # Both hold the play, which is large and goes with its last user.
        self._stop_watching = self.network.overheard = _nothing
        self.network.farewell = _OVER
        self.network.end(_OVER)
        self.actor.leave()
        self._done(self)


def _cancel(call: IDelayedCall | None) -> None:
    if call is not None and call.active():
        call.cancel()


def _nothing(*_: object) -> None:
    """Nothing is done any more."""
