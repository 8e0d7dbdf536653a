"""rosterkit: RosterClient in Wokkel's StreamManager, on rosterkit's own stream over a transport in memory.

The library itself fetches the roster, keeps it (with an index by group and the resources of each contact) and answers
pushes.  A listener hangs on each of its signals for these stanzas.
"""

from __future__ import annotations

from in_twisted import BindOnly, log_in, measure
from side import Side, replies
from traffic import FULL_JID, SIZE, presence_digest, roster_digest
from twisted.internet.task import Clock
from twisted.words.protocols.jabber.jid import JID

from rosterkit.client.roster import RosterClient
from rosterkit.xmpp.streams import StreamFactory

SIGNALS = (
    "on_entry_added",
    "on_entry_name_changed",
    "on_entry_subscription_state_changed",
    "on_entry_added_to_group",
    "on_entry_removed_from_group",
    "on_entry_removed",
    "on_group_added",
    "on_group_removed",
    "on_presence_changed",
    "on_initial_roster_received",
)


def check_roster(side: Side, roster: RosterClient, phase: str) -> None:
    """Compare the whole roster and the index with what was sent."""
    rows = ((item.bare, item.name, item.subscription, item.groups) for item in roster)
    side.check(f"roster after the {phase}", roster_digest(rows), side.expected[phase])
    side.check_index([len(members) for members in roster.groups.values()], phase)


def main() -> None:
    """Measure."""
    side, clock = Side("rosterkit"), Clock()
    roster = RosterClient(clock=clock)
    for signal in SIGNALS:
        getattr(roster, signal).connect(side.listener(signal))
    factory = StreamFactory(lambda: BindOnly(JID(FULL_JID)), clock)
    stream, transport, id_ = log_in(side, factory, clock, (roster,))

    measure(side, "roster", stream, id_)
    side.check("complete rosters", side.heard["on_initial_roster_received"], 1)
    check_roster(side, roster, "roster")

    measure(side, "pushes", stream)
    check_roster(side, roster, "pushes")
    side.check("replies", replies(transport.sent()), SIZE)
    side.check("version", roster.version, side.expected["version"])
    events = [side.heard[signal] for signal in SIGNALS[:8]]
    side.check("events", events, [SIZE, SIZE, 0, SIZE, SIZE, 0, side.expected["groups"], 0])

    measure(side, "presences", stream)
    rows = ((seen.full, seen.show, seen.status, seen.priority) for item in roster for seen in item.resources.values())
    side.check("presences", presence_digest(rows), side.expected["presences"])
    side.check("changes of presence", side.heard["on_presence_changed"], SIZE)
    side.finish()


if __name__ == "__main__":
    main()
