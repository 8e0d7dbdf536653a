"""Mutants that remove an entry wrongly, or not all that hangs on it (RFC 6121 §2.5).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.rosters_pushed import remembered
from rosterkit.core import jid, presence, roster_iq, subscribing
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Presence
from rosterkit.core.subscription import State
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


# The entry


def _kept(_: Any) -> Any:
    def remove(world: Any, account: Any, contact: str) -> Any:
        world.push(account, Item(contact, subscription="remove"))
        return b""

    return remove


def _removals_not_pushed(original: Any) -> Any:
    def push(world: Any, account: Any, item: Item) -> None:
        if item.subscription != "remove":
            original(world, account, item)

    return push


def _missing_removed(original: Any) -> Any:
    def remove(world: Any, account: Any, contact: str) -> Any:
        if contact in account.roster.items or contact in account.roster.requests:
            return original(world, account, contact)
        world.push(account, Item(contact, subscription="remove"))
        return b""

    return remove


def _request_removed(original: Any) -> Any:
    def remove(world: Any, account: Any, contact: str) -> Any:
        if contact in account.roster.items or contact not in account.roster.requests:
            return original(world, account, contact)
        world.set_roster(account, contact, account.roster.without_request(contact))
        return b""

    return remove


def _noting_removed(original: Any) -> Any:
    def remove(world: Any, account: Any, contact: str) -> Any:
        remembered(world, "removed")[contact] = account.roster.items.get(contact)
        return original(world, account, contact)

    return remove


def _restored(original: Any) -> Any:
    def update(world: Any, account: Any, wanted: Any) -> None:
        old = remembered(world, "removed").pop(wanted.jid, None)
        if old is None:
            original(world, account, wanted)
        else:
            world.put_item(account, old)

    return update


# What hangs on it


def _severing(state: State, instead: State) -> Any:
    """In ``state`` the contact is told what another one would have it."""

    def change(original: Any) -> Any:
        def sever(world: Any, account: Any, contact: str, before: State) -> None:
            original(world, account, contact, instead if before is state else before)

        return sever

    return change


def _forgets(key: str, state: State, instead: State) -> Mutant:
    return mutant(
        f"removal-in-{key}",
        "2.5.2",
        f"When the state is {key}, a removal tells the contact less than that.",
        Patch(subscribing, "sever", _severing(state, instead)),
    )


def _here_without(state: State) -> Any:
    """A contact of the same server is not told of a removal in this state."""

    def change(original: Any) -> Any:
        def sever(world: Any, account: Any, contact: str, before: State) -> None:
            if before is not state or jid.parse(contact).domain not in world.domains:
                original(world, account, contact, before)

        return sever

    return change


def _without_leave(_: Any) -> Any:
    def sever(world: Any, account: Any, contact: str, state: State) -> None:
        if state.sees or state.ask:
            world.route(Presence("unsubscribe", sender=account.jid), contact)
        if state.seen or state.pending_in:
            world.route(Presence("unsubscribed", sender=account.jid), contact)

    return sever


def _by_a_resource(_: Any) -> Any:
    def sever(world: World, account: Any, contact: str, state: State) -> None:
        sender = next((session.jid for session in account.sessions.values()), account.jid)
        if state.sees or state.ask:
            world.route(Presence("unsubscribe", sender=sender), contact)
        if state.seen:
            presence.withdraw(world, account, contact)
        if state.seen or state.pending_in:
            world.route(Presence("unsubscribed", sender=sender), contact)

    return sever


def _leave_of_all(original: Any) -> Any:
    def sever(world: Any, account: Any, contact: str, state: State) -> None:
        if not state.seen:
            presence.withdraw(world, account, contact)
        original(world, account, contact, state)

    return sever


def _remembered_audience(original: Any) -> Any:
    """Who sees the account is worked out once, and not again when an entry goes."""

    def without_item(roster: Roster, contact: str, version: str, limit: int) -> Roster:
        gone: Roster = original(roster, contact, version, limit)
        gone.memo["seen_by"] = roster.seen_by
        return gone

    return without_item


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "removed-entry-kept",
        "2.5.2",
        "A removal is answered and pushed, and the entry is there as before.",
        Patch(roster_iq, "_remove", _kept),
    ),
    mutant(
        "removals-not-pushed",
        "2.5.2",
        "Removals are not pushed.",
        Patch(World, "push", _removals_not_pushed),
    ),
    mutant(
        "removed-entry-restored",
        "2.5.2",
        "An entry that is added again is what it was when it was removed.",
        Patch(roster_iq, "_remove", _noting_removed),
        Patch(roster_iq, "_update", _restored),
    ),
    _forgets("none-out", State.NONE_OUT, State.NONE),
    _forgets("none-in", State.NONE_IN, State.NONE),
    _forgets("to", State.TO, State.NONE),
    _forgets("from", State.FROM, State.NONE),
    _forgets("both", State.BOTH, State.FROM),
    _forgets("from-out", State.FROM_OUT, State.FROM),
    _forgets("to-in", State.TO_IN, State.TO),
    mutant(
        "removal-here-untold",
        "2.5.2",
        "Contacts of the same server are not told that a mutual subscription is over.",
        Patch(subscribing, "sever", _here_without(State.BOTH)),
    ),
    mutant(
        "request-here-not-withdrawn",
        "2.5.2",
        "A request to a contact of the same server waits on when the entry is removed.",
        Patch(subscribing, "sever", _here_without(State.NONE_OUT)),
    ),
    mutant(
        "request-here-not-refused",
        "2.5.2",
        "A contact of the same server whose request waits is not told that the entry was removed.",
        Patch(subscribing, "sever", _here_without(State.NONE_IN)),
    ),
    mutant(
        "removal-by-resource",
        "2.5.2",
        "What a removal says to the contact comes from a resource of the account.",
        Patch(subscribing, "sever", _by_a_resource),
    ),
    mutant(
        "leave-not-taken",
        "2.5.2",
        "A contact who was removed gets no unavailable presence.",
        Patch(subscribing, "sever", _without_leave),
    ),
    mutant(
        "leave-of-strangers",
        "2.5.2",
        "A contact who never saw the user gets unavailable presence at the removal.",
        Patch(subscribing, "sever", _leave_of_all),
    ),
    mutant(
        "audience-remembered",
        "2.5.2",
        "A contact who was removed goes on getting presence.",
        Patch(Roster, "without_item", _remembered_audience),
    ),
    mutant(
        "missing-removed",
        "2.5.3",
        "The removal of an entry that is not there succeeds.",
        Patch(roster_iq, "_remove", _missing_removed),
    ),
    mutant(
        "request-removed",
        "2.5.3",
        "A removal takes away a request that waits, though there is no entry.",
        Patch(roster_iq, "_remove", _request_removed),
    ),
)
