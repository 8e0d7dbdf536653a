"""aioxmpp's own RosterClient and its JSON, as a program: it runs in the clients' environment, without a server.

One JSON object on standard input, one on standard output.  ``{"import": exported}`` makes the roster from what was
exported; ``{"ver": ..., "contacts": {jid: attributes}}`` makes it of aioxmpp's own items.  What comes out is the
roster as aioxmpp then has it: its ``ver``, ``contacts`` and ``groups``, and what it exports as ``exported``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aioxmpp
from aioxmpp.roster import Item


def made(order: dict[str, Any]) -> aioxmpp.RosterClient:
    """A roster client that has never been connected, with what ``order`` says."""
    client = aioxmpp.Client(aioxmpp.JID.fromstr("juliet@localhost"), aioxmpp.make_security_layer("unused"))
    roster = client.summon(aioxmpp.RosterClient)
    if "import" in order:
        roster.import_from_json(order["import"])
        return roster
    roster.version = order["ver"]
    for jid, attributes in order["contacts"].items():
        item = Item(aioxmpp.JID.fromstr(jid), **attributes)
        roster.items[item.jid] = item
        for group in item.groups:
            roster.groups.setdefault(group, set()).add(item)
    return roster


def shown(roster: aioxmpp.RosterClient) -> dict[str, Any]:
    """What the roster client holds and exports."""
    contacts = {
        str(jid): {
            "name": item.name,
            "groups": sorted(item.groups),
            "subscription": item.subscription,
            "ask": item.ask,
            "approved": item.approved,
        }
        for jid, item in roster.items.items()
    }
    groups = {name: sorted(str(item.jid) for item in members) for name, members in roster.groups.items()}
    return {"ver": roster.version, "contacts": contacts, "groups": groups, "exported": roster.export_as_json()}


async def main() -> None:
    """Read, make, show."""
    sys.stdout.write(json.dumps(shown(made(json.load(sys.stdin)))))


asyncio.run(main())
