"""slixmpp, driven for `rosterkit check client`; to grade another asyncio client, put its calls into these functions.

    rosterkit check client --exec 'python slixmpp_driver.py {jid} {password} {host} {port} {ca}'
"""

import asyncio
import json
import ssl
import sys
import threading

from slixmpp import ClientXMPP


class Client(ClientXMPP):
    """Asks for its roster after each login, then is available; logs in again whenever the connection is gone."""

    def __init__(self, jid, password, host, port, ca):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca))
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("disconnected", lambda reason: self.connect(host, int(port)))
        self.connect(host, int(port))

    async def start(self, event):
        await self.get_roster()
        self.send_presence()


def obey(client, order):
    """Do what is ordered; give what the answer says besides its number."""
    roster = client.client_roster
    match order:
        case {"do": "set", "jid": jid, "name": name, "groups": groups}:
            client.update_roster(jid, name=name, groups=groups)
        case {"do": "rename", "jid": jid, "name": name}:
            client.update_roster(jid, name=name)
        case {"do": "regroup", "jid": jid, "group": group}:
            client.update_roster(jid, groups=[*roster[jid]["groups"], group])
        case {"do": "remove", "jid": jid}:
            client.del_roster_item(jid)
        case {"do": "subscribe", "jid": jid}:
            roster.subscribe(jid)
        case {"do": "unsubscribe", "jid": jid}:
            roster.unsubscribe(jid)
        case {"do": "approve", "jid": jid}:
            roster[jid].authorize()
        case {"do": "deny", "jid": jid}:
            roster[jid].unauthorize()
        case {"do": "roster"}:
            requests = [jid for jid in roster if roster[jid]["pending_in"]]
            return {"roster": [entry(jid, roster[jid]) for jid in roster], "requests": requests}
        case _:
            return {"error": f"This driver cannot {order['do']}."}
    return {}


def entry(jid, item):
    """What the library knows of a contact."""
    known = {"jid": jid, "name": item["name"], "groups": item["groups"], "subscription": item["subscription"]}
    return known | {"ask": "subscribe" if item["pending_out"] else None, "available": list(item.resources)}


def answer(client, order):
    try:
        said = obey(client, order)
    except Exception as error:
        said = {"error": repr(error)}
    print(json.dumps({"done": order["order"], **said}), flush=True)


async def main(*account):
    client, loop = Client(*account), asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(answer, client, json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6]))
