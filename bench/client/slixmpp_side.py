"""slixmpp, unmodified: a ClientXMPP whose connection is a transport in memory.

The library itself binds, fetches the roster, keeps it in ``client_roster`` (with the resources of each contact) and
answers pushes.  It keeps no index by group, and has one event for a push, whatever has changed.  A listener hangs on
each of the events that it fires for these stanzas.
"""

from __future__ import annotations

import asyncio

from in_asyncio import Countdown, MemoryTransport, measure
from side import Side, replies, request_id
from slixmpp import ClientXMPP
from traffic import FULL_JID, SIZE, presence_digest, roster_digest

EVENTS = {
    "roster_update": SIZE + 1,
    "presence": SIZE,
    **dict.fromkeys(("presence_away", "presence_dnd", "presence_xa", "presence_chat"), SIZE // 4),
    "got_online": SIZE,
    "changed_status": SIZE,
}


async def roster_request(side: Side, client: ClientXMPP, transport: MemoryTransport) -> str:
    """Let the client log in; the id of its roster request."""
    client.add_event_handler("session_start", lambda _: client.get_roster())
    client.init_plugins()
    # What connect() starts besides the connection: the task that empties the queue of what is to be sent.
    client._run_out_filters = asyncio.ensure_future(client.run_filters())
    client.connection_made(transport)
    id_ = ""
    for phase in ("header", "bound"):
        transport.sent()
        asked = transport.on_write = Countdown(1)
        for chunk in side.chunks(phase, id_):
            client.data_received(chunk)
        await asked.wait()
        id_ = request_id(transport.sent())
    return id_


def check_roster(side: Side, client: ClientXMPP, phase: str) -> None:
    """Compare the whole roster with what was sent."""
    roster = client.client_roster
    rows = ((jid, roster[jid]["name"], roster[jid]["subscription"], roster[jid]["groups"]) for jid in roster)
    side.check(f"roster after the {phase}", roster_digest(rows), side.expected[phase])


def check_presences(side: Side, client: ClientXMPP) -> None:
    """Compare everybody's presence with what was sent."""
    roster = client.client_roster
    rows = (
        (f"{jid}/{name}", seen["show"], seen["status"], seen["priority"])
        for jid in roster
        for name, seen in roster[jid].resources.items()
    )
    side.check("presences", presence_digest(rows), side.expected["presences"])


async def main() -> None:
    """Measure."""
    side, transport = Side("slixmpp"), MemoryTransport()
    client = ClientXMPP(FULL_JID, "password")
    client.whitespace_keepalive = False
    id_ = await roster_request(side, client, transport)
    for event in EVENTS:
        client.add_event_handler(event, side.listener(event))

    done = Countdown(1)
    client.add_event_handler("roster_update", done, disposable=True)
    await measure(side, "roster", client.data_received, done, id_)
    check_roster(side, client, "roster")

    done = transport.on_write = Countdown(SIZE)
    await measure(side, "pushes", client.data_received, done)
    check_roster(side, client, "pushes")
    side.check("replies", replies(transport.sent()), SIZE)
    side.check("version", client.client_roster.version, side.expected["version"])

    done = Countdown(SIZE)
    client.add_event_handler("changed_status", done)
    await measure(side, "presences", client.data_received, done)
    check_presences(side, client)
    side.check("events", side.heard, EVENTS)
    side.finish()


if __name__ == "__main__":
    asyncio.run(main())
