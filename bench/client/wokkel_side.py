"""Wokkel, unmodified: its StreamManager with RosterClientProtocol and PresenceProtocol, over a transport in memory.

Wokkel parses the roster and the pushes, and answers the pushes, but keeps nothing.  This side adds the least that an
application needs: the dict that ``getRoster`` gave, replaced item by item, an index by group, the last presence of
each resource, and a call for each thing that has changed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from in_twisted import BindOnly, log_in, measure
from side import Side, replies
from traffic import FULL_JID, SIZE, presence_digest, roster_digest
from twisted.internet.task import Clock
from twisted.words.protocols.jabber.jid import JID
from twisted.words.protocols.jabber.xmlstream import XmlStreamFactory
from wokkel.xmppim import AvailabilityPresence, PresenceProtocol, RosterClientProtocol, RosterItem


class Roster(RosterClientProtocol):
    """The roster that an application keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[JID, RosterItem] = {}
        self.groups: dict[str, set[RosterItem]] = {}
        self.version: str | None = None
        self.heard: Counter[str] = Counter()
        self.complete = False

    def connectionInitialized(self) -> None:
        """The session has begun: fetch the roster."""
        super().connectionInitialized()
        self.getRoster("").addCallback(self.received)

    def received(self, roster: Any) -> None:
        """Keep the whole roster."""
        self.entries, self.version = roster, roster.version
        for item in roster.values():
            for group in item.groups:
                self.enter(item, group)
            self.tell("entry_added")
        self.complete = True

    def setReceived(self, request: Any) -> None:
        """Keep one changed item, and say what has changed."""
        new = request.item
        old = self.entries.get(new.entity)
        self.entries[new.entity] = new
        self.version = request.version
        if old is None:
            for group in new.groups:
                self.enter(new, group)
            self.tell("entry_added")
            return
        if new.name != old.name:
            self.tell("entry_name_changed")
        if (new.subscriptionTo, new.subscriptionFrom, new.pendingOut, new.approved) != (
            old.subscriptionTo,
            old.subscriptionFrom,
            old.pendingOut,
            old.approved,
        ):
            self.tell("entry_subscription_state_changed")
        self.regroup(old, new)

    def regroup(self, old: RosterItem, new: RosterItem) -> None:
        """Put the new item where the old one was, and say where that is another group."""
        for group in new.groups:
            self.enter(new, group)
            if group not in old.groups:
                self.tell("entry_added_to_group")
        for group in old.groups:
            members = self.groups[group]
            members.discard(old)
            if not members:
                del self.groups[group]
                self.tell("group_removed")
            if group not in new.groups:
                self.tell("entry_removed_from_group")

    def enter(self, item: RosterItem, group: str) -> None:
        """Add to the index."""
        members = self.groups.get(group)
        if members is None:
            members = self.groups[group] = set()
            self.tell("group_added")
        members.add(item)

    def tell(self, event: str) -> None:
        """A listener's part."""
        self.heard[event] += 1


class Presences(PresenceProtocol):
    """The last presence of each resource, by contact."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, dict[str, tuple[str | None, str | None, int]]] = {}

    def availableReceived(self, presence: AvailabilityPresence) -> None:
        """Keep what matters."""
        sender = presence.sender
        resources = self.of.setdefault(sender.userhost(), {})
        resources[sender.resource] = (presence.show, presence.status, presence.priority)


def check_roster(side: Side, roster: Roster, phase: str) -> None:
    """Compare the whole roster and the index with what was sent."""
    states = {(True, True): "both", (True, False): "to", (False, True): "from", (False, False): "none"}
    rows = (
        (jid.full(), item.name, states[item.subscriptionTo, item.subscriptionFrom], item.groups)
        for jid, item in roster.entries.items()
    )
    side.check(f"roster after the {phase}", roster_digest(rows), side.expected[phase])
    side.check_index([len(members) for members in roster.groups.values()], phase)


def main() -> None:
    """Measure."""
    side = Side("Wokkel")
    roster, presences = Roster(), Presences()
    stream, transport, id_ = log_in(side, XmlStreamFactory(BindOnly(JID(FULL_JID))), Clock(), (roster, presences))

    measure(side, "roster", stream, id_)
    side.check("roster complete", roster.complete, True)
    check_roster(side, roster, "roster")

    measure(side, "pushes", stream)
    check_roster(side, roster, "pushes")
    side.check("replies", replies(transport.sent()), SIZE)
    side.check("version", roster.version, side.expected["version"])
    changes = [roster.heard[f"entry_{what}"] for what in ("name_changed", "added_to_group", "removed_from_group")]
    side.check("events", changes, [SIZE] * 3)

    measure(side, "presences", stream)
    rows = ((f"{jid}/{name}", *seen) for jid, resources in presences.of.items() for name, seen in resources.items())
    side.check("presences", presence_digest(rows), side.expected["presences"])
    side.finish()


if __name__ == "__main__":
    main()
