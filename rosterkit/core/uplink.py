"""What a world has to say when its uplink leads to a server again, which may have forgotten everything.

A server keeps no presence of other domains' accounts: after its restart its users see nobody of this world until they
are shown again, and nobody here is told who of them is there until they are asked.

Tests: ``tests/core/test_uplink.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rosterkit.core import jid, presence
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Account, Uplink
from rosterkit.core.world import World

__all__ = ["opened"]


def opened(world: World, link: Uplink) -> None:
    """Let ``link`` be up, and say again to everybody elsewhere what a restarted server does not know.

    For each account: its requests that wait for an answer (RFC 6121 §3.1.2), the presence of each available resource
    to those who may see it (§4.2.2), and, where a resource is available, probes of those whom it sees (§4.3.1).
    """
    world.undo.put(link, "up", True)
    for account in world.accounts.values():
        _say_again(world, account)


def _say_again(world: World, account: Account) -> None:
    roster = account.roster
    for contact in _elsewhere(world, account, [item.jid for item in roster.items.values() if item.ask]):
        world.route(Presence("subscribe", world.new_id(), jid.parse(contact), account.jid), contact)
    for contact in _elsewhere(world, account, roster.seen_by):
        presence.show(world, account, contact)
    if account.available:
        for contact in _elsewhere(world, account, roster.sees):
            world.route(Presence("probe", sender=account.jid), contact)


def _elsewhere(world: World, account: Account, contacts: Iterable[str]) -> Iterator[str]:
    """Those at other domains whom the account does not block."""
    for contact in contacts:
        address = jid.parse(contact)
        if address.domain not in world.domains and not account.blocks(address):
            yield contact
