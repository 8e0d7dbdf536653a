"""Whole streams of clients and components: headers, TLS, logins, bind, stanzas, the end.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from bench.fuzz import keys
from bench.fuzz.chance import Chance
from bench.fuzz.logins import exchange, wrong_exchange
from bench.fuzz.mutations import mutate_bytes, mutate_node, shuffle
from bench.fuzz.nodes import Node, node, written
from bench.fuzz.stanzas import component_stanza, registration, stanza
from bench.fuzz.words import NAMESPACES, address

__all__ = ["client_stream", "component_stream", "framed_stream", "header", "made", "mutated_stream", "plain_stream"]

STREAMS = "http://etherx.jabber.org/streams"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
_DECLARATIONS = ("<?xml version='1.0'?>", "", "<?xml version=\"1.0\" encoding='utf-8' standalone='yes'?>")
_ODD_DECLARATIONS = (
    "<?xml version='1.1'?>", "<?xml version='2.0'?>", "<?xml?>", "<?xml version='1.0' encoding='UTF-16'?>", "\ufeff",
    "\ufeff<?xml version='1.0'?>", "<?xml version='1.0'?" + " " * 1100, "<?XML version='1.0'?>",
    " <?xml version='1.0'?>", "<?xml version='1.0' standalone='maybe'?>", "<!DOCTYPE stream>", "<!-- -->",
    "<?xml version='1.0'?><?xml version='1.0'?>",
)  # fmt: skip
_END = "</stream:stream>"


def made(parts: list[str | Node], chance: Chance) -> list[bytes]:
    """The parts as bytes."""
    return [(written(part, chance) if isinstance(part, Node) else part).encode("utf-8", "replace") for part in parts]


def header(chance: Chance, namespace: str = "jabber:client", to: str = "localhost", wrong: bool = False) -> str:
    """A stream header."""
    root = node("stream:stream", to=to, version="1.0", xmlns=namespace, xmlns_stream=STREAMS)
    root.attributes += chance.choice(([], [], [("xml:lang", "en")], [("from", "juliet@localhost")]))
    declaration = chance.choice(_DECLARATIONS)
    if wrong:
        if chance.random() < 0.4:
            declaration = chance.choice(_ODD_DECLARATIONS)
        else:
            _spoil(root, chance)
    start = written(root, chance)
    return declaration + (start[:-2] + ">" if start.endswith("/>") else start.partition("</stream:")[0])


def _spoil(root: Node, chance: Chance) -> None:
    at = chance.randrange(len(root.attributes))
    name, _ = root.attributes[at]
    values = (*NAMESPACES, address(chance), "2.0", "0.9", "1", "1.", "01.00", "\u0661.0", "a" * 10_000)
    roll = chance.random()
    if roll < 0.5:
        root.attributes[at] = (name, chance.choice(values))
    elif roll < 0.7:
        del root.attributes[at]
    elif roll < 0.85:
        root.attributes += [
            (f"xmlns:p{number}", f"urn:p{number}") for number in range(chance.choice((3, 15, 20, 140)))
        ]
    else:
        root.name = chance.choice(("stream", "s:stream", "stream:Stream", "stream:error"))


def client_stream(chance: Chance, starttls: bool = False, anonymous: bool = False) -> list[str | Node]:
    """A client's stream from its first byte on, right as far as it goes; mostly it binds and goes on."""
    parts: list[str | Node] = [header(chance)]
    if starttls:
        parts.append(node("starttls", xmlns="urn:ietf:params:xml:ns:xmpp-tls"))
        parts.append(header(chance))
    if chance.random() < 0.1:
        parts.append(registration(chance))
    parts += _login(chance, anonymous)
    parts.append(header(chance))
    parts.append(_bind(chance))
    parts += [stanza(chance) for _ in range(chance.choice((0, 1, 2, 4)))]
    if chance.random() < 0.3:
        parts.append(_END)
    return parts


def plain_stream(chance: Chance) -> list[str | Node]:
    """One document: a header, stanzas of clients and components, mostly the end."""
    parts: list[str | Node] = [header(chance)]
    parts += [(stanza if chance.random() < 0.8 else component_stanza)(chance) for _ in range(chance.randrange(1, 8))]
    if chance.random() < 0.7:
        parts.append(_END)
    return parts


def framed_stream(chance: Chance, anonymous: bool = False) -> list[str | Node]:
    """The same in the messages of a WebSocket (RFC 7395)."""
    opening = node("open", to="localhost", version="1.0", xmlns=_FRAMING)
    parts: list[str | Node] = [opening, *_login(chance, anonymous), opening.copy(), _with_namespace(_bind(chance))]
    parts += [_with_namespace(stanza(chance)) for _ in range(chance.choice((0, 1, 2, 4)))]
    if chance.random() < 0.3:
        parts.append(node("close", xmlns=_FRAMING))
    return parts


def component_stream(chance: Chance) -> list[str | Node]:
    """A component's stream (XEP-0114)."""
    parts: list[str | Node] = [header(chance, "jabber:component:accept", "far.test")]
    parts.append(node("handshake", keys.handshake()))
    parts += [component_stanza(chance) for _ in range(chance.choice((0, 1, 3)))]
    if chance.random() < 0.3:
        parts.append(_END)
    return parts


def mutated_stream(parts: list[str | Node], chance: Chance) -> list[bytes]:
    """The stream with one kind of change: of an element, of the header, of the order, or of the bytes."""
    roll = chance.random()
    if roll < 0.4:
        nodes = [index for index, part in enumerate(parts) if isinstance(part, Node)]
        at = chance.choice(nodes)
        others = [part for part in parts if isinstance(part, Node)]
        parts[at] = mutate_node(others[nodes.index(at)], chance, others)
    elif roll < 0.5 and isinstance(parts[0], str):
        namespace = "jabber:client" if "jabber:client" in parts[0] else "jabber:component:accept"
        at = chance.choice([index for index, part in enumerate(parts) if isinstance(part, str) and part != _END])
        parts[at] = header(chance, namespace, wrong=True)
    elif roll < 0.6:
        parts = shuffle(parts, chance)
    elif roll < 0.75:
        parts = _with_wrong_login(parts, chance)
    pieces = made(parts, chance)
    if roll >= 0.75:
        at = chance.randrange(len(pieces))
        pieces[at] = mutate_bytes(pieces[at], chance)
    return pieces


def _with_wrong_login(parts: list[str | Node], chance: Chance) -> list[str | Node]:
    """A wrong login, or several, before the right one."""
    at = next((index for index, part in enumerate(parts) if isinstance(part, Node) and part.name == "auth"), 1)
    wrong: list[str | Node] = []
    for _ in range(chance.choice((1, 1, 2, 6))):
        wrong += _elements(*wrong_exchange(chance))
        if chance.random() < 0.2:
            wrong.append(node("abort", xmlns=_SASL))
    return [*parts[:at], *wrong, *parts[at:]]


def _login(chance: Chance, anonymous: bool) -> list[Node]:
    return _elements(*exchange(chance, anonymous))


def _elements(mechanism: str, texts: list[str]) -> list[Node]:
    first, *more = texts or [""]
    auth = node("auth", first or None, xmlns=_SASL, mechanism=mechanism)
    return [auth, *(node("response", text or None, xmlns=_SASL) for text in more)]


def _bind(chance: Chance) -> Node:
    wish = chance.choice((None, "a", "a", "balcony", "", " ", "\u00e9", "\U0001f600", "r" * 1100, "\u0221"))
    inner = node("resource", wish) if wish is not None else None
    return node("iq", node("bind", inner, xmlns="urn:ietf:params:xml:ns:xmpp-bind"), type="set", id="b1")


def _with_namespace(made: Node) -> Node:
    made.attributes.insert(0, ("xmlns", "jabber:client"))
    return made
