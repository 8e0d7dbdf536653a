"""A play: one case with one client, from its first step to the evidence.

Tests: ``tests/conformance/test_play.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.conformance import script as steps
from rosterkit.conformance.asking import with_answers
from rosterkit.conformance.case import Case
from rosterkit.conformance.evidence import Evidence, Seen, is_answer, is_roster_set
from rosterkit.conformance.orders import Reply, as_reply, read_reply, read_roster
from rosterkit.conformance.runner.network import CONDUCTOR, CaseNetwork
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Given, LoggedIn, Script, Step, Stuck
from rosterkit.conformance.stanzas import FULL, iq
from rosterkit.core import markup
from rosterkit.core.credentials import Credentials
from rosterkit.core.faults import read_fault
from rosterkit.core.journal import Entry
from rosterkit.errors import STREAM_CONFLICT, STREAM_SYSTEM_SHUTDOWN
from rosterkit.net.outlet import Injected

__all__ = ["USUAL", "Actor", "Patience", "Play"]

_log = Logger()
_PING = "<ping xmlns='urn:xmpp:ping'/>"
#: Seconds in which somebody who has not answered any order yet tells a roster.
_TELLS = 5.0
_DEEDS = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")
#: The most characters of a program's own words that stand in a sentence.
_WORDS = 500
#: After a conflict no client comes back by itself (RFC 6120 §4.9.3.3).
_OVER = STREAM_CONFLICT.saying("The case is over.")
_MISTAKE = "The case failed by a mistake of rosterkit; please report it."
_TOO_MUCH = "More has passed than is kept of a case, or its network was reset."


class Patience(NamedTuple):
    """How long a play waits, in seconds, before it takes a silence for an answer."""

    login: float = 30.0
    stanza: float = 10.0
    order: float = 5.0
    case: float = 180.0


#: How long it waits for programs.
USUAL = Patience()


class Actor(Protocol):
    """What a play knows of the client's side.

    ``declines`` says that it was said beforehand that it takes no orders, ``takes_orders`` whether it is worth giving
    one, ``answers`` whether what takes them says when it is done, ``tells`` whether there is a command that tells the
    roster, and ``switches`` whether it can be made to log in to another account.
    """

    @property
    def declines(self) -> bool:
        """See the class."""

    @property
    def takes_orders(self) -> bool:
        """See the class."""

    @property
    def answers(self) -> bool:
        """See the class."""

    tells: bool
    switches: bool

    def bring(self, me: str) -> None:
        """A login of ``me`` is wanted; again while it is under way is a no-op."""

    def give(self, line: str, sentence: str) -> None:
        """Bring an order to the client; what comes back goes to :meth:`Play.hear`."""

    def tell(self, me: str) -> None:
        """Run the command that tells the roster; what it says goes to :meth:`Play.hear_roster`."""

    def heard(self, answered: bool) -> None:
        """Something came of an order: an answer, or a deed alone."""

    def unheard(self) -> None:
        """An order was given, and nothing came of it."""

    def leave(self) -> None:
        """The play is over: whatever was started for it can end."""


class _Waiting(NamedTuple):
    """What a step waits for, from the first entry after ``since`` on.

    ``look`` is shown each entry and gives ``(value,)`` when it is over; ``late`` gives the value when the time is.
    """

    since: int
    look: Callable[[Seen], tuple[Any] | None]
    limit: float
    late: Callable[[], Any]


class Play:
    """Plays ``case`` with ``actor`` on a network of its own; ``done`` is called with the play when it is over.

    ``seen`` is all that happened, complete then; ``logins`` is how often a client has logged in.
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
        self.logins = 0
        self.seen: list[Seen] = []
        accounts = {scene.me: (credentials, case.roster(scene)), scene.second: (credentials, ())}
        self.network = CaseNetwork(case.account, accounts, case.settings, reactor)
        self.patience = patience
        self._me = scene.me
        self._reactor = reactor
        self._done = done
        self._script: Script = with_answers(case.script(scene), self.evidence)
        self._waiting: _Waiting | None = None
        # Limits are the reactor's: the time of the network can be moved and reset by the control API.
        self._limit: IDelayedCall | None = None
        self._whole: IDelayedCall | None = None
        self._looked = 0
        self._looks = False
        self._cursor = self._first = 0
        self._orders = 0
        self._fences = 0
        self._messages = 0
        self._waits_for_login = False
        self._login = LoggedIn("", "", 0)
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
        return not self.over and self._waits_for_login

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
        self._send(markup.element("message", content, type="chat", id=id_, to=FULL, **{"from": sender}), None)

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
        if isinstance(value, _Waiting):
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
                value = _BEGIN[type(step)](self, step)
            except Stuck as error:
                stuck = error
                continue
            except Exception:  # noqa: BLE001  # a mistake in one case must not end the run
                self._mistaken()
                return
            if isinstance(value, _Waiting):
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

    def _wait(self, waiting: _Waiting) -> None:
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
        self._stop_watching = (
            _nothing  # it holds the play, as hearing does: a play is large, and goes with its last user
        )
        self.network.overheard = _nothing
        self.network.farewell = _OVER
        self.network.end(_OVER)
        self.actor.leave()
        self._done(self)

    # The steps.  Each gives its value, or what it waits for.

    def _log_in(self, step: steps.LogIn) -> _Waiting:
        before = self._login.number

        def look(seen: Seen) -> tuple[LoggedIn] | None:
            if "login" not in seen.step:
                return None
            self._waits_for_login = False
            self.logins += 1
            self._login = LoggedIn(seen.session or "", seen.step["login"], seen.number)
            return (self._login,)

        def late() -> None:
            self._waits_for_login = False
            raise Stuck(f"No client has logged in as {self._me} within {self.patience.login:g} s.")

        self._waits_for_login = True
        self.network.player = self._me
        self.actor.bring(self._me)
        return _Waiting(before, look, self.patience.login, late)

    def _await(self, step: steps.Await) -> _Waiting:
        label = self._login.session

        def look(seen: Seen) -> tuple[Seen | None] | None:
            if seen.session == label and seen.direction == "in" and step.match(seen):
                return (seen,)
            return (None,) if seen.session == label and "lost" in seen.step else None

        since = step.since if step.since is not None else self._login.number
        return _Waiting(since, look, self.patience.stanza, lambda: None)

    def _say(self, step: steps.Say) -> int:
        self.network.settle()  # what was caused before stands before the mark
        before = self.network.remember(self._login.session, mark=step.mark)
        self._send(step.xml, step.mark)
        return before

    def _send(self, xml: str, fault: str | None) -> None:
        session = self.network.session
        if session is not None:
            data = xml.replace(FULL, markup.attribute(session.jid.full)).encode()
            self.network.cause(Injected(session.peer, _kind(data), data, fault))
            self.network.end_turn()

    def _do(self, step: steps.Do) -> int:
        self.network.settle()
        before = self.network.remember(self._login.session, mark=step.mark)
        self.network.command(step.command)
        return before

    def _strike(self, step: steps.Strike) -> None:
        self.network.faults.add(read_fault({"fault": step.fault, **step.values}, ""))
        self.network.remember(self._login.session, strike=step.fault)

    def _hold(self, step: steps.Hold) -> None:
        self.network.hold(step.kind)
        self.network.remember(self._login.session or None, hold=step.kind)

    def _release(self, step: steps.Release) -> None:
        self.network.remember(self._login.session or None, release=step.pass_on)
        self.network.release(step.pass_on)
        self.network.end_turn()

    def _fence(self, step: steps.Fence) -> Any:
        return self._ping(2)

    def _ping(self, left: int) -> Any:
        """Wait for the answers of so many pings, one after the other: what was sent before is handled then."""
        label = self._login.session
        if self.network.session is None:
            return self._fenced("gone")
        self._fences += 1
        id_ = f"fence-{self._fences}"
        since = self._cursor
        answered = is_answer(id_)

        def look(seen: Seen) -> tuple[Any] | None:
            if seen.session != label:
                return None
            if "lost" in seen.step:
                return (self._fenced("gone"),)
            if seen.direction != "in" or not answered(seen):
                return None
            return (self._ping(left - 1) if left > 1 else self._fenced("answered"),)

        self._send(iq("get", id_, _PING, self.scene.domain), None)
        return _Waiting(since, look, 2 * self.patience.stanza, lambda: self._fenced("silent"))

    def _fenced(self, outcome: str) -> str:
        self.network.remember(self._login.session, fence=outcome)
        return outcome

    def _give(self, step: steps.Give) -> Any:
        if self.actor.declines:
            raise Stuck("The client takes no orders, so it cannot be made to do what this case is about.", True)
        if not self.actor.takes_orders:
            raise Stuck(
                "Nothing came of the first orders, so no more are given; --orders none says that it takes none."
            )
        self._orders += 1
        number, order = self._orders, step.order
        before = self.network.remember(self._login.session, order={"do": order.do, **order.values})

        def look(seen: Seen) -> tuple[Any] | None:
            reply = seen.step.get("reply")
            if not self.actor.answers and order.do != "roster" and _is_deed(seen):
                self.actor.heard(answered=False)
                return (Given(before, None),)
            if order.do == "roster" and "told" in seen.step:  # posted instead of said
                return (Given(before, Reply(number, roster=tuple(seen.step["told"]))),)
            if reply is None or reply["order"] != number:
                return None
            if reply["error"] is not None:
                raise Stuck(f"The client does not do the order {order.do!r}: {reply['error'][:_WORDS]}", True, True)
            return (Given(before, Reply(**reply)),)

        def late() -> None:
            self.actor.unheard()
            raise Stuck(f"Nothing came of the order {order.do!r} within {self.patience.order:g} s.")

        limit = self.patience.order
        if order.do == "roster" and not self.actor.answers:
            limit = min(limit, _TELLS)  # a person does not spell his list out
        self.actor.give(order.line(number), order.sentence())
        return _Waiting(before, look, limit, late)

    def _tell(self, step: steps.Tell) -> _Waiting:
        if not self.actor.tells:
            raise Stuck("There is no command that tells the client's roster.", True)

        def late() -> None:
            raise Stuck(f"The command that tells the roster took longer than {self.patience.order:g} s.")

        before = self._cursor
        self.actor.tell(self._me)
        return _Waiting(
            before,
            lambda seen: (seen.step["told"],) if "told" in seen.step else None,
            self.patience.order,
            late,
        )

    def _remember(self, step: steps.Remember) -> None:
        self.network.remember(self._login.session, **step.what)

    def _break(self, step: steps.Break) -> None:
        session = self.network.session
        if session is None:
            return
        self.network.remember(session.peer.label, broke=step.how)
        if step.how == "cut":
            session.peer.cut()
        else:
            session.peer.close(STREAM_SYSTEM_SHUTDOWN.saying("Please come again."))

    def _switch(self, step: steps.SwitchAccount) -> None:
        if not self.actor.switches:
            raise Stuck("The client cannot be made to log in to another account; --exec can do that.", True)
        self._me = self.scene.second


def _cancel(call: IDelayedCall | None) -> None:
    if call is not None and call.active():
        call.cancel()


def _nothing(*_: object) -> None:
    """Nothing is done any more."""


def _is_deed(seen: Seen) -> bool:
    """Whether a client has sent what a user has ordered, as far as can be told: an edit, or a subscription stanza."""
    return seen.direction == "in" and (is_roster_set(seen) or (seen.name == "presence" and seen.type in _DEEDS))


def _kind(data: bytes) -> str:
    """What the journal calls a stanza that the script sends."""
    if data.startswith(b"<iq") and b"jabber:iq:roster" in data:
        return "push" if b" type='set'" in data.partition(b">")[0] else "roster"
    name = data[1:10].partition(b" ")[0].decode()
    return name if name in ("iq", "presence", "message") else "stream"


_BEGIN: Mapping[type, Callable[[Play, Any], Any]] = {
    steps.LogIn: Play._log_in,
    steps.Await: Play._await,
    steps.Say: Play._say,
    steps.Do: Play._do,
    steps.Strike: Play._strike,
    steps.Hold: Play._hold,
    steps.Release: Play._release,
    steps.Fence: Play._fence,
    steps.Give: Play._give,
    steps.Tell: Play._tell,
    steps.Remember: Play._remember,
    steps.Break: Play._break,
    steps.SwitchAccount: Play._switch,
}
