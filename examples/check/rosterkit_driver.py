"""Lets `rosterkit check client` grade rosterkit's own RosterClient.

    rosterkit check client --exec 'python rosterkit_driver.py {jid} {password} {host} {port} {ca} {state}'

RosterClient logs in again by itself and keeps its roster in {state}.  It tells of subscription requests and keeps none:
here they are kept as long as a session, for a server repeats them at each login.
"""

import json
import os
import sys
from threading import Thread

from twisted.internet import reactor, task

import rosterkit


def obey(roster, requests, order):
    """Do what is ordered, and give what the answer says."""
    if order["do"] == "roster":
        return {"roster": [entry(item) for item in roster], "requests": list(requests)}
    jid = order.get("jid")
    requested = {
        "set": lambda: roster.set_entry(jid, name=order["name"], **regrouped(roster, jid, order["groups"])),
        "rename": lambda: roster.set_entry(jid, name=order["name"]),
        "regroup": lambda: roster.set_entry(jid, add_to_groups=[order["group"]]),
        "remove": lambda: roster.remove_entry(jid),
        "subscribe": lambda: roster.subscribe(jid),
        "unsubscribe": lambda: roster.unsubscribe(jid),
        "approve": lambda: roster.approve(jid),
        "deny": lambda: roster.deny(jid),
    }[order["do"]]()
    requested.addErrback(lambda failure: print(failure.value, file=sys.stderr))  # what the server answers
    if order["do"] in ("approve", "deny"):
        requests.discard(jid)
    return {}


def regrouped(roster, jid, groups):
    """The groups as set_entry takes them: those to add, and those to leave."""
    now = roster[jid].groups if jid in roster else set()
    return {"add_to_groups": groups, "remove_from_groups": now - set(groups)}


def entry(item):
    """What RosterClient believes of one contact."""
    kept = {"jid": item.bare, "name": item.name, "groups": sorted(item.groups), "subscription": item.subscription}
    return {**kept, "ask": item.ask, "approved": item.approved, "available": list(item.resources)}


def requests_of(roster):
    """The bare JIDs that have asked in this session, and have had no answer."""
    requests = set()
    roster.on_initial_roster_received.connect(requests.clear)  # the first that is told of a session
    roster.on_subscribe.connect(lambda presence: requests.add(presence["from"].partition("/")[0]))
    roster.on_unsubscribe.connect(lambda presence: requests.discard(presence["from"].partition("/")[0]))
    return requests


def answer(roster, requests, order):
    try:
        said = obey(roster, requests, order)
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"done": order["order"], **said}), flush=True)


def read_orders(roster, requests):
    for line in sys.stdin:
        reactor.callFromThread(answer, roster, requests, json.loads(line))


def watch(client):
    """End where the client has given up for good, as after a conflict; then this program is run again."""
    if not client.running:
        reactor.stop()


def main():
    jid, password, host, port, ca, state = sys.argv[1:]
    cache = os.path.join(state, "roster.json")
    client = rosterkit.connect(jid, password, host, int(port), ca_file=ca, cache=cache, backoff=lambda failures: 0.1)
    Thread(target=read_orders, args=(client.roster, requests_of(client.roster)), daemon=True).start()
    task.LoopingCall(watch, client).start(0.2)
    reactor.run()


if __name__ == "__main__":
    main()
