"""A robot plays a script: stanzas, times and orders in, acts out.

It is a client and nothing more.  Its server, ours or the far one, does what servers do: it keeps requests until they
are answered, answers those that were approved before, stamps bare JIDs, answers probes, and sends unavailable
presence where it is due.

Tests: ``tests/core/test_contact.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from rosterkit.core import jid, replies
from rosterkit.core.agenda import Agenda
from rosterkit.core.contact import RESOURCE, Order, Script, Step
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq, Presence, Stanza
from rosterkit.errors import SERVICE_UNAVAILABLE

__all__ = ["Act", "Connect", "Disconnect", "Robot", "Speak", "Vanish"]


class Connect(NamedTuple):
    """Bind a resource."""

    resource: str


class Speak(NamedTuple):
    """Send a stanza from a resource that is bound."""

    resource: str
    stanza: Stanza


class Disconnect(NamedTuple):
    """Close the stream of a resource; the server says what is to be said."""

    resource: str


class Vanish(NamedTuple):
    """Lose a resource so that its server tells nobody."""

    resource: str


Act: TypeAlias = Connect | Speak | Disconnect | Vanish

#: What is to be done: ``answer``, ``cancel`` or ``ask`` a bare JID, or do the ``step`` of the schedule with a number.
_Task: TypeAlias = tuple[str, str | int]


class Robot:
    """One contact at work.  ``address`` is its bare JID, ``new_id`` draws ids for its stanzas.

    All times are seconds on one clock, and never go back.  Whoever drives it does the acts in their order, tells it
    everything that came of them, and only then calls :meth:`wake`: a request that is delivered to several resources
    is answered once.
    """

    def __init__(self, script: Script, address: Jid, new_id: Callable[[], str]) -> None:
        self.script = script
        self.address = address
        self._new_id = new_id
        self._available: dict[str, bool] = {}  # each bound resource, in the order of binding
        self._agenda: Agenda[_Task] = Agenda()

    @property
    def resources(self) -> tuple[str, ...]:
        """The bound resources, in the order of binding."""
        return tuple(self._available)

    @property
    def wakes_at(self) -> float | None:
        """When it wants to be woken; None where it waits for nothing but stanzas."""
        return self._agenda.next_at

    def start(self, now: float) -> list[Act]:
        """Go online as the script says, approve whom it approves, and begin its schedule."""
        acts: list[Act] = []
        for order in self.script.resources:
            acts += self._presence(order)
        for contact in self.script.pre_approves or ():
            acts += self._say("subscribed", contact)
        for index, step in enumerate(self.script.schedule):
            self._agenda.put(("step", index), now + step.after)
        return acts

    def stop(self) -> list[Act]:
        """Close every stream."""
        return self._leave(Disconnect, None)

    def closed(self, resource: str) -> None:
        """The server has ended the stream of ``resource``."""
        self._available.pop(resource, None)

    def receive(self, stanza: Stanza, resource: str, now: float) -> list[Act]:
        """A stanza was delivered to ``resource``."""
        if isinstance(stanza, Presence) and stanza.sender is not None:
            self._hear(stanza.type, stanza.sender.bare, now)
        elif isinstance(stanza, Iq) and stanza.type in ("get", "set"):
            return [Speak(resource, replies.error(stanza, SERVICE_UNAVAILABLE))]
        return []

    def wake(self, now: float) -> list[Act]:
        """Do what is due at ``now``, in the order of its times."""
        acts: list[Act] = []
        due = []
        while (entry := self._agenda.pop_due(now)) is not None:
            due.append(entry)
        for at, (what, which) in due:
            acts += self._step(int(which), at, now) if what == "step" else self._react(what, str(which), at)
        return acts

    def order(self, order: Order) -> list[Act]:
        """Do what somebody says."""
        match order.do:
            case "presence":
                return self._presence(order)
            case "unavailable":
                return self._unavailable(order)
            case "connect":
                return self._connect(order.resource or RESOURCE)
            case "disconnect":
                return self._leave(Disconnect, order.resource)
            case "vanish":
                return self._leave(Vanish, order.resource)
        return self._speak(order.resource, order.made(self._new_id()))

    # Subscriptions

    def _hear(self, type: str, contact: str, now: float) -> None:
        """Remember what a stanza asks for; one that comes to several resources is one."""
        script = self.script
        if type == "subscribe" and ("answer", contact) not in self._agenda:
            if script.approves(contact):
                self._agenda.put(("answer", contact), now)
            elif script.answer != "ignore":
                self._agenda.put(("answer", contact), now + script.after)
        elif type == "unsubscribe":  # there is nothing to answer any more, and nothing to take back
            self._agenda.drop(("answer", contact))
            self._agenda.drop(("cancel", contact))
        elif type == "unsubscribed" and script.resubscribe_after is not None:
            self._agenda.put(("ask", contact), now + script.resubscribe_after)

    def _react(self, what: str, contact: str, at: float) -> list[Act]:
        """Do what was due at ``at``; what follows from it is counted from then."""
        if what == "cancel":
            return self._say("unsubscribed", contact)
        if what == "ask":
            return self._say("subscribe", contact)
        if not self._available:
            return []  # the server keeps the request, and delivers it again
        if self.script.answer == "refuse" and not self.script.approves(contact):
            return self._say("unsubscribed", contact)
        for task, after in (("cancel", self.script.cancel_after), ("ask", self.script.subscribe_back_after)):
            if after is not None:
                self._agenda.put((task, contact), at + after)
        return self._say("subscribed", contact)

    def _step(self, index: int, at: float, now: float) -> list[Act]:
        """Do a step of the schedule; repetitions that were missed are left out."""
        step: Step = self.script.schedule[index]
        if step.every is not None:
            missed = max(0, math.floor((now - at) / step.every))
            self._agenda.put(("step", index), at + step.every * (missed + 1))
        return self.order(step.order)

    def _say(self, type: str, contact: str) -> list[Act]:
        return self._speak(None, Presence(type, self._new_id(), jid.parse(contact)))

    # Resources

    def _speak(self, resource: str | None, stanza: Stanza) -> list[Act]:
        """Send from ``resource``; without one from any, or from one that is bound for that and never available."""
        if resource is not None:
            return [*self._connect(resource), Speak(resource, stanza)]
        if self._available:
            return [Speak(next(iter(self._available)), stanza)]
        return [Connect(RESOURCE), Speak(RESOURCE, stanza), Disconnect(RESOURCE)]

    def _connect(self, resource: str) -> list[Act]:
        if resource in self._available:
            return []
        self._available[resource] = False
        return [Connect(resource)]

    def _presence(self, order: Order) -> list[Act]:
        """Available presence, broadcast or directed; the resource is bound where it is not."""
        resource = order.resource or next(iter(self._available), RESOURCE)
        acts = self._speak(resource, order.made(self._new_id()))
        if order.to is None:
            self._available[resource] = True
        return acts

    def _unavailable(self, order: Order) -> list[Act]:
        """Unavailable presence of a bound resource, or of every one that it means something for."""
        if order.resource is not None:
            resources = [order.resource] if order.resource in self._available else []
        else:
            resources = [name for name, shown in self._available.items() if shown or order.to is not None]
        for name in resources:
            if order.to is None:
                self._available[name] = False
        return [Speak(name, order.made(self._new_id())) for name in resources]

    def _leave(self, act: type[Disconnect] | type[Vanish], resource: str | None) -> list[Act]:
        names = self.resources if resource is None else (resource,)
        return [act(name) for name in names if self._available.pop(name, None) is not None]
