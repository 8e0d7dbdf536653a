"""Two servers with a line between them: everything that can happen while stanzas are under way in both directions.

Each server is the pure one, local for its own domain, with the other's domain behind a component link.  A *place* is
one server's account with one resource; what it does next follows from its state alone, so the real server is asked
once for each state and input, and the exploration of the pair is a walk over what it said.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from rosterkit.core import jid
from rosterkit.core.effects import Effect, Send
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Iq, Presence
from rosterkit.core.state import Component, Session
from rosterkit.core.subscription import State, state_of
from rosterkit.core.world import Settings, World

SUBSCRIPTION_MOVES = ("subscribe", "subscribed", "unsubscribe", "unsubscribed", "remove")


class Side(NamedTuple):
    """One place.  ``item`` is the entry for the other: (subscription, ask, approved), None without one.

    ``request`` says whether the other's request is kept, ``available`` whether the resource is, and ``sees`` whether
    it was told that the other is available and nothing else since.
    """

    item: tuple[str, bool, bool] | None = None
    request: bool = False
    available: bool = False
    sees: bool = False

    @property
    def state(self) -> State:
        """Where the subscription stands (appendix A)."""
        subscription, ask, _ = self.item or ("none", False, False)
        return state_of(subscription, ask, self.request)

    @property
    def wants(self) -> str:
        """How far its own wish to see the other has come: none, ask or to."""
        return "to" if self.state.sees else "ask" if self.state.ask else "none"

    @property
    def grants(self) -> str:
        """How far it has let the other see it: none, pending (asked and not answered) or from."""
        return "from" if self.state.seen else "pending" if self.request else "none"


class Pair(NamedTuple):
    """Both places, and the stanza types on the line from left to right and from right to left, the oldest first."""

    left: Side
    right: Side
    rightward: tuple[str, ...] = ()
    leftward: tuple[str, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return not self.rightward and not self.leftward


class Place:
    """One server, called ``name``, with its domain.  ``moves`` are what its user may do."""

    def __init__(self, name: str, other: str, moves: Sequence[str]) -> None:
        here, there = f"{name}.test", f"{other}.test"
        numbers = itertools.count()
        world = World(
            (here,), lambda: "id", lambda: f"v{next(numbers)}", lambda password: {}, Settings(), expected=(there,)
        )
        self.name = name
        self.moves = moves
        self._server = RosterServer(world)
        self._account = world.add_account(jid.parse(f"user@{here}"), {})
        self._contact = jid.parse(f"user@{there}")
        self._session = Session(self._account, self._account.jid.with_resource("r"))
        self._line = Component(there)
        for link in (self._line, self._session):
            self._server.open(link, 0.0)
        #: What the server has said so far, by state and event: the state afterwards, and what went on the line.
        self.answers: dict[tuple[Side, str], tuple[Side, tuple[str, ...]]] = {}
        self._options: dict[tuple[Side, tuple[str, ...]], list[tuple[str, Side, tuple[str, ...], int]]] = {}

    def step(self, side: Side, event: str) -> tuple[Side, tuple[str, ...]]:
        """What a move, or the arrival of a stanza (``"gets ..."``), makes of ``side``, and what goes on the line."""
        key = (side, event)
        answer = self.answers.get(key)
        if answer is None:
            self._put(side)
            effects = self._do(event)
            answer = self.answers[key] = self._read(side, effects), self._sent(effects)
        return answer

    def options(self, side: Side, next_in: tuple[str, ...]) -> list[tuple[str, Side, tuple[str, ...], int]]:
        """What can happen here: its name, both parts of :meth:`step`, and how many stanzas it takes off the line."""
        key = (side, next_in)
        known = self._options.get(key)
        if known is None:
            events = [(move, 0) for move in self.moves] + [(f"gets {kind}", 1) for kind in next_in]
            known = [(f"{self.name} {event}", *self.step(side, event), taken) for event, taken in events]
            self._options[key] = known
        return known

    def _put(self, side: Side) -> None:
        self._server.commit()
        contact = self._contact.bare
        items = {contact: Item(contact, None, (), *side.item)} if side.item else {}
        self._account.roster = Roster("start", items, {contact: Kept(b"")} if side.request else {})
        self._session.presence = Presence(sender=self._session.jid) if side.available else None

    def _do(self, event: str) -> list[Effect]:
        gets, _, kind = event.rpartition(" ")
        kind = "" if kind == "available" else kind
        if gets:
            sender = self._contact.with_resource("r") if kind in ("", "unavailable") else self._contact
            return self._server.receive(self._line, Presence(kind, to=self._account.jid, sender=sender), 0.0)
        if kind == "remove":
            item = f"<item jid='{self._contact.bare}' subscription='remove'/>"
            query = etree.fromstring(f"<query xmlns='jabber:iq:roster'>{item}</query>")
            return self._server.receive(self._session, Iq("set", "1", child=query), 0.0)
        to = None if kind in ("", "unavailable") else self._contact
        return self._server.receive(self._session, Presence(kind, to=to), 0.0)

    def _read(self, before: Side, effects: Iterable[Effect]) -> Side:
        roster, contact = self._account.roster, self._contact.bare
        item, sees = roster.items.get(contact), before.sees
        for stanza in _presences(effects, self._session):
            if stanza.sender is not None and stanza.sender.bare == contact and stanza.type in ("", "unavailable"):
                sees = not stanza.type
        available = self._session.presence is not None
        shown = (item.subscription, item.ask, item.approved) if item else None
        return Side(shown, contact in roster.requests, available, sees and available)

    def _sent(self, effects: Iterable[Effect]) -> tuple[str, ...]:
        return tuple(stanza.type or "available" for stanza in _presences(effects, self._line))


class Line:
    """Two places and all that can happen between them while no more than ``bound`` stanzas go either way."""

    def __init__(self, bound: int, left: Sequence[str], right: Sequence[str], start: Side | None = None) -> None:
        self.bound = bound
        self.left = Place("left", "right", left)
        self.right = Place("right", "left", right)
        self.start = Pair(start or Side(), start or Side())
        self.moves = 0
        self._before: dict[Pair, tuple[Pair, str] | None] = {self.start: None}

    @property
    def states(self) -> list[Pair]:
        """The states met so far, the nearest first."""
        return list(self._before)

    def explore(self) -> Line:
        """Do everything in every state that can be reached, breadth first."""
        reached = self.states
        for before in reached:
            for event, after in self.events(before):
                self.moves += 1
                if after not in self._before:
                    self._before[after] = (before, event)
                    reached.append(after)
        return self

    def events(self, pair: Pair) -> Iterator[tuple[str, Pair]]:
        """What can happen next and where it leads; what would lengthen a line beyond the bound waits."""
        left, right, rightward, leftward = pair
        for event, side, sent, rest in self.left.options(left, leftward[:1]):
            if len(rightward) + len(sent) <= self.bound:
                yield event, Pair(side, right, rightward + sent, leftward[rest:])
        for event, side, sent, rest in self.right.options(right, rightward[:1]):
            if len(leftward) + len(sent) <= self.bound:
                yield event, Pair(left, side, rightward[rest:], leftward + sent)

    def follow(self, story: Iterable[str], pair: Pair | None = None) -> Pair:
        """Where a list of events leads; KeyError where one of them cannot happen."""
        pair = pair or self.start
        for event in story:
            pair = dict(self.events(pair))[event]
        return pair

    def settle(self, pair: Pair) -> Pair:
        """Let everything arrive that is under way."""
        while not pair.quiet:
            pair = next(after for event, after in self.events(pair) if " gets " in event)
        return pair

    def story(self, pair: Pair) -> list[str]:
        """The shortest list of events that leads to ``pair``."""
        events: list[str] = []
        while (step := self._before[pair]) is not None:
            pair, event = step
            events.append(event)
        return events[::-1]


def _presences(effects: Iterable[Effect], link: Session | Component) -> Iterator[Presence]:
    for effect in effects:
        if isinstance(effect, Send) and effect.link is link and isinstance(effect.stanza, Presence):
            yield effect.stanza
