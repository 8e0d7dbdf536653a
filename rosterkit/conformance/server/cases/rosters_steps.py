"""What the cases about rosters share: contacts that nobody is, edits, and a new resource that looks at the roster.

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, asked, online

__all__ = ["LOOK", "edited", "friend", "friends", "looked", "removed"]

#: The part of the play in which a new resource is given the roster.
LOOK = "look-roster"


def friends(people: People, count: int) -> Sequence[str]:
    """So many bare JIDs of the server's own domain that have no account; the same ones in script and judge."""
    local, _, domain = people.nobody.partition("@")
    return [f"{local}-{number}@{domain}" for number in range(1, count + 1)]


def friend(people: People) -> str:
    """The first of them."""
    return friends(people, 1)[0]


def edited(line: str, mark: str, *items: str, to: str | None = None) -> Script:
    """A roster set, under ``mark``; ``items`` is XML."""
    yield from asked(line, stanzas.roster_set(mark, *items, to=to), mark)


def removed(line: str, mark: str, jid: str) -> Script:
    """The removal of an entry, under ``mark``."""
    yield from edited(line, mark, stanzas.item(jid, subscription="remove"))


def looked(people: People, *, available: bool = False) -> Script:
    """A new resource is given the roster, under :data:`LOOK`; where it is ``available``, requests that wait too."""
    yield from online("look", people.me, presence="<presence/>" if available else None)
