"""Lets `rosterkit check client` grade aioxmpp.

    rosterkit check client --exec 'python aioxmpp_driver.py {jid} {password} {host} {port} {ca}'

aioxmpp logs in again by itself and keeps its roster for that.  It tells of subscription requests and keeps none: here
they are kept as long as a session, for a server repeats them at each login.
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from threading import Thread

import aioxmpp
from aioxmpp import security_layer


class Client(aioxmpp.PresenceManagedClient):
    """Is available from the start, and with its services asks for the roster at each login."""

    def __init__(self, jid, password, host, port, ca):
        security = aioxmpp.make_security_layer(password, ssl_context_factory=lambda: trusting(ca))
        address = (host, int(port), aioxmpp.connector.STARTTLSConnector())
        super().__init__(aioxmpp.JID.fromstr(jid), security, override_peer=[address])
        self.backoff_start = timedelta(seconds=0.1)
        self.roster = self.summon(aioxmpp.RosterClient)
        self.others = self.summon(aioxmpp.PresenceClient)
        self.requests = set()
        self.roster.on_subscribe.connect(lambda presence: self.requests.add(str(presence.from_.bare())))
        self.roster.on_unsubscribe.connect(lambda presence: self.requests.discard(str(presence.from_.bare())))
        self.on_stream_destroyed.connect(lambda *reason: self.requests.clear())
        self.on_failure.connect(lambda error: os._exit(0))  # as after a stream error: it gives up, and is run again
        self.presence = aioxmpp.PresenceState(available=True)


def trusting(ca):
    context = security_layer.default_ssl_context()
    context.load_verify_locations(ca)
    return context


def obey(client, order):
    """Do what is ordered, and give what the answer says."""
    roster = client.roster
    if order["do"] == "roster":
        known = [entry(client, item) for item in roster.items.values()]
        return {"roster": known, "requests": list(client.requests)}
    jid = aioxmpp.JID.fromstr(order["jid"])
    {
        "set": lambda: ask(roster.set_entry(jid, name=order["name"], **regrouped(roster, jid, order["groups"]))),
        "rename": lambda: ask(roster.set_entry(jid, name=order["name"])),
        "regroup": lambda: ask(roster.set_entry(jid, add_to_groups={order["group"]})),
        "remove": lambda: ask(roster.remove_entry(jid)),
        "subscribe": lambda: roster.subscribe(jid),
        "unsubscribe": lambda: roster.unsubscribe(jid),
        "approve": lambda: roster.approve(jid),
        "deny": lambda: client.enqueue(aioxmpp.Presence(type_=aioxmpp.PresenceType.UNSUBSCRIBED, to=jid)),
    }[order["do"]]()
    if order["do"] in ("approve", "deny"):
        client.requests.discard(order["jid"])
    return {}


def ask(request):
    """Send a request; what the server answers makes no difference here, and an error is written to the log."""
    asyncio.ensure_future(request)


def regrouped(roster, jid, groups):
    """The groups as set_entry takes them: those to add, and those to leave."""
    now = roster.items[jid].groups if jid in roster.items else set()
    return {"add_to_groups": set(groups), "remove_from_groups": set(now) - set(groups)}


def entry(client, item):
    """What aioxmpp believes of one contact."""
    kept = {"jid": str(item.jid), "name": item.name, "groups": list(item.groups), "subscription": item.subscription}
    resources = client.others.get_peer_resources(item.jid)
    available = [resource or "" for resource in resources]  # None for a presence of the bare JID
    return {**kept, "ask": item.ask, "approved": item.approved, "available": available}


def answer(client, order):
    try:
        said = obey(client, order)
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"done": order["order"], **said}), flush=True)


def read_orders(client, loop):
    for line in sys.stdin:
        loop.call_soon_threadsafe(answer, client, json.loads(line))


async def main():
    client = Client(*sys.argv[1:])
    Thread(target=read_orders, args=(client, asyncio.get_running_loop()), daemon=True).start()
    await asyncio.Event().wait()  # until SIGTERM


if __name__ == "__main__":
    asyncio.run(main())
