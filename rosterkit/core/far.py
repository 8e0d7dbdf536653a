"""The far world: a correct server of its own for the remote scripted domains, joined to a network as components are.

The network has one :class:`FarLink` for each of those domains; the far world has one uplink, to which everything goes
that is not for a domain of its own.

Tests: ``tests/core/test_far.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rosterkit.core import jid
from rosterkit.core.effects import Send
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Component, Uplink
from rosterkit.core.world import Settings, World

__all__ = ["FarLink", "arriving", "far_server"]

#: It has no clients but robots: nobody logs in, registers or keeps a version of a roster.
_SETTINGS = Settings(versioning=False, registration=False, history=0)


class FarLink(Component):
    """What answers in a network for one domain of the far world."""

    __slots__ = ()


def far_server(new_id: Callable[[], str], new_version: Callable[[], str]) -> tuple[RosterServer, Uplink]:
    """A far world without domains, and the link that leads from it.

    Both callables are as in :class:`~rosterkit.core.world.World`.
    """
    world = World((), new_id, new_version, lambda _password: {}, _SETTINGS)
    world.uplink = Uplink()
    return RosterServer(world), world.uplink


def arriving(effect: Send) -> Stanza:
    """What one world has sent as it comes in at the other: with both addresses, and nobody else's value."""
    to = jid.parse(effect.to) if effect.to is not None else effect.stanza.to
    return replace(effect.stanza, to=to)
