"""Lets `rosterkit check client` grade Wokkel's RosterClientProtocol and PresenceProtocol.

    rosterkit check client --exec 'python wokkel_driver.py {jid} {password} {host} {port} {ca}'

Wokkel reads the roster and the pushes, decides whose pushes count and answers them; it keeps nothing.  Keeping what it
gives, as every application has to, is done here: so what is believed is a dict, changed where Wokkel says so.
"""

import json
import os
import sys
from collections import defaultdict
from threading import Thread

from twisted.internet import reactor
from twisted.words.protocols.jabber.jid import JID
from wokkel.client import XMPPClient
from wokkel.generic import FallbackHandler
from wokkel.xmppim import PresenceProtocol, RosterClientProtocol, RosterItem


class Roster(RosterClientProtocol):
    """The roster, asked for at each login with the version of what is there."""

    def __init__(self, presence):
        super().__init__()
        self.items, self.version, self.presence = {}, "", presence

    def connectionInitialized(self):
        super().connectionInitialized()
        versioning = ("urn:xmpp:features:rosterver", "ver") in self.xmlstream.features
        asked = self.getRoster(self.version if versioning else None)
        asked.addCallback(self.received).addErrback(lambda failure: print(failure.value, file=sys.stderr))
        asked.addCallback(lambda _: self.presence.available())

    def received(self, roster):
        if roster is not None:  # None says that nothing has changed
            self.items, self.version = dict(roster), roster.version or ""

    def setReceived(self, request):
        self.items[request.item.entity] = request.item
        self.version = request.version or self.version

    def removeReceived(self, request):
        self.items.pop(request.item.entity, None)
        self.version = request.version or self.version


class Presence(PresenceProtocol):
    """Who is available, and who has asked for a subscription."""

    def connectionInitialized(self):
        super().connectionInitialized()
        self.resources, self.requests = defaultdict(set), set()

    def availableReceived(self, presence):
        self.resources[presence.sender.userhost()].add(presence.sender.resource or "")

    def unavailableReceived(self, presence):
        self.resources[presence.sender.userhost()].discard(presence.sender.resource or "")

    def subscribeReceived(self, presence):
        self.requests.add(presence.sender.userhost())

    def unsubscribeReceived(self, presence):
        self.requests.discard(presence.sender.userhost())


class Client(XMPPClient):
    """Comes back by itself, except from a login that fails: then this program ends, and is run again."""

    def initializationFailed(self, reason):
        print(reason.value, file=sys.stderr)
        reactor.stop()


def obey(roster, presence, order):
    """Do what is ordered, and give what the answer says."""
    if order["do"] == "roster":
        return {
            "roster": [entry(item, presence) for item in roster.items.values()],
            "requests": list(presence.requests),
        }
    jid = JID(order["jid"])
    {
        "set": lambda: put(roster, jid, order["name"], order["groups"]),
        "rename": lambda: put(roster, jid, order["name"], roster.items[jid].groups),
        "regroup": lambda: put(roster, jid, roster.items[jid].name, {*roster.items[jid].groups, order["group"]}),
        "remove": lambda: ask(roster.removeItem(jid)),
        "subscribe": lambda: presence.subscribe(jid),
        "unsubscribe": lambda: presence.unsubscribe(jid),
        "approve": lambda: answered(presence, jid, presence.subscribed),
        "deny": lambda: answered(presence, jid, presence.unsubscribed),
    }[order["do"]]()
    return {}


def put(roster, jid, name, groups):
    ask(roster.setItem(RosterItem(jid, name=name, groups=set(groups))))


def ask(request):
    """Whatever the server answers, it makes no difference here."""
    request.addErrback(lambda failure: print(failure.value, file=sys.stderr))


def answered(presence, jid, say):
    presence.requests.discard(jid.userhost())
    say(jid)


def entry(item, presence):
    """What was kept of one contact."""
    kept = {"jid": item.entity.full(), "name": item.name, "groups": list(item.groups), "approved": item.approved}
    subscription = ("none", "from", "to", "both")[2 * item.subscriptionTo + item.subscriptionFrom]
    asked, available = "subscribe" if item.pendingOut else None, list(presence.resources[item.entity.userhost()])
    return {**kept, "subscription": subscription, "ask": asked, "available": available}


def answer(roster, presence, order):
    try:
        said = obey(roster, presence, order)
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"done": order["order"], **said}), flush=True)


def read_orders(*handlers):
    for line in sys.stdin:
        reactor.callFromThread(answer, *handlers, json.loads(line))


def main():
    jid, password, host, port, ca = sys.argv[1:]
    os.environ["SSL_CERT_FILE"] = ca  # Wokkel trusts what the platform trusts
    client = Client(JID(jid), password, host, int(port))
    client.factory.initialDelay = 0.1
    presence = Presence()
    roster = Roster(presence)
    for handler in (presence, roster, FallbackHandler()):
        handler.setHandlerParent(client)
    client.startService()
    Thread(target=read_orders, args=(roster, presence), daemon=True).start()
    reactor.run()


if __name__ == "__main__":
    main()
