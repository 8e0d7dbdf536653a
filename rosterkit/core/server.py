"""RosterServer: one input and the time in, effects out, in the order in which they must take place.

The inputs are: a link opened, a stanza on a link, a link lost, and a control command.  Each is a step on its own: the
outbound rules run, then everything that they routed inside the network is delivered, until nothing is left in flight.
The shell applies the effects, or calls :meth:`RosterServer.roll_back` when it could not commit them.

Tests: ``tests/core/test_server.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.core import accounts, commands, delivery, jid, outbound, presence, uplink
from rosterkit.core.commands import Command
from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import Effect
from rosterkit.core.ext import registration
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Account, Component, Link, Session, Uplink, Visitor
from rosterkit.core.world import World
from rosterkit.errors import STREAM_CONFLICT

__all__ = ["RosterServer"]


class RosterServer:
    """The rules of one network, driven by inputs.

    Nothing here does I/O or waits.  ``now`` is in seconds.  After each input the shell either calls
    :meth:`commit`, for this and all inputs before it, or :meth:`roll_back`.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def load(self, accounts: Iterable[tuple[str, Credentials, Roster]]) -> None:
        """Take over what a store holds, before the first input; nothing of it is saved again."""
        for bare, credentials, roster in accounts:
            address = jid.parse(bare)
            self.world.accounts[bare] = Account(address, roster, credentials)

    def open(self, link: Link, now: float) -> list[Effect]:
        """A resource is bound, a component has shaken hands, or the uplink leads to its server, again or at first.

        A session whose resource is taken ends the older one with ``conflict`` (RFC 6120 §7.7.2.2).  That of a
        temporary account brings the account, and is ended itself where somebody has that name.
        """
        world = self._begin(now)
        if isinstance(link, Component):
            world.undo.insert(world.components, link.domain, link)
        elif isinstance(link, Session):
            self._admit(link)
        elif isinstance(link, Uplink) and world.uplink is link:
            uplink.opened(world, link)
        return self._finish()

    def receive(self, link: Link, stanza: Stanza, now: float) -> list[Effect]:
        """A stanza was read from ``link``; from one that is no longer open it has no effect."""
        world = self._begin(now)
        if isinstance(link, Session):
            if link.account.sessions.get(link.jid.resource) is link:
                outbound.from_client(world, link, stanza)
        elif isinstance(link, Component):
            if world.components.get(link.domain) is link:
                outbound.from_component(world, link, stanza)
        elif isinstance(link, Visitor):
            if isinstance(stanza, Iq):
                registration.visit(world, link, stanza)
        elif isinstance(link, Uplink) and world.uplink is link and link.up:
            outbound.from_elsewhere(world, stanza)
        return self._finish()

    def lose(self, link: Link, now: float) -> list[Effect]:
        """A stream has ended, however it ended; again, or after a ``Close``, it has no effect."""
        world = self._begin(now)
        if isinstance(link, Session):
            if link.account.sessions.get(link.jid.resource) is link:
                accounts.leave(world, link)
        elif isinstance(link, Component) and world.components.get(link.domain) is link:
            world.undo.remove(world.components, link.domain)
        elif isinstance(link, Uplink):
            world.undo.put(link, "up", False)
        return self._finish()

    def vanish(self, link: Session, now: float) -> list[Effect]:
        """A session's stream is over and nobody is told, as when a server loses its memory of a client."""
        world = self._begin(now)
        if link.account.sessions.get(link.jid.resource) is link:
            world.undo.remove(link.account.sessions, link.jid.resource)
            if link.account.temporary:
                world.drop_account(link.account)
        return self._finish()

    def command(self, command: Command, now: float) -> list[Effect]:
        """Somebody who runs the server wants a change."""
        world = self._begin(now)
        commands.run(world, command)
        return self._finish()

    def commit(self) -> None:
        """What the inputs since the last commit changed is on disk: it stands."""
        self.world.undo.commit()

    def roll_back(self) -> None:
        """Take back what the inputs since the last commit changed."""
        self.world.roll_back()

    def _admit(self, session: Session) -> None:
        world, account = self.world, session.account
        if account.temporary:
            if account.jid.bare in world.accounts:
                world.close(session, STREAM_CONFLICT.saying(f"There is an account {account.jid.bare} already."))
                return
            world.undo.insert(world.accounts, account.jid.bare, account)
        older = account.sessions.get(session.jid.resource)
        if older is not None:
            presence.lost(world, older)
            world.close(older, STREAM_CONFLICT)
        world.undo.insert(account.sessions, session.jid.resource, session)

    def _begin(self, now: float) -> World:
        self.world.now = now
        return self.world

    def _finish(self) -> list[Effect]:
        """Deliver what is in flight inside the network, in order, then give the effects."""
        world = self.world
        queue = world.queue
        while queue:
            stanza, to = queue.popleft()
            delivery.deliver(world, stanza, to)
        return world.take()
