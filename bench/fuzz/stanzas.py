"""Stanzas of every kind that the server knows, as a client or a component sends them.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.fuzz.chance import Chance
from bench.fuzz.nodes import Inner, Node, node
from bench.fuzz.words import address, contact, word

__all__ = ["component_stanza", "from_component", "presence", "registration", "stanza"]

_SUBSCRIPTIONS = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")
_DISCO = ("http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items")
_NAMES = ("juliet", "romeo", "nurse", "new", "j\u00fcrgen", "a b", "", "x" * 300)


def stanza(chance: Chance) -> Node:
    """Something that a client may send, right as far as its form goes."""
    roll = chance.random()
    for bound, make in _KINDS:
        if roll < bound:
            return make(chance)
    return _answer(chance)


def component_stanza(chance: Chance) -> Node:
    """The same with the addresses that a component has to give."""
    return from_component(stanza(chance), chance)


def from_component(made: Node, chance: Chance) -> Node:
    """Give it the sender and, where it has none, a receiver."""
    sender = chance.choice(("tybalt@far.test", "tybalt@far.test/x", "paris@far.test", "far.test", "c1@far.test"))
    kept = [(name, value) for name, value in made.attributes if name != "from"]
    if not any(name == "to" for name, _ in kept):
        kept.append(("to", chance.choice(("juliet@localhost", "romeo@localhost/a", "nurse@localhost", "localhost"))))
    made.attributes = [*kept, ("from", sender)]
    return made


def registration(chance: Chance) -> Node:
    """The form, a new account, a new password or the end of an account (XEP-0077)."""
    fields: list[Inner] = []
    if chance.random() < 0.8:
        fields.append(node("username", chance.choice(_NAMES)))
    if chance.random() < 0.8:
        fields.append(node("password", chance.choice(("secret", "", "\u00e9", "\u0221", "p" * 1024, " "))))
    if chance.random() < 0.1:
        fields = [node("remove")]
    query = node("query", *(fields if chance.random() < 0.8 else ()), xmlns="jabber:iq:register")
    return _iq(chance, "get" if not query.inside else "set", query, chance.choice((None, None, "localhost")))


def presence(chance: Chance) -> Node:
    """Presence without an address: available in all ways, or the end of it."""
    inside: list[Inner] = []
    if chance.random() < 0.4:
        inside.append(node("show", chance.choice(("away", "chat", "dnd", "xa", "", "online", " xa "))))
    if chance.random() < 0.5:
        inside.append(node("priority", chance.choice(("0", "1", "-1", "127", "-128", "128", "", "x", " 5 "))))
    if chance.random() < 0.3:
        inside.append(node("status", word(chance)))
    kind = "unavailable" if chance.random() < 0.15 else None
    return node("presence", *inside, type=kind, id=_maybe(chance), xml_lang=chance.choice((None, None, "en", "")))


def _subscription(chance: Chance) -> Node:
    status = node("status", word(chance)) if chance.random() < 0.3 else None
    return node("presence", status, type=chance.choice(_SUBSCRIPTIONS), to=contact(chance), id=_maybe(chance))


def _directed(chance: Chance) -> Node:
    kind = chance.choice((None, None, "unavailable", "probe", "probe", "error", "invisible"))
    made = presence(chance)
    made.attributes = [("to", address(chance)), *([("type", kind)] if kind else [])]
    return made


def _message(chance: Chance) -> Node:
    kind = chance.choice((None, "normal", "chat", "groupchat", "headline", "error", "odd"))
    body = node("body", word(chance))
    more = node("x", word(chance), xmlns="urn:x") if chance.random() < 0.2 else None
    to = address(chance) if chance.random() < 0.9 else None
    return node("message", body, more, type=kind, to=to, id=_maybe(chance))


def _roster_get(chance: Chance) -> Node:
    version = chance.choice((None, None, "", "v1", f"v{chance.randrange(40)}", "unknown"))
    to = chance.choice((None, None, None, "juliet@localhost", "romeo@localhost", "localhost"))
    return _iq(chance, "get", node("query", xmlns="jabber:iq:roster", ver=version), to)


def _roster_set(chance: Chance) -> Node:
    groups = [node("group", chance.choice(("Friends", "Family", word(chance)))) for _ in range(chance.randrange(3))]
    wish = "remove" if chance.random() < 0.3 else chance.choice((None, None, "both", "from"))
    name = word(chance) if chance.random() < 0.6 else None
    item = node("item", *groups, jid=contact(chance), name=name, subscription=wish)
    to = chance.choice((None, None, None, None, "juliet@localhost", "romeo@localhost"))
    return _iq(chance, "set", node("query", item, xmlns="jabber:iq:roster"), to)


def _blocking(chance: Chance) -> Node:
    if chance.random() < 0.25:
        return _iq(chance, "get", node("blocklist", xmlns="urn:xmpp:blocking"), None)
    items = [node("item", jid=address(chance)) for _ in range(chance.choice((0, 1, 1, 1, 2, 3)))]
    command = chance.choice(("block", "unblock", "unblock"))
    return _iq(chance, "set", node(command, *items, xmlns="urn:xmpp:blocking"), None)


def _question(chance: Chance) -> Node:
    to = chance.choice((None, "localhost", address(chance)))
    child = chance.choice(
        (
            node("query", xmlns=chance.choice(_DISCO), node=chance.choice((None, None, "x"))),
            node("ping", xmlns="urn:xmpp:ping"),
            node("query", xmlns="jabber:iq:version"),
            node("vCard", xmlns="vcard-temp"),
            node("session", xmlns="urn:ietf:params:xml:ns:xmpp-session"),
            node("bind", node("resource", "c"), xmlns="urn:ietf:params:xml:ns:xmpp-bind"),
            node("x", xmlns="urn:x"),
        )
    )
    kind = "set" if child.name in ("session", "bind") or chance.random() < 0.1 else "get"
    return _iq(chance, kind, child, to)


def _answer(chance: Chance) -> Node:
    kind = chance.choice(("result", "error"))
    child = None if kind == "result" else node("error", node("x", xmlns="urn:x"), type="cancel")
    return node("iq", child, type=kind, id=chance.choice((*_IDS, "v1", "v5", "v9")), to=address(chance))


_IDS = ("s1", "s2", "s3", "x", "a&b", "\u00e9", "")


def _iq(chance: Chance, kind: str, child: Node, to: str | None) -> Node:
    """An iq with an id of its own, mostly."""
    id_ = f"i{chance.randrange(1 << 24)}" if chance.random() < 0.8 else chance.choice(_IDS)
    return node("iq", child, type=kind, id=id_, to=to, xml_lang=None if chance.random() < 0.9 else "en")


def _maybe(chance: Chance) -> str | None:
    return chance.choice(_IDS) if chance.random() < 0.3 else None


_KINDS: tuple[tuple[float, Callable[[Chance], Node]], ...] = (
    (0.2, _roster_set),
    (0.3, _roster_get),
    (0.55, _subscription),
    (0.65, presence),
    (0.73, _directed),
    (0.81, _message),
    (0.88, _blocking),
    (0.95, _question),
    (0.96, registration),
)
