"""How a session ends, and an account with all that hangs on it: whoever should know is told.

Tests: ``tests/core/test_commands.py``, ``tests/core/ext/test_registration.py``.
"""

from __future__ import annotations

from rosterkit.core import presence, subscribing
from rosterkit.core.roster import Roster
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import STREAM_NOT_AUTHORIZED

__all__ = ["leave", "remove"]


def leave(world: World, session: Session) -> None:
    """End a session; a temporary account ends with it, as if it had been removed."""
    account = session.account
    presence.lost(world, session)
    if account.temporary and not account.sessions:
        remove(world, account)


def remove(world: World, account: Account) -> None:
    """End an account: its contacts are told as if each entry were removed, its streams end with not-authorized."""
    roster = account.roster
    for contact in dict.fromkeys((*roster.items, *roster.requests)):
        subscribing.sever(world, account, contact, roster.state(contact))
    world.undo.put(account, "roster", Roster.new(world.new_version()))
    for session in list(account.sessions.values()):
        presence.lost(world, session)
        world.close(session, STREAM_NOT_AUTHORIZED.saying("The account has been removed."))
    world.drop_account(account)
