"""Mutants that treat directed presence wrongly (RFC 6121 §4.6).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.sending import (
    Change,
    Sent,
    adding,
    is_routed,
    losing,
    sees,
    while_available,
    while_unavailable,
)
from rosterkit.core import jid, presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Session
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


def _mutant(name: str, breaks: str, rule: str, change: Change, section: str = "4.6.3") -> Mutant:
    return mutant(name, section, breaks, Patch(presence, rule, change))


def _targets(session: Session) -> list[str]:
    return [target for targets in session.directed.values() for target in targets]


# Whom it reaches


def _to_strangers(sent: Sent, world: World, session: Session, *_: Any) -> bool:
    remote = jid.parse(sent.to or "").domain not in world.domains
    return is_routed(sent) and remote and not sees(session.account, sent.to)


def _to_local_bare(sent: Sent, world: World, *_: Any) -> bool:
    return is_routed(sent) and sent.to in world.accounts


def _by_bare_jid(deliver: Any) -> Any:
    return lambda world, stanza, to: deliver(world, stanza, to.without_resource())


def _from_strangers(_sent: Sent, world: World, stanza: Presence, to: Jid) -> bool:
    account, sender = world.accounts[to.bare], stanza.sender
    return sender is not None and sender.domain not in world.domains and not account.roster.state(sender.bare).sees


# What it does not do


def _broadcast(world: World, session: Session, stanza: Presence) -> None:
    for contact in presence.audience(session.account):
        world.route(stanza, contact)


def _bring(world: World, session: Session, *_: Any) -> None:
    account = session.account
    for asker in account.roster.requests:
        world.send(session, Presence("subscribe", sender=jid.parse(asker)), account.jid.bare)
    for other in account.available:
        if other.presence is not None:
            world.send(session, other.presence, account.jid.bare)


def _tell_targets(world: World, session: Session, stanza: Presence) -> None:
    for target in _targets(session):
        world.route(stanza, target)


def _to_targets(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return is_routed(sent) and sent.to in session.directed


# How it ends


def _to_non_subscribers(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return is_routed(sent, "unavailable") and not sees(session.account, sent.to)


def _strangers_only(remember: Any) -> Any:
    def wrong(world: World, session: Session, bare: str, target: str) -> None:
        if bare not in session.account.roster.items:
            remember(world, session, bare, target)

    return wrong


def _twice(unavailable: Any) -> Any:
    def wrong(world: World, session: Session, stanza: Presence) -> None:
        targets = _targets(session)
        unavailable(world, session, stanza)
        for target in targets:
            if sees(session.account, target):
                world.route(stanza, target)

    return wrong


def _taken_back(sent: Sent, *_: Any) -> bool:
    return is_routed(sent, "unavailable")


def _never(_forget: Any) -> Any:
    return lambda *_: None


def _tell_targets_of_all(world: World, session: Session, stanza: Presence) -> None:
    for other in session.account.sessions.values():
        _tell_targets(world, other, stanza)


MUTANTS: tuple[Mutant, ...] = (
    _mutant("directed-to-subscribers", "Strangers get no directed presence.", "directed", losing(_to_strangers)),
    _mutant("directed-not-to-local", "Accounts of the same server get none.", "directed", losing(_to_local_bare)),
    _mutant("full-jid-as-bare", "Presence for a full JID comes to every resource.", "deliver", _by_bare_jid, "4.6.4"),
    _mutant(
        "inbound-of-contacts", "Presence of strangers does not come.", "deliver", losing(_from_strangers), "4.6.4"
    ),
    _mutant(
        "directed-broadcast",
        "Presence for one address goes to all subscribers too.",
        "directed",
        while_unavailable(adding(_broadcast)),
    ),
    _mutant(
        "directed-brings",
        "Presence for one address brings requests and presence as initial presence does.",
        "directed",
        while_unavailable(adding(_bring)),
    ),
    _mutant(
        "directed-repeated",
        "Targets of directed presence get what is broadcast too.",
        "available",
        while_available(adding(_tell_targets)),
    ),
    _mutant(
        "directed-instead",
        "Subscribers who have got directed presence get no more of what is broadcast.",
        "available",
        while_available(losing(_to_targets)),
    ),
    _mutant("directed-not-ended", "Targets are not told the end.", "unavailable", losing(_to_non_subscribers)),
    _mutant(
        "directed-to-roster-forgotten", "Targets in the roster are not told the end.", "_remember", _strangers_only
    ),
    _mutant("directed-ended-twice", "Subscribers among the targets are told twice.", "unavailable", _twice),
    _mutant(
        "directed-not-ended-by-stream",
        "Targets are not told the end of a stream.",
        "lost",
        while_available(losing(_to_non_subscribers)),
    ),
    _mutant(
        "directed-not-ended-unseen",
        "Targets of a resource that was never available are not told the end of its stream.",
        "lost",
        while_unavailable(losing(_to_non_subscribers)),
    ),
    _mutant("directed-not-taken-back", "Directed unavailable presence is lost.", "directed", losing(_taken_back)),
    _mutant("directed-never-forgotten", "Targets who were told the end are told again.", "_forget", _never),
    _mutant(
        "directed-ends-with-any",
        "Targets are told the end of every resource of the user.",
        "unavailable",
        adding(_tell_targets_of_all),
    ),
)
