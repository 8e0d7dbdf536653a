"""What an input leads to: plain values, in the order in which they must take place.

Of one input all :class:`Save` and :class:`SaveAccount` effects come before the others, so that the shell can commit
once and only then let bytes leave.  A link is a client's session, a component or a visitor
(:mod:`rosterkit.core.state`).

Tests: ``tests/core/test_server.py``, which compares whole lists of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rosterkit.core.credentials import Credentials
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Stanza
from rosterkit.errors import StreamError

if TYPE_CHECKING:
    from rosterkit.core.state import Link, Session

__all__ = ["Close", "Effect", "Push", "Save", "SaveAccount", "Send", "SendRoster"]


class Save(NamedTuple):
    """Store what ``account`` (a bare JID) now holds about ``contact``: item, kept request, and whether it is blocked.

    ``contact`` is a bare JID, or any JID where it is one that can be blocked.  ``roster`` is the state after the
    change; a change that concerns several contacts is one save for each, all with the same roster.  Where
    ``roster.version`` is new, its last log entry belongs to this change.
    """

    account: str
    contact: str
    roster: Roster


class SaveAccount(NamedTuple):
    """Store ``account`` with its ``credentials`` and empty ``roster``; None for both removes it with all it has."""

    account: str
    credentials: Credentials | None
    roster: Roster | None


class Send(NamedTuple):
    """Write ``stanza`` to ``link`` with the ``to`` that stands here; one stanza may be sent to many."""

    link: Link
    stanza: Stanza
    to: str | None


class SendRoster(NamedTuple):
    """Answer the roster get ``id`` of ``session`` with the whole ``roster``; ``sender`` as in other answers."""

    session: Session
    id: str
    sender: str | None
    roster: Roster
    versioned: bool


class Push(NamedTuple):
    """Tell each of ``receivers`` (session, id of the push) that an entry is now ``item`` (RFC 6121 §2.1.6).

    ``item`` has the subscription ``remove`` where the entry is gone.  ``version`` is None without versioning.
    """

    receivers: tuple[tuple[Session, str], ...]
    item: Item
    version: str | None


class Close(NamedTuple):
    """End ``link`` with ``error`` after everything sent to it before."""

    link: Link
    error: StreamError


Effect: TypeAlias = Save | SaveAccount | Send | SendRoster | Push | Close
