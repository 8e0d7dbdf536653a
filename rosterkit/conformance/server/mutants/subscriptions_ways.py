"""Ways in which a rule about subscriptions goes wrong: what it decides, routes, sends or pushes is another thing.

A rule is a function over a world.  A way lets the rule be as it is, and comes between it and the world while it runs.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from rosterkit.conformance.server.mutant import Patch
from rosterkit.core import subscribing
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.subscription import Event, State, Step
from rosterkit.core.world import World

__all__ = [
    "Coming",
    "Deciding",
    "Going",
    "Rule",
    "Settling",
    "available",
    "changed",
    "decided",
    "inbound",
    "is_local",
    "outbound",
    "pushing",
    "routing",
    "sending",
    "settled",
]

Rule: TypeAlias = Callable[..., Any]


class Going(NamedTuple):
    """A stanza of the user's on its way out: to ``contact`` (a bare JID), in the state of ``before``.

    ``rule`` does what is right with it.
    """

    world: World
    account: Account
    session: Session
    stanza: Presence
    contact: str
    before: State
    rule: Callable[[], None]


class Coming(NamedTuple):
    """A stanza that comes for an account from ``sender``, whose bare JID is ``contact``; else as :class:`Going`."""

    world: World
    account: Account
    stanza: Presence
    sender: Jid
    contact: str
    before: State
    rule: Callable[[], None]


class Deciding(NamedTuple):
    """What happens in a state, and the right outcome of it."""

    world: World
    account: Account
    contact: str
    state: State
    event: Event
    outcome: Step


class Settling(NamedTuple):
    """A roster that is to be brought to an outcome; ``rule`` does it for the contact that it is given."""

    world: World
    account: Account
    contact: str
    roster: Roster
    outcome: Step
    rule: Callable[[str], None]


def outbound(type_: str, wrong: Callable[[Going], object]) -> Patch:
    """What goes out of this type is done by ``wrong``."""

    def change(rule: Rule) -> Rule:
        def done(world: World, session: Session, stanza: Presence) -> None:
            assert stanza.to is not None
            contact, account = stanza.to.bare, session.account
            before = account.roster.state(contact)
            right = Going(world, account, session, stanza, contact, before, lambda: rule(world, session, stanza))
            if stanza.type == type_:
                wrong(right)
            else:
                right.rule()

        return done

    return Patch(subscribing, "outbound", change)


def inbound(type_: str, wrong: Callable[[Coming], object]) -> Patch:
    """What comes in of this type, for an account that exists, is done by ``wrong``."""

    def change(rule: Rule) -> Rule:
        def done(world: World, stanza: Presence, to: Jid) -> None:
            account, sender = world.accounts.get(to.bare), stanza.sender
            if stanza.type != type_ or account is None or sender is None:
                rule(world, stanza, to)
            else:
                before = account.roster.state(sender.bare)
                wrong(Coming(world, account, stanza, sender, sender.bare, before, lambda: rule(world, stanza, to)))

        return done

    return Patch(subscribing, "inbound", change)


def decided(wrong: Callable[[Deciding], Step]) -> Patch:
    """What becomes of a stanza in a state is what ``wrong`` says."""

    def change(rule: Rule) -> Rule:
        def done(world: World, account: Account, contact: str, state: State, event: Event) -> Step:
            outcome = rule(world, account, contact, state, event)
            return wrong(Deciding(world, account, contact, state, event, outcome))

        return done

    return Patch(subscribing, "_decide", change)


def settled(wrong: Callable[[Settling], object]) -> Patch:
    """The roster is brought to an outcome by ``wrong``."""

    def change(rule: Rule) -> Rule:
        def done(world: World, account: Account, contact: str, roster: Roster, outcome: Step) -> None:
            def right(named: str) -> None:
                rule(world, account, named, roster, outcome)

            wrong(Settling(world, account, contact, roster, outcome, right))

        return done

    return Patch(subscribing, "_settle", change)


# What the world does meanwhile


@contextmanager
def routing(world: World, wrong: Callable[[Stanza, str], Stanza | None]) -> Iterator[None]:
    """What is routed to an address is what ``wrong`` makes of it; nothing where that is None."""

    def route(stanza: Stanza, to: str) -> None:
        made = wrong(stanza, to)
        if made is not None:
            World.route(world, made, made.to.full if made is not stanza and made.to is not None else to)

    with _instead(world, "route", route):
        yield


@contextmanager
def sending(world: World, wrong: Callable[[Any, Stanza], Stanza | None]) -> Iterator[None]:
    """The same for what is sent to a link."""

    def send(link: Any, stanza: Stanza, to: str | None) -> None:
        made = wrong(link, stanza)
        if made is not None:
            World.send(world, link, made, to)

    with _instead(world, "send", send):
        yield


@contextmanager
def pushing(world: World, receives: Callable[[Session], bool]) -> Iterator[None]:
    """A push goes to those sessions of the account that ``receives`` takes."""

    def push(account: Account, item: Item) -> None:
        chosen = [session for session in account.sessions.values() if receives(session)]
        World.push_to(world, chosen, item, account.roster.version)

    with _instead(world, "push", push):
        yield


@contextmanager
def _instead(world: World, name: str, value: Rule) -> Iterator[None]:
    vars(world)[name] = value
    try:
        yield
    finally:
        del vars(world)[name]


# Small things


def changed(stanza: Stanza, **what: Any) -> Stanza:
    """Another stanza, which differs in ``what``."""
    return replace(stanza, memo=None, **what)


def is_local(world: World, to: str) -> bool:
    """Whether a bare JID is one of the server's own."""
    return to.partition("@")[2] in world.domains


def available(session: Session) -> bool:
    """Whether a session knows the roster and is available."""
    return session.interested and session.presence is not None
