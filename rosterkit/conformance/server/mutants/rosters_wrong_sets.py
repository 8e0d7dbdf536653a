"""Mutants that take what has to be refused (RFC 6121 §2.3.3, §2.4.3).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import requests, roster, roster_iq
from rosterkit.core.roster import Item
from rosterkit.errors import JID_MALFORMED, StanzaError

__all__ = ["MUTANTS"]

_SET = ("set", roster_iq.QUERY)
_ITEM, _GROUP = (f"{{{roster.NAMESPACE}}}{name}" for name in ("item", "group"))
_LONGEST = 100


def _items(query: Any) -> list[Any]:
    return [child for child in query if child.tag == _ITEM]


def _first_taken(original: Any) -> Any:
    return lambda query, owner, limits: original(_items(query)[:1], owner, limits)


def _nothing_to_do(idle: Any) -> Any:
    """A set is answered as if it had been done, where ``idle`` takes its items."""

    def change(original: Any) -> Any:
        def set_entry(world: Any, session: Any, iq: Any) -> Any:
            return b"" if idle(_items(iq.child)) else original(world, session, iq)

        return set_entry

    return change


def _lacks_jid(items: list[Any]) -> bool:
    return bool(items) and items[0].get("jid") is None


def _has_empty_jid(items: list[Any]) -> bool:
    return bool(items) and items[0].get("jid") == ""


_numbers = itertools.count()


def _never_the_same(_: Any) -> Any:
    return lambda group: f"{next(_numbers)} {group}"


def _empty_passed_over(original: Any) -> Any:
    return lambda item, limits: original([child for child in item if child.tag != _GROUP or child.text], limits)


def _malformed_taken(original: Any) -> Any:
    def read(item: Any, owner: str) -> Any:
        contact = original(item, owner)
        wrong = isinstance(contact, StanzaError) and contact.condition == JID_MALFORMED.condition
        return item.get("jid") if wrong else contact

    return read


def _resource_kept(original: Any) -> Any:
    def read(item: Any, owner: str) -> Any:
        jid = item.get("jid") or ""
        return jid if "/" in jid and "@" in jid else original(item, owner)

    return read


def _cut_names(original: Any) -> Any:
    def read(query: Any, owner: str, limits: Any) -> Any:
        wanted = original(query, owner, limits)
        is_set = isinstance(wanted, roster.RosterSet) and wanted.name is not None
        return wanted._replace(name=wanted.name[:_LONGEST]) if is_set else wanted

    return read


def _cut_groups(original: Any) -> Any:
    def read(query: Any, owner: str, limits: Any) -> Any:
        wanted = original(query, owner, limits)
        is_set = isinstance(wanted, roster.RosterSet)
        return wanted._replace(groups=tuple(group[:_LONGEST] for group in wanted.groups)) if is_set else wanted

    return read


def _no_limit(_: Any) -> Any:
    return lambda _value, _limits: False


def _pushed_all_the_same(original: Any) -> Any:
    def set_entry(world: Any, session: Any, iq: Any) -> Any:
        answer = original(world, session, iq)
        if isinstance(answer, StanzaError) and _items(iq.child):
            world.push(session.account, Item(_items(iq.child)[0].get("jid") or "", "refused"))
        return answer

    return set_entry


def _half_done(original: Any) -> Any:
    """The first of several items that changes an entry is stored before the set is refused."""

    def set_entry(world: Any, session: Any, iq: Any) -> Any:
        items, account = _items(iq.child), session.account
        known = account.roster.items.get(items[0].get("jid")) if len(items) > 1 else None
        if known is not None:
            item = replace(known, name=items[0].get("name"), groups=(), memo=None)
            changed = account.roster.with_item(item, world.new_version(), world.settings.history)
            world.set_roster(account, item.jid, changed)
        return original(world, session, iq)

    return set_entry


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "first-item-taken",
        "2.3.3",
        "Of several items the first is stored, and the others are passed over.",
        Patch(roster_iq, "read_set", _first_taken),
    ),
    mutant(
        "no-item-taken",
        "2.3.3",
        "A set without an item is answered as if it had been done.",
        Patch(requests.OWN, _SET, _nothing_to_do(lambda items: not items)),
    ),
    mutant(
        "group-twice-taken",
        "2.3.3",
        "A group may stand in an item twice.",
        Patch(roster, "_comparable", _never_the_same),
    ),
    mutant(
        "empty-group-passed-over",
        "2.3.3",
        "A group without a name is left out, and the set done.",
        Patch(roster, "_read_groups", _empty_passed_over),
    ),
    mutant(
        "no-jid-taken",
        "2.3.3",
        "An item without a JID is answered as if it had been stored.",
        Patch(requests.OWN, _SET, _nothing_to_do(_lacks_jid)),
    ),
    mutant(
        "empty-jid-taken",
        "2.3.3",
        "An item whose JID is empty is answered as if it had been stored.",
        Patch(requests.OWN, _SET, _nothing_to_do(_has_empty_jid)),
    ),
    mutant(
        "malformed-jid-taken",
        "2.3.3",
        "An item whose JID is malformed is stored.",
        Patch(roster, "_read_jid", _malformed_taken),
    ),
    mutant(
        "resource-stored",
        "2.3.3",
        "An item with a full JID is stored with its resource.",
        Patch(roster, "_read_jid", _resource_kept),
    ),
    mutant(
        "names-cut",
        "2.3.3",
        "A long name is cut, and the set done.",
        Patch(roster, "_too_long", _no_limit),
        Patch(roster_iq, "read_set", _cut_names),
    ),
    mutant(
        "groups-cut",
        "2.3.3",
        "A long group is cut, and the set done.",
        Patch(roster, "_too_long", _no_limit),
        Patch(roster_iq, "read_set", _cut_groups),
    ),
    mutant(
        "refusals-pushed",
        "2.3.3",
        "A set that is refused is pushed all the same.",
        Patch(requests.OWN, _SET, _pushed_all_the_same),
    ),
    mutant(
        "refused-half-done",
        "2.4.3",
        "Of an update with two items the first is done before it is refused.",
        Patch(requests.OWN, _SET, _half_done),
    ),
)
