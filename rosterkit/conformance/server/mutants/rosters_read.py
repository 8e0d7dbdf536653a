"""Mutants that give a wrong roster, or give it wrongly (RFC 6121 §2.1.2 to §2.1.4).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import requests, roster, roster_iq
from rosterkit.core.roster import Item
from rosterkit.errors import BAD_REQUEST, ITEM_NOT_FOUND
from rosterkit.wire import encode

__all__ = ["MUTANTS"]

_GET = ("get", roster_iq.QUERY)


# Entries


def _ascii_names(original: Any) -> Any:
    def item(value: Item) -> bytes:
        name = value.name.encode("ascii", "ignore").decode() if value.name else value.name
        return original(replace(value, name=name, memo=None))  # type: ignore[no-any-return]

    return item


def _nested_groups(original: Any) -> Any:
    def item(value: Item) -> bytes:
        groups = tuple(group.partition("::")[0] for group in value.groups)
        return original(replace(value, groups=groups, memo=None))  # type: ignore[no-any-return]

    return item


def _last_left_out(_: Any) -> Any:
    return lambda whole: b"".join(map(encode.item, list(whole.items.values())[:2]))


def _unfolded(original: Any) -> Any:
    def read(item: Any, owner: str) -> Any:
        contact = original(item, owner)
        return item.get("jid") if isinstance(contact, str) else contact

    return read


def _no_domains(original: Any) -> Any:
    def read(item: Any, owner: str) -> Any:
        return original(item, owner) if "@" in (item.get("jid") or "@") else BAD_REQUEST

    return read


# Requests


def _refuses_empty(original: Any) -> Any:
    def get(world: Any, session: Any, iq: Any) -> Any:
        return original(world, session, iq) if session.account.roster.items else ITEM_NOT_FOUND

    return get


def _from_resource(original: Any) -> Any:
    return lambda effect: original(effect._replace(sender=effect.session.jid.full))


def _stores_what_is_read(original: Any) -> Any:
    def get(world: Any, session: Any, iq: Any) -> Any:
        roster_iq.set_entry(world, session, iq)
        return original(world, session, iq)

    return get


def _no_answer_to_unknown(original: Any) -> Any:
    def handle(world: Any, session: Any, iq: Any) -> None:
        if not iq.child.tag.startswith(f"{{{roster.NAMESPACE}}}") or iq.child.tag == roster_iq.QUERY:
            original(world, session, iq)

    return handle


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "jids-not-folded",
        "2.1.2.3",
        "Entries are kept under the JID as the client has spelled it.",
        Patch(roster, "_read_jid", _unfolded),
    ),
    mutant(
        "domains-refused",
        "2.1.2.3",
        "An entry needs a JID with a localpart.",
        Patch(roster, "_read_jid", _no_domains),
    ),
    mutant(
        "names-of-ascii",
        "2.1.2.4",
        "Letters beyond ASCII are left out of names.",
        Patch(encode, "_item", _ascii_names),
    ),
    mutant(
        "groups-nested",
        "2.1.2.6",
        "Two colons in a group are taken for the border of a group within it.",
        Patch(encode, "_item", _nested_groups),
    ),
    mutant(
        "roster-from-resource",
        "2.1.3",
        "The roster comes from the full JID of who has asked.",
        Patch(encode, "roster_result", _from_resource),
    ),
    mutant(
        "get-stores",
        "2.1.3",
        "An item in a request for the roster is stored.",
        Patch(requests.OWN, _GET, _stores_what_is_read),
    ),
    mutant(
        "unknown-unanswered",
        "2.1.3",
        "What is no query in the roster's namespace gets no answer.",
        Patch(requests, "handle", _no_answer_to_unknown),
    ),
    mutant(
        "empty-roster-refused",
        "2.1.4",
        "A request for a roster without entries is answered item-not-found.",
        Patch(requests.OWN, _GET, _refuses_empty),
    ),
    mutant(
        "roster-cut-short",
        "2.1.4",
        "No roster has more than two entries.",
        Patch(encode, "_items", _last_left_out),
    ),
)
