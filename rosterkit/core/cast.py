"""The contacts on a stage: each with its robot, the streams that it has open, and what its acts are at a server.

Tests: ``tests/core/test_stage.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from rosterkit.core.commands import Command
from rosterkit.core.contact import Order, Script
from rosterkit.core.effects import Effect
from rosterkit.core.jid import Jid
from rosterkit.core.robot import Act, Connect, Disconnect, Robot, Speak, Vanish
from rosterkit.core.roster_iq import QUERY
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Account, Link, Session

__all__ = ["Contact", "Input", "RobotSession", "is_robots"]


class Input(NamedTuple):
    """One input for a server: which of its methods, the link, and the stanza or the command where there is one."""

    method: str
    link: Link | None = None
    stanza: Stanza | None = None
    command: Command | None = None

    def do(self, server: RosterServer, now: float) -> list[Effect]:
        """Call the method."""
        arguments = (argument for argument in self[1:] if argument is not None)
        effects: list[Effect] = getattr(server, self.method)(*arguments, now)
        return effects


class RobotSession(Session):
    """A resource of a contact."""

    __slots__ = ()


def is_robots(session: Session) -> bool:
    """Whether a resource is a contact's."""
    return isinstance(session, RobotSession)


def _is_about_roster(stanza: Stanza, own: Jid) -> bool:
    for_own = stanza.to is None or stanza.to.full == own.bare
    return for_own and isinstance(stanza, Iq) and stanza.child is not None and stanza.child.tag == QUERY


#: The input that ends a stream in each way.
_ENDS: Mapping[type[Act], str] = {Disconnect: "lose", Vanish: "vanish"}


class Contact:
    """One scripted contact.  ``remote`` says that its account is in the far world; ``sessions`` are by resource.

    Until it has ``begun``, its account is still to be made, and ``orders`` are kept.
    """

    __slots__ = ("begun", "orders", "remote", "robot", "sessions")

    def __init__(self, robot: Robot, remote: bool) -> None:
        self.robot = robot
        self.remote = remote
        self.begun = False
        self.orders: list[Order] = []
        self.sessions: dict[str, RobotSession] = {}

    @property
    def jid(self) -> Jid:
        """Its bare JID."""
        return self.robot.address

    @property
    def script(self) -> Script:
        """How it behaves."""
        return self.robot.script

    def input(self, act: Act, account: Account | None) -> Input | None:
        """What an act of its robot is at the server that has ``account``; None where that or its stream is gone.

        An iq about its own roster is none either: a robot has no peer to which the server could write pushes.
        """
        if isinstance(act, Connect):
            return self._open(act.resource, account) if account is not None else None
        known = self.sessions.get(act.resource)
        if known is None:
            return None
        if isinstance(act, Speak):
            return None if _is_about_roster(act.stanza, self.jid) else Input("receive", known, act.stanza)
        del self.sessions[act.resource]
        return Input(_ENDS[type(act)], known)

    def said(self, act: Speak) -> tuple[str, str, Stanza, str | None]:
        """What an observer is told: a copy, since the server has yet to stamp the one that is sent."""
        sender = self.jid.with_resource(act.resource)
        return sender.full, "in", replace(act.stanza, sender=sender), act.stanza.to.full if act.stanza.to else None

    def _open(self, resource: str, account: Account) -> Input:
        session = self.sessions[resource] = RobotSession(account, self.jid.with_resource(resource))
        return Input("open", session)
