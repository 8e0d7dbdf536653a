"""aioxmpp, unmodified: a Client with its RosterClient and PresenceClient, over a transport in memory.

The library itself binds, fetches the roster, keeps it (with an index by group), answers pushes and keeps the last
presence of each resource.  A listener hangs on each of its signals for these stanzas.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aioxmpp
from aioxmpp import connector, protocol, security_layer
from in_asyncio import Countdown, MemoryTransport, measure
from side import Side, replies, request_id
from traffic import FULL_JID, SIZE, presence_digest, roster_digest

SIGNALS = (
    "on_entry_added",
    "on_entry_name_changed",
    "on_entry_subscription_state_changed",
    "on_entry_added_to_group",
    "on_entry_removed_from_group",
    "on_entry_removed",
    "on_group_added",
    "on_group_removed",
)


class MemoryConnector(connector.BaseConnector):
    """Gives the library a stream on ``transport``, with the features already read."""

    tls_supported = False
    dane_supported = False

    def __init__(self, side: Side, transport: MemoryTransport) -> None:
        self.side = side
        self.transport = transport
        self.stream: Any = None
        self.bind_asked = Countdown(1)

    async def connect(self, loop: Any, metadata: Any, domain: str, *_: object, base_logger: Any = None) -> Any:
        """The transport, the stream and its features."""
        self.stream = protocol.XMLStream(to=domain, base_logger=base_logger)
        features = self.stream.features_future()
        self.stream.connection_made(self.transport)
        for chunk in self.side.chunks("header"):
            self.stream.data_received(chunk)
        self.transport.sent()
        self.transport.on_write = self.bind_asked
        return self.transport, self.stream, await features


def make_client(connect: MemoryConnector) -> Any:
    """A client that connects through ``connect`` and does not authenticate."""
    security = security_layer.SecurityLayer(None, None, False, ())
    jid = aioxmpp.JID.fromstr(FULL_JID)
    return aioxmpp.Client(jid, security, override_peer=[("localhost", 5222, connect)], max_initial_attempts=1)


async def roster_request(side: Side, client: Any, connect: MemoryConnector) -> str:
    """Let the client log in; the id of its roster request."""
    transport = connect.transport
    client.start()
    await connect.bind_asked.wait()
    asked = transport.on_write = Countdown(1)
    for chunk in side.chunks("bound", request_id(transport.sent())):
        connect.stream.data_received(chunk)
    await asked.wait()
    return request_id(transport.sent())


def check_roster(side: Side, roster: Any, phase: str) -> None:
    """Compare the whole roster and the index with what was sent."""
    rows = ((str(item.jid), item.name, item.subscription, item.groups) for item in roster.items.values())
    side.check(f"roster after the {phase}", roster_digest(rows), side.expected[phase])
    side.check_index([len(members) for members in roster.groups.values()], phase)


def check_presences(side: Side, roster: Any, presences: Any) -> None:
    """Compare everybody's presence with what was sent."""
    rows = (
        (str(presence.from_), presence.show.value, presence.status.any(), presence.priority)
        for jid in roster.items
        for presence in presences.get_peer_resources(jid).values()
    )
    side.check("presences", presence_digest(rows), side.expected["presences"])


async def main() -> None:
    """Measure."""
    side, transport = Side("aioxmpp"), MemoryTransport()
    connect = MemoryConnector(side, transport)
    client = make_client(connect)
    roster, presences = client.summon(aioxmpp.RosterClient), client.summon(aioxmpp.PresenceClient)
    for signal in SIGNALS:
        getattr(roster, signal).connect(side.listener(signal))
    id_ = await roster_request(side, client, connect)
    receive = connect.stream.data_received

    done = Countdown(1)
    roster.on_initial_roster_received.connect(done)
    await measure(side, "roster", receive, done, id_)
    check_roster(side, roster, "roster")

    done = transport.on_write = Countdown(SIZE)
    await measure(side, "pushes", receive, done)
    check_roster(side, roster, "pushes")
    side.check("replies", replies(transport.sent()), SIZE)
    side.check("version", roster.version, side.expected["version"])
    side.check("events", list(side.heard.values()), [SIZE, SIZE, 0, SIZE, SIZE, 0, side.expected["groups"], 0])

    done = Countdown(SIZE)
    presences.on_available.connect(done)
    await measure(side, "presences", receive, done)
    check_presences(side, roster, presences)
    side.finish()


if __name__ == "__main__":
    asyncio.run(main())
