"""Mutants of roster versioning: which version what has, and what is told of changes (RFC 6121 §2.6).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants import rosters_changes
from rosterkit.conformance.server.mutants.rosters_pushed import remembered
from rosterkit.core import requests, roster_iq
from rosterkit.core.effects import Push, SendRoster
from rosterkit.core.roster import Item, Roster
from rosterkit.core.world import World
from rosterkit.wire import encode, features

__all__ = ["MUTANTS"]

_GET = ("get", roster_iq.QUERY)
_OFFER = b"<ver xmlns='urn:xmpp:features:rosterver'/>"


# Offered and given


def _not_offered(original: Any) -> Any:
    return lambda settings: original(settings).replace(_OFFER, b"")


def _unversioned(original: Any) -> Any:
    def emit(world: Any, effect: Any) -> None:
        original(world, effect._replace(versioned=False) if isinstance(effect, SendRoster) else effect)

    return emit


def _versioned_for_good(original: Any) -> Any:
    """A resource that has used versions once is told that nothing has changed when it says none."""

    def get(world: Any, session: Any, iq: Any) -> Any:
        used = remembered(world, "versioned")
        if iq.child.get("ver") is None and session.jid.full in used:
            return b""
        if iq.child.get("ver") is not None:
            used[session.jid.full] = True
        return original(world, session, iq)

    return get


def _noting_versions(original: Any) -> Any:
    def get(world: Any, session: Any, iq: Any) -> Any:
        if iq.child.get("ver") is not None:
            remembered(world, "versioned")[session.jid.full] = True
        return original(world, session, iq)

    return get


def _only_to_users(original: Any) -> Any:
    """Pushes have a version for resources that have asked with one."""

    def push_to(world: Any, sessions: Any, item: Any, version: str) -> None:
        used = remembered(world, "versioned")
        original(world, [one for one in sessions if one.jid.full in used], item, version)
        others = tuple((one, world.new_id()) for one in sessions if one.jid.full not in used)
        if others:
            world.emit(Push(others, item, None))

    return push_to


def _pushed_without(original: Any) -> Any:
    return lambda effect: original(effect._replace(version=None))


def _own_versions(original: Any) -> Any:
    """The version of a push is one that the roster never has."""

    def push_to(world: Any, sessions: Any, item: Any, version: str) -> None:
        original(world, sessions, item, f"push-{version}")

    return push_to


# Which version


def _named(version: Any) -> Any:
    """The state with these items has the version that is made of the roster before, the items and a new one."""

    def change(original: Any) -> Any:
        def with_items(roster: Roster, items: Any, new: str, contact: str, limit: int) -> Roster:
            return original(roster, items, version(roster, items, new), contact, limit)  # type: ignore[no-any-return]

        return with_items

    return change


def _counted(_roster: Roster, items: Any, _new: str) -> str:
    return f"{len(items)} entries"


def _first_is_none(roster: Roster, _items: Any, new: str) -> str:
    return new if roster.items else roster.version


def _silent(differs: Any) -> Any:
    """A change keeps the version where ``differs`` takes the entry before and after."""

    def change(original: Any) -> Any:
        def put_item(world: Any, account: Any, item: Item, roster: Roster | None = None) -> None:
            before = account.roster if roster is None else roster
            old = before.items.get(item.jid) or Item(item.jid)
            new_version = world.new_version
            if differs(old, item):
                world.new_version = lambda: before.version
            original(world, account, item, roster)
            world.new_version = new_version

        return put_item

    return change


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "versions-not-offered",
        "2.6.1",
        "The stream features do not say that there are versions.",
        Patch(features, "after_login", _not_offered),
    ),
    mutant(
        "roster-without-version",
        "2.6.2",
        "A whole roster has no version.",
        Patch(World, "emit", _unversioned),
    ),
    mutant(
        "versioned-for-good",
        "2.6.2",
        "A resource that has used versions before gets an empty result when it asks without one.",
        Patch(requests.OWN, _GET, _versioned_for_good),
    ),
    mutant(
        "versions-for-users",
        "2.6.2",
        "Pushes have versions only for resources that have asked with one.",
        Patch(requests.OWN, _GET, _noting_versions),
        Patch(World, "push_to", _only_to_users),
    ),
    mutant(
        "pushes-without-version",
        "2.6.3",
        "Pushes have no version.",
        Patch(encode, "pushes", _pushed_without),
    ),
    mutant(
        "pushes-with-own-versions",
        "2.6.3",
        "The version of a push is not that of the roster.",
        Patch(World, "push_to", _own_versions),
    ),
    mutant(
        "entries-counted",
        "2.6.3",
        "The version is how many entries there are.",
        Patch(Roster, "_with_items", _named(_counted)),
    ),
    mutant(
        "first-entry-unnoticed",
        "2.6.3",
        "The first entry has the version of the empty roster.",
        Patch(Roster, "_with_items", _named(_first_is_none)),
    ),
    mutant(
        "requests-unnoticed",
        "2.6.3",
        "A request of the user's changes no version.",
        Patch(
            World, "put_item", _silent(lambda old, new: old.ask != new.ask and old.subscription == new.subscription)
        ),
    ),
    mutant(
        "subscriptions-unnoticed",
        "2.6.3",
        "A subscription that begins or ends changes no version.",
        Patch(World, "put_item", _silent(lambda old, new: old.subscription != new.subscription)),
    ),
    *rosters_changes.MUTANTS,
)
