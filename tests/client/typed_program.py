"""A program of a user who has everything checked: ``make lint`` runs mypy --strict over it, nothing runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

from twisted.internet.defer import Deferred
from twisted.words.protocols.jabber.jid import JID

import rosterkit
from rosterkit import Client, Item, Policy, Request, RosterClient, Signal
from rosterkit.client.signals import BoundSignal


class MyCache:
    """A cache of one's own."""

    def load(self, owner: str) -> None:
        """Nothing is kept."""

    def replace(self, owner: str, snapshot: object) -> None:
        """Nothing is kept."""

    def update(self, owner: str, version: str | None, jid: str, item: Mapping[str, Any] | None) -> None:
        """Nothing is kept."""

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


async def family(request: Request) -> bool | None:
    """A policy."""
    return (request.item is not None and "Family" in request.item.groups) or None


class Application:
    """Something that listens."""

    on_done = Signal[[str, int]]()

    def __init__(self, roster: RosterClient) -> None:
        self.roster = roster
        assert_type(self.on_done, BoundSignal[[str, int]])
        assert_type(Application.on_done, Signal[[str, int]])
        assert_type(self.on_done.next(), Deferred[Any])
        roster.on_entry_added.connect(self.added)
        roster.on_entry_added_to_group.connect(self.grouped, Signal.WEAK)
        roster.on_initial_roster_received.connect(self.received)

    def added(self, item: Item) -> None:
        """A new contact."""
        jid: JID = item.jid
        name: str | None = item.name
        self.on_done.fire(name or jid.full(), len(item.groups))

    async def grouped(self, item: Item, group: str) -> None:
        """A contact in a group."""
        await self.roster.set_entry(item.jid, name=None, remove_from_groups=[group])

    def received(self) -> Deferred[None]:
        """The roster is there."""
        return self.roster.wait_for(lambda roster: len(roster) > 0)


async def main() -> None:
    """Everything once."""
    client: Client = await rosterkit.connect("a@x", "pw", cache=MyCache(), policy=Policy.ACCEPT_KNOWN)
    roster = client.roster
    assert roster is not None
    roster.policy = family
    for item in roster:
        print(item.jid, item.best_resource.show if item.best_resource else None)
    for jid, entry in roster.items.items():
        known: JID = jid
        print(known.userhost(), entry.name, roster.items.get("x@y"))
    batch = roster.batch(progress=lambda done, total: print(done, total))
    batch.set_entry("b@x", add_to_groups={"g"})
    report = await batch.run()
    print(report.accepted, report.errors)
    members: set[Item] = roster.groups["g"]
    print(len(members), "b@x" in roster, roster.items[JID("b@x")].export_as_json())
    await client.disconnect()
