"""Roster get and set by an account's own session (RFC 6121 §2).

Tests: ``tests/core/test_roster_iq.py``.
"""

from __future__ import annotations

from dataclasses import replace

from rosterkit.core import room, subscribing
from rosterkit.core.effects import SendRoster
from rosterkit.core.roster import NAMESPACE, Item, RosterSet, read_set
from rosterkit.core.stanza import Iq
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import ITEM_NOT_FOUND, StanzaError

__all__ = ["QUERY", "get", "set_entry"]

QUERY = f"{{{NAMESPACE}}}query"


def get(world: World, session: Session, iq: Iq) -> None:
    """Answer with the roster or with what changed since the client's version; the resource is interested from now on.

    §2.1.3, §2.6.3: interim pushes follow the empty result, each entry once, in the order of its last change.
    """
    assert iq.child is not None and iq.id is not None
    roster = session.account.roster
    versioned = world.settings.versioning
    cached = iq.child.get("ver") if versioned else None
    changes = roster.changes_since(cached) if cached else None
    world.undo.put(session, "interested", True)
    if changes is None:
        world.emit(SendRoster(session, iq.id, iq.to.full if iq.to else None, roster, versioned))
        return
    world.reply(session, iq, b"")
    for change in changes:
        item = roster.items.get(change.contact) or _removed(change.contact)
        world.push_to((session,), item, change.version)


def set_entry(world: World, session: Session, iq: Iq) -> bytes | StanzaError:
    """Add, update or remove one entry (§2.3 to §2.5); the pushes stand before the result."""
    assert iq.child is not None
    account = session.account
    wanted = read_set(iq.child, account.jid.bare, world.settings.limits)
    if isinstance(wanted, StanzaError):
        return wanted
    if wanted.remove:
        return _remove(world, account, wanted.jid)
    refusal = room.for_entry(account.roster, wanted.jid, world.settings.limits)
    if refusal is not None:
        return refusal
    _update(world, account, wanted)
    return b""


def _update(world: World, account: Account, wanted: RosterSet) -> None:
    """Name and groups are replaced, the subscription is never touched (§2.3.2, §2.4.2)."""
    known = account.roster.items.get(wanted.jid) or Item(wanted.jid)
    world.put_item(account, replace(known, name=wanted.name, groups=wanted.groups, memo=None))


def _remove(world: World, account: Account, contact: str) -> bytes | StanzaError:
    """The entry goes, with it whatever stood open in either direction (§2.5.2); a bare request in stays."""
    roster = account.roster
    if contact not in roster.items:
        return ITEM_NOT_FOUND.saying(f"{contact} is not in the roster.")  # §2.5.3
    state = roster.state(contact)
    gone = roster.without_request(contact).without_item(contact, world.new_version(), world.settings.history)
    world.set_roster(account, contact, gone)
    world.push(account, _removed(contact))
    subscribing.sever(world, account, contact, state)
    return b""


def _removed(contact: str) -> Item:
    return Item(contact, subscription="remove")
