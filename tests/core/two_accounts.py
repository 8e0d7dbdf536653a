"""The world of two accounts on one server, one resource each: its states as plain values, and its moves.

A state says everything that can decide what happens next, so that the pure server can be put into any state and asked
for any move.  What it leaves out on purpose: versions, the log, ids, and the order in which sessions were bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree

from rosterkit.core import jid
from rosterkit.core.effects import Effect, Send
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Iq, Presence, Stanza
from rosterkit.core.state import Session
from rosterkit.core.subscription import State, state_of
from rosterkit.core.world import Settings, World

GONE, BOUND, AVAILABLE = "gone", "bound", "available"
#: The version of both rosters before each move.
START = "start"


class Side(NamedTuple):
    """One account.  ``item`` is its entry for the other as (name, subscription, ask, approved), None without one.

    ``request`` says whether a request of the other is kept, ``link`` how its resource stands (a bound one is
    interested), ``sees`` whether this resource was told that the other is available and nothing else since.
    """

    item: tuple[str | None, str, bool, bool] | None = None
    request: bool = False
    link: str = GONE
    sees: bool = False

    @property
    def state(self) -> State:
        """Where the subscription stands (appendix A)."""
        _, subscription, ask, _ = self.item or (None, "none", False, False)
        return state_of(subscription, ask, self.request)


Pair = tuple[Side, Side]


def presences(effects: list[Effect], session: Session, sender: str) -> list[Presence]:
    """The presence among ``effects`` that ``session`` is sent by ``sender`` (a bare JID), in its order."""
    return [
        effect.stanza
        for effect in effects
        if isinstance(effect, Send)
        and effect.link is session
        and isinstance(effect.stanza, Presence)
        and effect.stanza.sender is not None
        and effect.stanza.sender.bare == sender
    ]


class Move(NamedTuple):
    """What one of the two does; ``links`` are the standings of its resource in which it can."""

    who: int
    name: str
    links: tuple[str, ...]
    run: Callable[[], list[Effect]]


class Step(NamedTuple):
    """One move from one state: what came of it, and what was left of it once it was rolled back.

    ``versions`` are those of both rosters afterwards; before each move they are ``START``.
    """

    before: Pair
    move: Move
    effects: list[Effect]
    after: Pair
    versions: tuple[str, str]
    rolled_back: Pair


class TwoAccounts:
    """The pure server with juliet and romeo (0 and 1), to be put into any state."""

    def __init__(self, pre_approval: bool) -> None:
        numbers = itertools.count(1)
        self.world = World(
            ("localhost",),
            new_id=lambda: "id",
            new_version=lambda: f"v{next(numbers)}",
            derive=lambda password: {},
            settings=Settings(pre_approval=pre_approval),
        )
        self.server = RosterServer(self.world)
        self.names = [jid.parse("juliet@localhost"), jid.parse("romeo@localhost")]
        self.accounts = [self.world.add_account(name, {}) for name in self.names]
        self.sessions = [Session(a, a.jid.with_resource("r")) for a in self.accounts]
        self.world.take()
        self.moves = [move for who in (0, 1) for move in self._moves_of(who)]
        self.steps: list[Step] = []
        self._first: dict[Pair, Step | None] = {(Side(), Side()): None}
        self._rosters: dict[tuple[int, object, bool], Roster] = {}
        self._here = [Presence(sender=session.jid) for session in self.sessions]

    @property
    def states(self) -> list[Pair]:
        """The states met so far, the nearest first."""
        return list(self._first)

    def explore(self) -> TwoAccounts:
        """Make every move in every state that can be reached from two empty rosters, breadth first."""
        reached = self.states
        for before in reached:
            for move in self.moves:
                if before[move.who].link in move.links:
                    step = self._step(before, move)
                    if step.after not in self._first:
                        self._first[step.after] = step
                        reached.append(step.after)
                    self.steps.append(step)
        return self

    def story(self, pair: Pair) -> str:
        """The shortest way to a state, for the text of a failure."""
        moves = []
        step = self._first[pair]
        while step is not None:
            moves.append(f"{self.names[step.move.who].local} {step.move.name}")
            step = self._first[step.before]
        return f"{pair} after: {', '.join(reversed(moves)) or 'nothing'}"

    def _step(self, before: Pair, move: Move) -> Step:
        self.put(before)
        effects = move.run()
        after = self.read(before, effects)
        versions = (self.accounts[0].roster.version, self.accounts[1].roster.version)
        self.server.roll_back()
        return Step(before, move, effects, after, versions, self.read(before, []))

    def put(self, pair: Pair) -> None:
        """Bring the server into a state."""
        self.server.commit()
        for who, side in enumerate(pair):
            account, session = self.accounts[who], self.sessions[who]
            account.roster = self._roster(who, side)
            account.sessions = {} if side.link is GONE else {"r": session}
            session.presence = self._here[who] if side.link is AVAILABLE else None
            session.interested = side.link is not GONE
            session.directed = {}

    def read(self, before: Pair, effects: list[Effect]) -> Pair:
        """The state that the server is in now, ``effects`` having come out since ``before``."""
        return self._read(0, before, effects), self._read(1, before, effects)

    def _read(self, who: int, before: Pair, effects: list[Effect]) -> Side:
        account, session, other = self.accounts[who], self.sessions[who], self.names[1 - who].bare
        item = account.roster.items.get(other)
        link = GONE if not account.sessions else AVAILABLE if session.presence else BOUND
        sees = before[who].sees
        for stanza in presences(effects, session, other):
            sees = not stanza.type if stanza.type in ("", "unavailable") else sees
        return Side(
            (item.name, item.subscription, item.ask, item.approved) if item else None,
            other in account.roster.requests,
            link,
            sees and link is AVAILABLE,
        )

    def _roster(self, who: int, side: Side) -> Roster:
        key = (who, side.item, side.request)
        roster = self._rosters.get(key)
        if roster is None:
            other = self.names[1 - who].bare
            items = {}
            if side.item:
                name, subscription, ask, approved = side.item
                items[other] = Item(other, name, (), subscription, ask, approved)
            requests = {other: Kept(b"")} if side.request else {}
            roster = self._rosters[key] = Roster(START, items, requests)
        return roster

    def _moves_of(self, who: int) -> Iterator[Move]:
        session, other = self.sessions[who], self.names[1 - who]
        online, bare = (BOUND, AVAILABLE), other.bare
        for kind in ("subscribe", "subscribed", "unsubscribe", "unsubscribed"):
            yield Move(who, kind, online, self._sending(session, Presence(kind, to=other)))
        yield Move(who, "set", online, self._sending(session, _roster_set(f"<item jid='{bare}'/>")))
        yield Move(who, "rename", online, self._sending(session, _roster_set(f"<item jid='{bare}' name='n'/>")))
        removal = f"<item jid='{bare}' subscription='remove'/>"
        yield Move(who, "remove", online, self._sending(session, _roster_set(removal)))
        yield Move(who, "available", online, self._sending(session, Presence()))
        yield Move(who, "unavailable", online, self._sending(session, Presence("unavailable")))
        yield Move(who, "connect", (GONE,), lambda: self._connect(session))
        yield Move(who, "lose", online, lambda: self.server.lose(session, 0.0))

    def _connect(self, session: Session) -> list[Effect]:
        session.presence, session.interested = None, False
        get = Iq("get", "1", child=etree.fromstring("<query xmlns='jabber:iq:roster'/>"))
        return self.server.open(session, 0.0) + self.server.receive(session, get, 0.0)

    def _sending(self, session: Session, stanza: Stanza) -> Callable[[], list[Effect]]:
        return lambda: self.server.receive(session, stanza, 0.0)


def _roster_set(item: str) -> Iq:
    return Iq("set", "1", child=etree.fromstring(f"<query xmlns='jabber:iq:roster'>{item}</query>"))
