"""Roster entries as JSON: read into an item and a kept request, and shown.

Tests: ``tests/net/control/test_accounts.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rosterkit.core.fields import Fields, listed, read_jid
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.seed import seeded_roster
from rosterkit.core.subscription import state_of
from rosterkit.errors import ScriptError
from rosterkit.wire import fragments

__all__ = ["ENTRY_KEYS", "entry_json", "read_entry", "read_roster", "request_json", "roster_json"]

SUBSCRIPTIONS = ("none", "to", "from", "both")
ENTRY_KEYS = ("subscription", "ask", "pending", "approved", "name", "groups", "request")
_REQUEST_KEYS = ("children", "id", "lang")
#: The most entries that one account may begin with.
_MOST_ENTRIES = 100_000
#: What entries given by the control API may hold, whatever the server lets its clients do.
_LIMITS = Limits()
_STATES = "one of the nine states of RFC 6121 A.1: ask with none or from, pending with none or to"


def read_entry(value: object, where: str, contact: str) -> tuple[Item | None, Kept | None]:
    """The item, None where only a request is pending, and the kept request of ``contact`` (a bare JID).

    Raises :class:`ScriptError` for a key or a value that is not known, and for what is none of the nine states.
    """
    found = Fields(value, where, ENTRY_KEYS)
    subscription = found.choice("subscription", SUBSCRIPTIONS, "none")
    ask, approved = found.flag("ask"), found.flag("approved")
    kept = _read_request(found)
    try:
        state_of(subscription, ask, kept is not None)
    except KeyError as error:
        raise ScriptError(
            found.path("subscription"), f"is {subscription!r} beside ask or pending", _STATES
        ) from error
    item = Item(contact, _read_name(found), _read_groups(found), subscription, ask, approved)
    only_asked = kept is not None and not {"subscription", "name", "groups", "approved"} & set(_keys(found))
    return (None if only_asked and not ask else item), kept


def _keys(found: Fields) -> list[str]:
    return [key for key in ENTRY_KEYS if key in found]


def _read_request(found: Fields) -> Kept | None:
    """The kept request: ``request`` says what it holds, ``pending`` alone that there is one."""
    pending = found.flag("pending", "request" in found)
    if not pending:
        if "request" in found:
            raise ScriptError(found.path("request"), "stands beside pending = false", "pending = true, or nothing")
        return None
    if "request" not in found:
        return Kept(b"")
    request = Fields(found.raw("request"), found.path("request"), _REQUEST_KEYS)
    try:
        children = fragments.children(request.text("children") or "")
    except ValueError as error:
        raise ScriptError(request.path("children"), f"is refused ({error})", "whole XML elements") from error
    return Kept(children, request.text("id"), request.text("lang"))


def _read_name(found: Fields) -> str | None:
    name = None if found.raw("name") is None else found.text("name")
    if name is not None and len(name.encode()) > _LIMITS.name_bytes:
        raise ScriptError(found.path("name"), "is too long", f"a text of at most {_LIMITS.name_bytes} bytes, or null")
    return name


def _read_groups(found: Fields) -> tuple[str, ...]:
    if "groups" not in found:
        return ()
    members = listed(found.raw("groups"), found.path("groups"), _LIMITS.groups)
    groups = tuple(Fields({"group": member}, where, ("group",)).text("group") or "" for where, member in members)
    if not all(groups) or len(set(groups)) < len(groups) or any(len(g.encode()) > _LIMITS.name_bytes for g in groups):
        raise ScriptError(found.path("groups"), "names a group twice, an empty or a too long one", "different groups")
    return groups


def read_roster(value: object, where: str, own: str, version: str) -> Roster:
    """A roster of entries by JID for the account ``own``, in its first state ``version``."""
    if not isinstance(value, Mapping):
        raise ScriptError(where, "is no object", "an object with an entry for each JID")
    if len(value) > _MOST_ENTRIES:
        raise ScriptError(where, f"has {len(value)} entries", f"at most {_MOST_ENTRIES}")
    items: dict[str, Item] = {}
    requests: dict[str, Kept] = {}
    for key, entry in value.items():
        contact = read_contact(key, where, own)
        if contact in items or contact in requests:
            raise ScriptError(f"{where}.{key}", f"is {contact} a second time", "each contact once")
        item, kept = read_entry(entry, f"{where}.{key}", contact)
        if item is not None:
            items[contact] = item
        if kept is not None:
            requests[contact] = kept
    return seeded_roster(items.values(), requests, version)


def read_contact(text: object, where: str, own: str) -> str:
    """The bare JID of somebody else than ``own``."""
    contact = read_jid(text, where)
    if not contact.is_bare or contact.bare == own:
        raise ScriptError(where, f"is {str(text)!r:.80}", "the bare JID of somebody else")
    return contact.bare


def entry_json(roster: Roster, contact: str) -> dict[str, Any]:
    """What ``roster`` holds about ``contact``, with every key; as it would be read again."""
    item = roster.items.get(contact) or Item(contact)
    shown: dict[str, Any] = {
        "subscription": item.subscription,
        "ask": item.ask,
        "pending": contact in roster.requests,
        "approved": item.approved,
        "name": item.name,
        "groups": list(item.groups),
    }
    if contact in roster.requests:
        shown["request"] = request_json(roster.requests[contact])
    return shown


def request_json(kept: Kept) -> dict[str, Any]:
    """A kept request, without what it does not hold."""
    shown = {"children": kept.body.decode(), "id": kept.id, "lang": kept.lang}
    return {key: value for key, value in shown.items() if value is not None}


def roster_json(roster: Roster) -> dict[str, Any]:
    """The roster as the server sees it: what is visible, and the requests that wait."""
    return {
        "ver": roster.version,
        "items": {contact: entry_json(roster, contact) for contact in roster.items},
        "requests": {contact: request_json(kept) for contact, kept in roster.requests.items()},
    }
