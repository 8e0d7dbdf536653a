"""How a mutant breaks a rule by what the rule sends: some of it is lost, made into something else, or joined by more.

A *rule* is a function of :mod:`rosterkit.core` whose first argument is the world.  Each function here gives a change
for a :class:`~rosterkit.conformance.server.mutant.Patch`.

Tests: ``tests/conformance/test_server_sending.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Account, Link, Session
from rosterkit.core.world import World

__all__ = [
    "Change",
    "Sent",
    "adding",
    "changing",
    "is_routed",
    "losing",
    "sees",
    "stripped",
    "subscribed",
    "while_available",
    "while_unavailable",
]

Change: TypeAlias = Callable[[Any], Any]

_FOREIGN = re.compile(rb"<(\w+) xmlns=.*?(?:/>|</\1>)", re.DOTALL)


class Sent(NamedTuple):
    """What a rule sends: straight to a link, or where it is None to whoever answers for ``to``."""

    link: Link | None
    stanza: Stanza
    to: str | None


def losing(lost: Callable[..., bool]) -> Change:
    """What the rule sends is lost where ``lost`` says so of it and of the rule's arguments."""
    return _rewriting(lambda sent, *given: () if lost(sent, *given) else (sent,))


def changing(made: Callable[..., Stanza]) -> Change:
    """What the rule sends is what ``made`` makes of it and of the rule's arguments."""
    return _rewriting(lambda sent, *given: (sent._replace(stanza=made(sent, *given)),))


def adding(more: Callable[..., object]) -> Change:
    """After the rule ``more`` is done, with the rule's arguments."""

    def change(rule: Any) -> Any:
        def wrong(*given: Any) -> Any:
            result = rule(*given)
            more(*given)
            return result

        return wrong

    return change


def while_available(change: Change) -> Change:
    """The change of a rule about a session, where that is available when the rule begins; otherwise none."""
    return _where(lambda session: session.presence is not None, change)


def while_unavailable(change: Change) -> Change:
    """The same, where it is not available."""
    return _where(lambda session: session.presence is None, change)


def _where(applies: Callable[[Session], bool], change: Change) -> Change:
    def conditional(rule: Any) -> Any:
        wrong = change(rule)
        return lambda world, session, *more: (wrong if applies(session) else rule)(world, session, *more)

    return conditional


def _rewriting(rewrite: Callable[..., Iterable[Sent]]) -> Change:
    def change(rule: Any) -> Any:
        def wrong(world: World, *given: Any) -> Any:
            with _overheard(world, lambda sent: rewrite(sent, world, *given)):
                return rule(world, *given)

        return wrong

    return change


@contextmanager
def _overheard(world: World, rewrite: Callable[[Sent], Iterable[Sent]]) -> Iterator[None]:
    send, route = world.send, world.route

    def put(sent: Sent) -> None:
        for one in rewrite(sent):
            if one.link is not None:
                send(one.link, one.stanza, one.to)
            else:
                route(one.stanza, one.to or "")

    vars(world).update(
        send=lambda link, stanza, to: put(Sent(link, stanza, to)),
        route=lambda stanza, to: put(Sent(None, stanza, to)),
    )
    try:
        yield
    finally:
        vars(world).update(send=send, route=route)


# What was sent


def is_routed(sent: Sent, type_: str = "") -> bool:
    """Whether it is presence of this type that goes to a contact."""
    return sent.link is None and isinstance(sent.stanza, Presence) and sent.stanza.type == type_


def subscribed(account: Account, contact: str | None) -> str:
    """The subscription that an account's roster shows for a contact (a bare or full JID)."""
    item = account.roster.items.get((contact or "").partition("/")[0])
    return item.subscription if item is not None else "none"


def sees(account: Account, contact: str | None) -> bool:
    """Whether a contact may see the account."""
    return subscribed(account, contact) in ("from", "both")


def stripped(stanza: Stanza) -> Stanza:
    """A stanza without the children of other namespaces."""
    return replace(stanza, body=_FOREIGN.sub(b"", stanza.body), memo=None)
