"""What somebody who runs the server can change: accounts, single entries, and what is remembered of versions.

A command is an input of :class:`rosterkit.core.server.RosterServer` like a stanza: one step, with effects.

Tests: ``tests/core/test_commands.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

from rosterkit.core import accounts, outbound, subscribing
from rosterkit.core.credentials import Credentials
from rosterkit.core.history import Entry
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import StreamError

__all__ = [
    "AddAccount",
    "Command",
    "Disconnect",
    "ForgetVersions",
    "PutEntry",
    "RemoveAccount",
    "RemoveEntry",
    "Subscribe",
    "run",
]


class AddAccount(NamedTuple):
    """Create an account, with a ``roster`` where given; an existing one gets the credentials, its roster stays."""

    jid: Jid
    credentials: Credentials
    roster: Roster | None = None


class RemoveAccount(NamedTuple):
    """Remove an account and all that is stored of it; an unknown one is no error."""

    jid: Jid


class PutEntry(NamedTuple):
    """Make what ``account`` holds about ``item.jid`` this item and this kept request, and push it if it shows.

    ``item`` is None where only a request stands.  Nobody is sent a subscription stanza or presence.
    """

    account: Jid
    contact: str
    item: Item | None
    request: Kept | None


class RemoveEntry(NamedTuple):
    """Remove what ``account`` holds about ``contact``, as a removal by a client does (RFC 6121 §2.5.2)."""

    account: Jid
    contact: str


class ForgetVersions(NamedTuple):
    """Let ``account``'s roster be known by a new version only, as after the loss of a server's memory (§2.6.3)."""

    account: Jid


class Subscribe(NamedTuple):
    """Do what a subscription stanza of ``type`` to ``contact`` does that the account of ``session`` sends (§3).

    The session need not be one of the account's own; what refuses the stanza is answered to it.
    """

    session: Session
    contact: Jid
    type: str


class Disconnect(NamedTuple):
    """End ``session`` with ``error``; one that is over already is no error."""

    session: Session
    error: StreamError


Command: TypeAlias = AddAccount | RemoveAccount | PutEntry | RemoveEntry | ForgetVersions | Subscribe | Disconnect


def run(world: World, command: Command) -> None:
    """Do what ``command`` says; what is about an account that is not there has no effect."""
    _DOES[type(command)](world, command)


def _add_account(world: World, command: AddAccount) -> None:
    account = world.accounts.get(command.jid.bare)
    if account is None:
        world.add_account(command.jid, command.credentials, command.roster)
    else:
        world.set_credentials(account, command.credentials)


def _remove_account(world: World, command: RemoveAccount) -> None:
    account = world.accounts.get(command.jid.bare)
    if account is not None:
        accounts.remove(world, account)


def _put_entry(world: World, command: PutEntry) -> None:
    account = world.accounts.get(command.account.bare)
    if account is None:
        return
    contact, item, kept = command.contact, command.item, command.request
    roster = account.roster.without_request(contact)
    if kept is not None:
        roster = roster.with_request(contact, kept)
    if item is not None and item != roster.items.get(contact):
        world.put_item(account, item, roster)
    elif item is None and contact in roster.items:
        world.set_roster(account, contact, roster.without_item(contact, world.new_version(), world.settings.history))
        world.push(account, Item(contact, subscription="remove"))
    else:
        world.set_roster(account, contact, roster)


def _remove_entry(world: World, command: RemoveEntry) -> None:
    account = world.accounts.get(command.account.bare)
    if account is None:
        return
    state = account.roster.state(command.contact)
    _put_entry(world, PutEntry(command.account, command.contact, None, None))
    subscribing.sever(world, account, command.contact, state)


def _forget_versions(world: World, command: ForgetVersions) -> None:
    account = world.accounts.get(command.account.bare)
    if account is not None:
        version = world.new_version()
        world.set_roster(account, "", replace(account.roster, version=version, log=(Entry(version, ""),), memo={}))


def _subscribe(world: World, command: Subscribe) -> None:
    outbound.from_client(world, command.session, Presence(command.type, to=command.contact))


def _disconnect(world: World, command: Disconnect) -> None:
    session = command.session
    if session.account.sessions.get(session.jid.resource) is session:
        accounts.leave(world, session)
        world.close(session, command.error)


_DOES: Mapping[type, Callable[[World, Any], None]] = {
    AddAccount: _add_account,
    RemoveAccount: _remove_account,
    PutEntry: _put_entry,
    RemoveEntry: _remove_entry,
    ForgetVersions: _forget_versions,
    Subscribe: _subscribe,
    Disconnect: _disconnect,
}
