"""Lets `rosterkit check client` grade slixmpp.

    rosterkit check client --exec 'python slixmpp_driver.py {jid} {password} {host} {port} {ca}'

For another client, put its own calls where slixmpp's are.
"""

import asyncio
import json
import ssl
import sys
from threading import Thread

import slixmpp


class Client(slixmpp.ClientXMPP):
    """Asks for the roster at each login and is available; when the connection is gone, it logs in again."""

    def __init__(self, jid, password, host, port, ca):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca))
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("disconnected", lambda reason: self.connect(host, int(port)))
        self.connect(host, int(port))

    async def start(self, event):
        await self.get_roster()
        self.send_presence()


def obey(client, order):
    """Do what is ordered, and give what the answer says."""
    roster, jid = client.client_roster, order.get("jid")
    if order["do"] == "roster":
        return {
            "roster": [entry(jid, roster[jid]) for jid in roster],
            "requests": [jid for jid in roster if roster[jid]["pending_in"]],
        }
    {
        "set": lambda: client.update_roster(jid, name=order["name"], groups=order["groups"]),
        "rename": lambda: client.update_roster(jid, name=order["name"]),
        "regroup": lambda: client.update_roster(jid, groups=[*roster[jid]["groups"], order["group"]]),
        "remove": lambda: client.del_roster_item(jid),
        "subscribe": lambda: roster.subscribe(jid),
        "unsubscribe": lambda: roster.unsubscribe(jid),
        "approve": lambda: roster[jid].authorize(),
        "deny": lambda: roster[jid].unauthorize(),
    }[order["do"]]()
    return {}


def entry(jid, item):
    """What slixmpp believes of one contact."""
    kept = {"jid": jid, "name": item["name"], "groups": item["groups"], "subscription": item["subscription"]}
    return {**kept, "ask": "subscribe" if item["pending_out"] else None, "available": list(item.resources)}


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
