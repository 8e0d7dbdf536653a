"""Mutants that store edits wrongly, and others than they should (RFC 6121 §2.1.2, §2.1.5, §2.3, §2.4).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import presence, requests, roster, roster_iq
from rosterkit.core.roster import Item, Roster
from rosterkit.errors import BAD_REQUEST
from rosterkit.wire import encode

__all__ = ["MUTANTS"]

_SET = ("set", roster_iq.QUERY)
_ITEM, _GROUP = (f"{{{roster.NAMESPACE}}}{name}" for name in ("item", "group"))


# What a set cannot do


def _takes(attribute: str, new: bool, taken: Any) -> Any:
    """What an item says in ``attribute`` is taken over, of new entries or of those that are there."""

    def change(original: Any) -> Any:
        def set_entry(world: Any, session: Any, iq: Any) -> Any:
            said = next((one.get(attribute) for one in iq.child if one.tag == _ITEM), None)
            before = session.account.roster.items
            answer = original(world, session, iq)
            after = session.account.roster.items
            for jid in after:
                if said and said != "remove" and (jid not in before) is new and after[jid] is not before.get(jid):
                    world.put_item(session.account, replace(after[jid], memo=None, **taken(said)))
            return answer

        return set_entry

    return change


def _knows_all(original: Any) -> Any:
    def read(query: Any, owner: str, limits: Any) -> Any:
        unknown = [child for one in query for child in one if child.tag != _GROUP]
        return BAD_REQUEST if unknown else original(query, owner, limits)

    return read


# Adding


def _unanswered(original: Any) -> Any:
    def set_entry(world: Any, session: Any, iq: Any) -> Any:
        answer = original(world, session, iq)
        return answer if answer else None

    return set_entry


def _forgotten(original: Any) -> Any:
    def lost(world: Any, session: Any) -> None:
        original(world, session)
        if not session.account.sessions:
            world.undo.put(session.account, "roster", Roster.new(world.new_version()))

    return lost


def _groupless(original: Any) -> Any:
    return lambda effect: original(effect._replace(item=replace(effect.item, groups=(), memo=None)))


def _putting(made: Any) -> Any:
    """The entry that a set leads to is ``made`` of the one that is known, or None, and what is wanted."""

    def change(_: Any) -> Any:
        def update(world: Any, account: Any, wanted: Any) -> None:
            world.put_item(account, made(account.roster.items.get(wanted.jid), wanted))

        return update

    return change


def _to_at_first(known: Item | None, wanted: Any) -> Item:
    return replace(known or Item(wanted.jid, subscription="to"), name=wanted.name, groups=wanted.groups, memo=None)


# Changing


def _merged(known: Item | None, wanted: Any) -> Item:
    item = known or Item(wanted.jid)
    groups = dict.fromkeys((*item.groups, *wanted.groups)) if wanted.groups else ()
    return replace(item, name=wanted.name, groups=tuple(groups), memo=None)


def _name_kept(known: Item | None, wanted: Any) -> Item:
    item = known or Item(wanted.jid)
    return replace(item, name=wanted.name or item.name, groups=wanted.groups, memo=None)


def _groups_kept(known: Item | None, wanted: Any) -> Item:
    item = known or Item(wanted.jid)
    return replace(item, name=wanted.name, groups=wanted.groups or item.groups, memo=None)


def _subscription_lost(known: Item | None, wanted: Any) -> Item:
    return Item(wanted.jid, wanted.name, wanted.groups, ask=known is not None and known.ask)


def _ask_lost(known: Item | None, wanted: Any) -> Item:
    return replace(known or Item(wanted.jid), name=wanted.name, groups=wanted.groups, ask=False, memo=None)


def _changes_not_pushed(original: Any) -> Any:
    def update(world: Any, account: Any, wanted: Any) -> None:
        known = account.roster.items.get(wanted.jid)
        if known is None:
            original(world, account, wanted)
            return
        item = replace(known, name=wanted.name, groups=wanted.groups, memo=None)
        changed = account.roster.with_item(item, world.new_version(), world.settings.history)
        world.set_roster(account, item.jid, changed)

    return update


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "approved-taken",
        "2.1.2.1",
        "An entry is approved when a set says so.",
        Patch(requests.OWN, _SET, _takes("approved", True, lambda _: {"approved": True})),
    ),
    mutant(
        "ask-taken",
        "2.1.2.2",
        "An entry has a request that waits when a set says so.",
        Patch(requests.OWN, _SET, _takes("ask", True, lambda _: {"ask": True})),
    ),
    mutant(
        "subscription-taken",
        "2.1.5",
        "A new entry has the subscription that the set says.",
        Patch(requests.OWN, _SET, _takes("subscription", True, lambda said: {"subscription": said})),
    ),
    mutant(
        "unknown-refused",
        "2.3.1",
        "An item with a child that is no group is refused.",
        Patch(roster_iq, "read_set", _knows_all),
    ),
    mutant(
        "set-unanswered",
        "2.3.2",
        "A set that was done gets no answer.",
        Patch(requests.OWN, _SET, _unanswered),
    ),
    mutant(
        "edits-forgotten",
        "2.3.2",
        "With the last session the roster is gone.",
        Patch(presence, "lost", _forgotten),
    ),
    mutant(
        "groups-not-pushed",
        "2.3.2",
        "Pushes have no groups.",
        Patch(encode, "pushes", _groupless),
    ),
    mutant(
        "begins-at-to",
        "2.3.2",
        "A new entry begins with a subscription to the contact.",
        Patch(roster_iq, "_update", _putting(_to_at_first)),
    ),
    mutant(
        "groups-merged",
        "2.4.2",
        "An update adds its groups to those that are there.",
        Patch(roster_iq, "_update", _putting(_merged)),
    ),
    mutant(
        "name-not-cleared",
        "2.4.2",
        "An update without a name leaves the old one.",
        Patch(roster_iq, "_update", _putting(_name_kept)),
    ),
    mutant(
        "groups-not-cleared",
        "2.4.2",
        "An update without groups leaves the old ones.",
        Patch(roster_iq, "_update", _putting(_groups_kept)),
    ),
    mutant(
        "updates-not-pushed",
        "2.4.2",
        "Only new entries are pushed.",
        Patch(roster_iq, "_update", _changes_not_pushed),
    ),
    mutant(
        "update-ends-subscription",
        "2.4.2",
        "After an update there is no subscription any more.",
        Patch(roster_iq, "_update", _putting(_subscription_lost)),
    ),
    mutant(
        "update-ends-request",
        "2.4.2",
        "After an update no request of the user's waits any more.",
        Patch(roster_iq, "_update", _putting(_ask_lost)),
    ),
    mutant(
        "update-takes-subscription",
        "2.4.2",
        "An entry that is there has the subscription that an update says.",
        Patch(requests.OWN, _SET, _takes("subscription", False, lambda said: {"subscription": said})),
    ),
)
