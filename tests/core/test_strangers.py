"""Nobody learns from an answer who has an account: strangers are told the same of one that is and one that is not."""

from __future__ import annotations

import itertools

import pytest
from rig import Client, Far, Rig

FAR = "far.test"
SOMEBODY, NOBODY = "nurse@localhost", "ghost@localhost"
PAYLOADS = {
    "ping": ("get", "<ping xmlns='urn:xmpp:ping'/>"),
    "disco": ("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    "items": ("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    "version": ("get", "<query xmlns='jabber:iq:version'/>"),
    "roster": ("get", "<query xmlns='jabber:iq:roster'/>"),
    "a roster set": ("set", "<query xmlns='jabber:iq:roster'><item jid='a@b'/></query>"),
    "registration": ("get", "<query xmlns='jabber:iq:register'/>"),
    "a registration": ("set", "<query xmlns='jabber:iq:register'><remove/></query>"),
    "blocked": ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
    "vCard": ("get", "<vCard xmlns='vcard-temp'/>"),
    "anything": ("set", "<x xmlns='urn:x'/>"),
}
PRESENCES = ("", "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error")
MESSAGES = ("normal", "chat", "headline", "groupchat", "error")


def answers(kind: str, name: str, to: str, far: bool) -> list[str]:
    """What a stranger, here or elsewhere, is told."""
    rig = Rig(expected=(FAR,))
    end: Client | Far = rig.component(FAR) if far else rig.login("romeo")
    sender = (f"spy@{FAR}/x",) if far else ()
    if kind == "iq":
        end.iq(*PAYLOADS[name], *sender, to)  # type: ignore[arg-type]
    elif isinstance(end, Far):
        (end.presence if kind == "presence" else end.message)(*_ordered(kind, name, sender[0], to))
    elif kind == "presence":
        end.presence(name, to)
    else:
        end.message(to, name)
    got = [line.replace(to.partition("/")[0], "WHO") for line in end.seen()]
    end.iq("get", "<ping xmlns='urn:xmpp:ping'/>", *sender, "localhost", "fence")  # type: ignore[arg-type]
    return got + end.seen()


def _ordered(kind: str, name: str, sender: str, to: str) -> tuple[str, str, str]:
    return (name, sender, to) if kind == "presence" else (sender, to, name)


CASES = [
    *itertools.product(["iq"], PAYLOADS, ["", "/desk"], [True, False]),
    *itertools.product(["presence"], PRESENCES, ["", "/desk"], [True, False]),
    *itertools.product(["message"], MESSAGES, ["", "/desk"], [True, False]),
]


@pytest.mark.parametrize(("kind", "name", "resource", "far"), CASES)
def test_a_stranger_cannot_tell_who_exists(kind: str, name: str, resource: str, far: bool) -> None:
    """Every kind of stanza, to a bare and to a full JID, from an account of the same server and from elsewhere."""
    told = answers(kind, name, SOMEBODY + resource, far)
    assert told == answers(kind, name, NOBODY + resource, far)
    assert told[-1] == "result fence"
