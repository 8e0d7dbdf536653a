"""What the rules see and do: who is there, and how a rule saves, sends, pushes, routes and closes.

A *network* is one world: the domains in it know each other and nobody else.  Rules are functions over a world; every
change that they make goes through it, so that it can be undone until it is committed.

Tests: ``tests/core/test_world.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from rosterkit.core import replies
from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Close, Effect, Push, Save, SaveAccount, Send
from rosterkit.core.jid import Jid
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Component, Link, Session, Undo, Uplink
from rosterkit.errors import (
    REMOTE_SERVER_NOT_FOUND,
    REMOTE_SERVER_TIMEOUT,
    StanzaError,
    StreamError,
)

__all__ = ["Settings", "World"]


class Settings(NamedTuple):
    """What can be switched.

    ``history`` is how many versions of each roster are remembered, ``anonymous`` whether sessions of temporary
    accounts may be opened; the login sees to that.  ``limits`` is how much everybody may have.
    """

    versioning: bool = True
    pre_approval: bool = True
    registration: bool = False
    history: int = 500
    anonymous: bool = False
    limits: Limits = Limits()


class World:
    """One network.  ``expected`` names the component domains that may connect.

    ``new_id`` draws ids for stanzas that the server makes, ``new_version`` a roster version that was never drawn
    before, and ``derive`` makes credentials from a password.  ``now`` is the time of the input that is being
    handled, in seconds.  Where there is an ``uplink``, whatever is for another domain goes there while it is up.
    """

    def __init__(
        self,
        domains: Collection[str],
        new_id: Callable[[], str],
        new_version: Callable[[], str],
        derive: Callable[[str], Credentials],
        settings: Settings,
        expected: Collection[str] = (),
    ) -> None:
        self.domains = frozenset(domains)
        self.expected = frozenset(expected)
        self.settings = settings
        self.new_id = new_id
        self.new_version = new_version
        self.derive = derive
        self.accounts: dict[str, Account] = {}
        self.components: dict[str, Component] = {}
        self.uplink: Uplink | None = None
        self.undo = Undo()
        self.now = 0.0
        self.queue: deque[tuple[Stanza, str]] = deque()
        self._saves: list[Effect] = []
        self._effects: list[Effect] = []

    def take(self) -> list[Effect]:
        """The effects since the last call: everything to save first, the rest in the order in which it was caused."""
        effects = self._saves + self._effects if self._saves else self._effects
        self._saves, self._effects = [], []
        return effects

    def roll_back(self) -> None:
        """Take back every change since the last commit, and drop what a rule that failed left half done."""
        self.undo.roll_back()
        self.queue.clear()
        self.take()

    # What rules do

    def send(self, link: Link, stanza: Stanza, to: str | None) -> None:
        """Write ``stanza`` to one link."""
        self._effects.append(Send(link, stanza, to))

    def emit(self, effect: Effect) -> None:
        """Any other effect that is not a save."""
        self._effects.append(effect)

    def route(self, stanza: Stanza, to: str) -> None:
        """Hand ``stanza`` to whoever answers for ``to``: the end of every outbound step."""
        self.queue.append((stanza, to))

    def close(self, link: Link, error: StreamError) -> None:
        """End a stream; whoever was there must have been taken out of the tables."""
        self._effects.append(Close(link, error))

    def reply(self, link: Link, stanza: Stanza, answer: bytes | StanzaError) -> None:
        """Answer ``stanza`` at once to ``link``; what may not be answered is not."""
        made = _answer(stanza, answer)
        if made is not None:
            self.send(link, made, made.to.full if made.to else None)

    def bounce(self, stanza: Stanza, answer: bytes | StanzaError) -> None:
        """Answer ``stanza`` by way of its sender's server; what may not be answered is not."""
        made = _answer(stanza, answer)
        if made is not None and made.to is not None:
            self.route(made, made.to.full)

    def way_to(self, domain: str) -> Link | None:
        """The link that leads to ``domain``, which is not one of this network; None where none does now."""
        component = self.components.get(domain)
        if component is not None:
            return component
        return self.uplink if self.uplink is not None and self.uplink.up else None

    def unreachable(self, domain: str) -> StanzaError | None:
        """Why nothing can be sent to ``domain``, or None where somebody answers for it."""
        if domain in self.domains or self.way_to(domain) is not None:
            return None
        if self.uplink is not None:
            return REMOTE_SERVER_TIMEOUT.saying(f"The server that leads to {domain} is not connected.")
        if domain in self.expected:
            return REMOTE_SERVER_TIMEOUT.saying(f"The component for {domain} is not connected.")
        return REMOTE_SERVER_NOT_FOUND.saying(f"Nobody here answers for {domain}.")

    # Rosters

    def set_roster(self, account: Account, contact: str, roster: Roster) -> None:
        """Replace the roster of ``account``, in which only what concerns ``contact`` has changed, and store it."""
        self.undo.put(account, "roster", roster)
        self._save(account, Save(account.jid.bare, contact, roster))

    def set_blocked(self, account: Account, blocked: Collection[str], changed: Iterable[str]) -> None:
        """Make ``blocked`` what ``account`` blocks and store it; it differs from before in the JIDs ``changed``."""
        roster = account.roster.with_blocked(blocked)
        for contact in changed:
            self.set_roster(account, contact, roster)

    def put_item(self, account: Account, item: Item, roster: Roster | None = None) -> None:
        """Add or replace an entry (in ``roster`` where given), store it and push it (RFC 6121 §2.1.6)."""
        before = account.roster if roster is None else roster
        changed = before.with_item(item, self.new_version(), self.settings.history)
        self.set_roster(account, item.jid, changed)
        self.push(account, item)

    def push(self, account: Account, item: Item) -> None:
        """Push ``item`` to every interested resource of ``account``, with the version that the roster has now."""
        self.push_to(account.interested, item, account.roster.version)

    def push_to(self, sessions: Collection[Session], item: Item, version: str) -> None:
        """Push ``item`` to ``sessions`` as it was at ``version``."""
        if sessions:
            receivers = tuple((session, self.new_id()) for session in sessions)
            self._effects.append(Push(receivers, item, version if self.settings.versioning else None))

    # Accounts

    def temporary_account(self, jid: Jid) -> Account:
        """An account that will be there as long as its session, once that is opened; nobody can log in to it."""
        return Account(jid, Roster.new(self.new_version()), {}, temporary=True)

    def add_account(self, jid: Jid, credentials: Credentials, roster: Roster | None = None) -> Account:
        """Create an account, with an empty roster where none is given, and store it."""
        account = Account(jid, roster or Roster.new(self.new_version()), credentials)
        self.undo.insert(self.accounts, jid.bare, account)
        self._saves.append(SaveAccount(jid.bare, credentials, account.roster))
        return account

    def set_credentials(self, account: Account, credentials: Credentials) -> None:
        """Change what proves the account's password and store it."""
        self.undo.put(account, "credentials", credentials)
        self._save(account, SaveAccount(account.jid.bare, credentials, None))

    def drop_account(self, account: Account) -> None:
        """Remove the account with everything stored of it."""
        self.undo.remove(self.accounts, account.jid.bare)
        self._save(account, SaveAccount(account.jid.bare, None, None))

    def _save(self, account: Account, effect: Effect) -> None:
        if not account.temporary:
            self._saves.append(effect)


def _answer(stanza: Stanza, answer: bytes | StanzaError) -> Stanza | None:
    if isinstance(answer, StanzaError):
        return replies.error(stanza, answer) if replies.may_be_answered(stanza) else None
    return replies.result(stanza, answer)  # type: ignore[arg-type]  # only iqs have results
