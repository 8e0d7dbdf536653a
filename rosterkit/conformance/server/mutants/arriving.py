"""How mutants of delivery get hold of what arrives at an account: each looks at it and may do what it likes instead.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from rosterkit.conformance.server.mutant import Patch
from rosterkit.core import delivery, presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE, StanzaError

__all__ = ["Arriving", "Wrong", "iqs", "messages", "presences"]


class Arriving(NamedTuple):
    """A stanza that is addressed to ``to``, whose ``account`` is None where there is none.

    ``right`` does with it, or with a stanza for another address, what should be done.
    """

    world: World
    stanza: Stanza
    to: Jid
    account: Account | None
    right: Callable[[Jid], None]

    @property
    def session(self) -> Session | None:
        """The session of the full JID."""
        return self.account.sessions.get(self.to.resource) if self.account is not None and self.to.resource else None

    @property
    def available(self) -> list[Session]:
        """The available resources of the account."""
        return self.account.available if self.account is not None else []

    @property
    def is_absent(self) -> bool:
        """Whether there is the account, and not the resource that is named."""
        return self.account is not None and bool(self.to.resource) and self.session is None

    @property
    def is_offline(self) -> bool:
        """Whether there is the account, and nobody has logged in."""
        return self.account is not None and not self.account.sessions

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether its sender is of another server."""
        return self.stanza.sender is not None and self.stanza.sender.domain not in self.world.domains

    def refuse(self, reason: StanzaError = SERVICE_UNAVAILABLE) -> bool:
        """Answer with an error; gives True."""
        self.world.bounce(self.stanza, reason)
        return True

    def hand_anew(self, sessions: list[Session]) -> bool:
        """Send it to these, each with the session's full JID as its address; whether there are any."""
        for session in sessions:
            self.world.send(session, self.stanza, session.jid.full)
        return bool(sessions)

    def hand(self, sessions: list[Session], to: str | None = None) -> bool:
        """Send it to these, with its own address or another one; whether there are any."""
        for session in sessions:
            self.world.send(session, self.stanza, to or self.to.full)
        return bool(sessions)


#: Whether it has done something with what arrives; otherwise what should be done is.
Wrong: TypeAlias = Callable[[Arriving], bool]


def messages(wrong: Wrong) -> Patch:
    """Another rule for messages to accounts of the server."""
    return _with_account("_message", wrong)


def iqs(wrong: Wrong) -> Patch:
    """Another rule for iqs to the server's domain, its accounts and their resources."""
    return _with_account("_iq", wrong)


def presences(wrong: Wrong) -> Patch:
    """Another rule for available and unavailable presence to accounts of the server."""

    def change(real: Callable[..., Any]) -> Callable[..., Any]:
        def instead(world: World, stanza: Any, to: Jid) -> None:
            def right(address: Jid) -> None:
                real(world, stanza, address)

            if not wrong(Arriving(world, stanza, to, world.accounts.get(to.bare), right)):
                right(to)

        return instead

    return Patch(presence, "deliver", change)


def _with_account(name: str, wrong: Wrong) -> Patch:
    def change(real: Callable[..., Any]) -> Callable[..., Any]:
        def instead(world: World, stanza: Any, to: Jid, account: Account | None) -> None:
            def right(address: Jid) -> None:
                real(world, stanza, address, account)

            if not wrong(Arriving(world, stanza, to, account, right)):
                right(to)

        return instead

    return Patch(delivery, name, change)
