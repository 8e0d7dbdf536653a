"""The steps of a script, done: each on the play's network, or with whoever acts the client.

Tests: ``tests/conformance/test_play.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rosterkit.conformance import script as steps
from rosterkit.conformance.evidence import Seen, is_answer, is_roster_set
from rosterkit.conformance.orders import Reply
from rosterkit.conformance.runner.acting import Actor, Patience
from rosterkit.conformance.runner.network import CaseNetwork
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Given, LoggedIn, Step, Stuck
from rosterkit.conformance.stanzas import ping
from rosterkit.core.faults import read_fault
from rosterkit.core.stanza import SUBSCRIPTION_TYPES
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN

__all__ = ["Moves", "Waiting"]

#: Seconds in which somebody who has not answered any order yet tells a roster.
_TELLS = 5.0
#: The most characters of a program's own words that stand in a sentence.
_WORDS = 500


class Waiting(NamedTuple):
    """What a step waits for, from the first entry after ``since`` on.

    ``look`` is shown each entry and gives ``(value,)`` when it is over; ``late`` gives the value when the time is.
    """

    since: int
    look: Callable[[Seen], tuple[Any] | None]
    limit: float
    late: Callable[[], Any]


class Moves:
    """Does the steps of one play.

    ``logins`` is how often a client has logged in, ``waits_for_login`` whether the step under way ends with a login.
    """

    def __init__(self, network: CaseNetwork, scene: Scene, actor: Actor, patience: Patience) -> None:
        self.network = network
        self.logins = 0
        self.waits_for_login = False
        self._scene = scene
        self._actor = actor
        self._patience = patience
        self._me = scene.me
        self._orders = 0
        self._fences = 0
        self._login = LoggedIn("", "", 0)

    def begin(self, step: Step) -> Any:
        """Do a step; gives its value, or the :class:`Waiting` for it.  Raises :class:`Stuck` for the script."""
        return _BEGIN[type(step)](self, step)

    def _log_in(self, step: steps.LogIn) -> Waiting:
        before = self._login.number

        def look(seen: Seen) -> tuple[LoggedIn] | None:
            if "login" not in seen.step:
                return None
            self.waits_for_login = False
            self.logins += 1
            self._login = LoggedIn(seen.session or "", seen.step["login"], seen.number)
            return (self._login,)

        def late() -> None:
            self.waits_for_login = False
            raise Stuck(f"No client has logged in as {self._me} within {self._patience.login:g} s.")

        self.waits_for_login = True
        self.network.player = self._me
        self._actor.bring(self._me)
        return Waiting(before, look, self._patience.login, late)

    def _await(self, step: steps.Await) -> Waiting:
        label = self._login.session

        def look(seen: Seen) -> tuple[Seen | None] | None:
            if seen.session == label and seen.direction == "in" and step.match(seen):
                return (seen,)
            return (None,) if seen.session == label and "lost" in seen.step else None

        since = step.since if step.since is not None else self._login.number
        return Waiting(since, look, self._patience.stanza, lambda: None)

    def _say(self, step: steps.Say) -> int:
        self.network.settle()  # what was caused before stands before the mark
        before = self.network.remember(self._login.session, mark=step.mark)
        self.network.inject(step.xml, step.mark)
        return before

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
        since = self.network.cursor
        answered = is_answer(id_)

        def look(seen: Seen) -> tuple[Any] | None:
            if seen.session != label:
                return None
            if "lost" in seen.step:
                return (self._fenced("gone"),)
            if seen.direction != "in" or not answered(seen):
                return None
            return (self._ping(left - 1) if left > 1 else self._fenced("answered"),)

        self.network.inject(ping(id_, self._scene.domain), None)
        return Waiting(since, look, 2 * self._patience.stanza, lambda: self._fenced("silent"))

    def _fenced(self, outcome: str) -> str:
        self.network.remember(self._login.session, fence=outcome)
        return outcome

    def _give(self, step: steps.Give) -> Any:
        if self._actor.declines:
            raise Stuck("The client takes no orders, so it cannot be made to do what this case is about.", True)
        if not self._actor.takes_orders:
            raise Stuck(
                "Nothing came of the first orders, so no more are given; --orders none says that it takes none."
            )
        self._orders += 1
        number, order = self._orders, step.order
        before = self.network.remember(self._login.session, order={"do": order.do, **order.values})

        def look(seen: Seen) -> tuple[Any] | None:
            reply = seen.step.get("reply")
            if not self._actor.answers and order.do != "roster" and _is_deed(seen):
                self._actor.heard(answered=False)
                return (Given(before, None),)
            if order.do == "roster" and "told" in seen.step:  # posted instead of said
                return (Given(before, Reply(number, roster=tuple(seen.step["told"]))),)
            if reply is None or reply["order"] != number:
                return None
            if reply["error"] is not None:
                raise Stuck(f"The client does not do the order {order.do!r}: {reply['error'][:_WORDS]}", True, True)
            return (Given(before, Reply(**reply)),)

        def late() -> None:
            self._actor.unheard()
            raise Stuck(f"Nothing came of the order {order.do!r} within {self._patience.order:g} s.")

        limit = self._patience.order
        if order.do == "roster" and not self._actor.answers:
            limit = min(limit, _TELLS)  # a person does not spell his list out
        self._actor.give(order.line(number), order.sentence())
        return Waiting(before, look, limit, late)

    def _tell(self, step: steps.Tell) -> Waiting:
        if not self._actor.tells:
            raise Stuck("There is no command that tells the client's roster.", True)

        def late() -> None:
            raise Stuck(f"The command that tells the roster took longer than {self._patience.order:g} s.")

        before = self.network.cursor
        self._actor.tell(self._me)
        return Waiting(
            before,
            lambda seen: (seen.step["told"],) if "told" in seen.step else None,
            self._patience.order,
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
        if not self._actor.switches:
            raise Stuck("The client cannot be made to log in to another account; --exec can do that.", True)
        self._me = self._scene.second


def _is_deed(seen: Seen) -> bool:
    """Whether a client has sent what a user has ordered, as far as can be told: an edit, or a subscription stanza."""
    return seen.direction == "in" and (
        is_roster_set(seen) or (seen.name == "presence" and seen.type in SUBSCRIPTION_TYPES)
    )


_BEGIN: Mapping[type, Callable[[Moves, Any], Any]] = {
    steps.LogIn: Moves._log_in,
    steps.Await: Moves._await,
    steps.Say: Moves._say,
    steps.Do: Moves._do,
    steps.Strike: Moves._strike,
    steps.Hold: Moves._hold,
    steps.Release: Moves._release,
    steps.Fence: Moves._fence,
    steps.Give: Moves._give,
    steps.Tell: Moves._tell,
    steps.Remember: Moves._remember,
    steps.Break: Moves._break,
    steps.SwitchAccount: Moves._switch,
}
