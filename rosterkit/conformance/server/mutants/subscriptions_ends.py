"""Mutants that do not let go: presence that stays or goes on, entries of who was refused (RFC 6121 §3.2, §3.3).

Tests: ``tests/conformance/test_server_subscriptions_ends.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.subscriptions_ways import (
    Coming,
    Going,
    Rule,
    inbound,
    is_local,
    outbound,
    routing,
)
from rosterkit.core import presence
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


# Presence that does not go away, or goes astray


def _ends_first(going: Going) -> None:
    """What is withdrawn goes behind the end, where it goes to another server."""
    waiting: list[tuple[Stanza, str]] = []

    def route(made: Stanza, to: str) -> Stanza | None:
        if made.type != "unavailable" or is_local(going.world, to):
            return made
        waiting.append((made, to))
        return None

    with routing(going.world, route):
        going.rule()
    for made, to in waiting:
        going.world.route(made, to)


def _goes_by_one(going: Going) -> None:
    def route(made: Stanza, to: str) -> Stanza | None:
        other = made.type == "unavailable" and made.sender is not going.session.jid
        return None if other and is_local(going.world, to) else made

    with routing(going.world, route):
        going.rule()


def _former(world: World, account: Account) -> dict[str, None]:
    """Contacts who have seen the account once; kept in the world, so that each play begins with none."""
    everybody: dict[str, dict[str, None]] = vars(world).setdefault("former", {})
    return everybody.setdefault(account.jid.bare, {})


def _remembers(now: Going | Coming) -> None:
    now.rule()
    _former(now.world, now.account)[now.contact] = None


def _goes_on(rule: Rule) -> Rule:
    def done(world: World, session: Session, stanza: Presence) -> None:
        rule(world, session, stanza)
        for contact in _former(world, session.account):
            world.route(stanza, contact)

    return done


def _stays(local: bool) -> Callable[[Coming], None]:
    """Who leaves is not told that the user's first resource is gone."""

    def done(coming: Coming) -> None:
        first = next((session.jid for session in coming.account.available), None)

        def route(made: Stanza, to: str) -> Stanza | None:
            stays = made.type == "unavailable" and made.sender == first
            return None if stays and is_local(coming.world, to) is local else made

        with routing(coming.world, route):
            coming.rule()

    return done


def _tells_strangers(coming: Coming) -> None:
    coming.rule()
    if not coming.before.seen:
        presence.withdraw(coming.world, coming.account, coming.contact)


# Refusals


def _lists_refused(going: Going) -> None:
    going.rule()
    if going.before.pending_in and going.contact not in going.account.roster.items:
        going.world.put_item(going.account, Item(going.contact))


def _removes_who_refuses(coming: Coming) -> None:
    world, account, contact = coming.world, coming.account, coming.contact
    coming.rule()
    if coming.before.ask and contact in account.roster.items:
        roster = account.roster.without_item(contact, world.new_version(), world.settings.history)
        world.set_roster(account, contact, roster)
        world.push(account, Item(contact, subscription="remove"))


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "cancels-before-unavailable",
        "3.2.2",
        "The end of a subscription goes to another server before unavailable presence.",
        outbound("unsubscribed", _ends_first),
    ),
    mutant(
        "goes-by-one-resource",
        "3.2.2",
        "For a local contact only the resource that ends the subscription becomes unavailable.",
        outbound("unsubscribed", _goes_by_one),
    ),
    mutant(
        "goes-on-after-cancelling",
        "3.2.2",
        "Presence goes on to a contact whose subscription the user has ended.",
        outbound("unsubscribed", _remembers),
        Patch(presence, "available", _goes_on),
    ),
    mutant(
        "lists-who-is-refused",
        "3.2.2",
        "Who was refused comes into the roster.",
        outbound("unsubscribed", _lists_refused),
    ),
    mutant(
        "removes-who-refuses",
        "3.2.3",
        "A contact who refuses is removed from the roster.",
        inbound("unsubscribed", _removes_who_refuses),
    ),
    mutant(
        "stays-for-remote-who-leave",
        "3.3.3",
        "A contact of another server who unsubscribes gets unavailable presence of all resources but one.",
        inbound("unsubscribe", _stays(local=False)),
    ),
    mutant(
        "stays-for-local-who-leave",
        "3.3.3",
        "An account that unsubscribes gets unavailable presence of all resources but one.",
        inbound("unsubscribe", _stays(local=True)),
    ),
    mutant(
        "goes-on-after-leaving",
        "3.3.3",
        "Presence goes on to a contact who has unsubscribed.",
        inbound("unsubscribe", _remembers),
        Patch(presence, "available", _goes_on),
    ),
    mutant(
        "goes-away-for-strangers",
        "3.3.3",
        "A stranger who unsubscribes gets unavailable presence of each resource.",
        inbound("unsubscribe", _tells_strangers),
    ),
)
