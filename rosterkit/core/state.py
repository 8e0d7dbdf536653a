"""Who is there: accounts, their sessions, components and visitors, and how a change of them is undone.

Tests: ``tests/core/test_state.py``.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Presence

__all__ = ["Account", "Component", "Link", "Session", "Undo", "Uplink", "Visitor"]


class Link:
    """Somebody at the other end of a stream.

    ``peer`` belongs to the shell: what it writes to.  It is None for a link of a scripted contact, whose effects are
    for :class:`rosterkit.core.stage.Stage`, and where a command speaks for an account: that is told nothing.
    """

    __slots__ = ("peer",)

    def __init__(self) -> None:
        self.peer: Any = None


class Visitor(Link):
    """A client that has not logged in yet and may only register (XEP-0077), at ``domain``."""

    __slots__ = ("domain",)

    def __init__(self, domain: str) -> None:
        super().__init__()
        self.domain = domain


class Component(Link):
    """An external component that answers for ``domain`` (XEP-0114)."""

    __slots__ = ("domain",)

    def __init__(self, domain: str) -> None:
        super().__init__()
        self.domain = domain


class Uplink(Link):
    """What a world reaches everybody else by: a network (:mod:`rosterkit.core.far`), or a real server.

    ``up`` says whether it leads anywhere now.
    """

    __slots__ = ("up",)

    def __init__(self, up: bool = True) -> None:
        super().__init__()
        self.up = up


class Session(Link):
    """A connected resource (authenticated and bound).

    ``presence`` is its last available presence, None while it is not an *available resource*.  ``interested`` says
    whether it has asked for the roster.  ``directed`` holds the JIDs to which it has sent available directed
    presence and no unavailable since, under the bare JID of each.  ``follows_blocklist`` says whether it has asked
    for the blocked JIDs, and so is told of changes (XEP-0191).
    """

    __slots__ = ("account", "directed", "follows_blocklist", "interested", "jid", "presence")

    def __init__(self, account: Account, jid: Jid) -> None:
        super().__init__()
        self.account = account
        self.jid = jid
        self.presence: Presence | None = None
        self.interested = False
        self.follows_blocklist = False
        self.directed: dict[str, dict[str, None]] = {}

    def has_directed(self, other: Jid) -> bool:
        """Whether ``other`` has had directed presence from the resource and no unavailable since (RFC 6121 §4.6)."""
        targets = self.directed.get(other.bare, ())
        return other.full in targets or other.bare in targets

    def __repr__(self) -> str:
        return f"<Session {self.jid.full}>"


class Account:
    """A local account: its roster (replaced, never changed) and its sessions by resource.

    ``grants`` says that every request for it is answered as if it had been approved before (RFC 6121 §3.4).
    ``temporary`` says that it begins and ends with its only session and is never stored (XEP-0175).
    """

    __slots__ = ("credentials", "grants", "jid", "roster", "sessions", "temporary")

    def __init__(self, jid: Jid, roster: Roster, credentials: Credentials, temporary: bool = False) -> None:
        self.jid = jid
        self.roster = roster
        self.credentials = credentials
        self.grants = False
        self.temporary = temporary
        self.sessions: dict[str, Session] = {}

    @property
    def available(self) -> list[Session]:
        """The available resources, in the order of their binding."""
        return [session for session in self.sessions.values() if session.presence is not None]

    @property
    def interested(self) -> list[Session]:
        """The interested resources, in the order of their binding."""
        return [session for session in self.sessions.values() if session.interested]

    def blocks(self, other: Jid) -> bool:
        """Whether ``other`` is blocked: this very JID, its bare JID, or its domain (XEP-0191 §6).

        Its own resources and its own server never are, whatever is on the list (§5).
        """
        blocked = self.roster.blocked
        if not blocked or other.bare == self.jid.bare or other.bare == self.jid.domain:
            return False
        return other.full in blocked or other.bare in blocked or other.domain in blocked

    def __repr__(self) -> str:
        return f"<Account {self.jid.bare}>"


_ABSENT: Any = object()


class Undo:
    """Remembers how to take changes back until they are committed.

    Every change that a rule makes to an account, a session or the server's tables goes through here, so that a
    failed commit leaves no trace in memory.
    """

    __slots__ = ("_put", "_steps")

    def __init__(self) -> None:
        self._steps: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._put: set[tuple[int, str]] = set()  # the attributes whose first value is among the steps

    def put(self, owner: object, name: str, value: Any) -> None:
        """Set an attribute."""
        before = getattr(owner, name)
        if before is value:
            return
        if (id(owner), name) not in self._put:  # the values in between are nobody's any more
            self._put.add((id(owner), name))
            self._steps.append((setattr, (owner, name, before)))
        setattr(owner, name, value)

    def insert(self, table: MutableMapping[Any, Any], key: Any, value: Any) -> None:
        """Set a key, which may be there already."""
        before = table.get(key, _ABSENT)
        undo = (table.pop, (key,)) if before is _ABSENT else (table.__setitem__, (key, before))
        self._steps.append(undo)
        table[key] = value

    def remove(self, table: MutableMapping[Any, Any], key: Any) -> None:
        """Delete a key; KeyError where it is not there.  Taking it back restores the value, not its place."""
        value = table.pop(key)
        self._steps.append((table.__setitem__, (key, value)))

    def commit(self) -> None:
        """Forget how to take anything back."""
        if self._steps:
            self._steps.clear()
            self._put.clear()

    def roll_back(self) -> None:
        """Take back everything since the last commit, newest first."""
        while self._steps:
            undo, arguments = self._steps.pop()
            undo(*arguments)
        self._put.clear()
