"""Moves of the cases of RFC 6121 §3: who says what to whom, how a subscription is led somewhere, how somebody leaves.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Leave, Script, fetched, online, told
from rosterkit.conformance.server.tables import STATES

__all__ = [
    "CHILDREN",
    "KNOWING",
    "brought",
    "brought_local",
    "comes",
    "knowing",
    "leaves",
    "led",
    "led_local",
    "lists",
    "request",
    "says",
]

#: Two resources that have asked for the roster; the second is not available.
KNOWING = ("me", "me-2")

#: What a request may have in it: words of the user, a name, and something that no server knows.
CHILDREN = (
    "<status>Let me in &amp; be my &lt;friend&gt;</status>"
    "<nick xmlns='http://jabber.org/protocol/nick'>The Nurse</nick>"
    "<letter xmlns='urn:example:verona' seal='red'><line>Wherefore?</line></letter>"
)


def says(line: str, type_: str, to: str, mark: str = "") -> Script:
    """A client sends a subscription stanza."""
    yield from told(line, stanzas.presence(type_, to), mark)


def comes(people: People, type_: str, mark: str = "", *, sender: str = "") -> Script:
    """The component sends one to the user: in the name of ``remote``, where nobody else is the ``sender``."""
    yield from told(COMPONENT, stanzas.presence(type_, people.me, sender=sender or people.remote), mark)


def request(to: str, sender: str | None = None) -> str:
    """A request with an id, a language, and :data:`CHILDREN`."""
    plain = stanzas.presence("subscribe", to, sender=sender, id_="request-1", children=CHILDREN)
    return plain.replace("<presence", "<presence xml:lang='it'", 1)


def knowing(people: People) -> Script:
    """The lines of :data:`KNOWING`."""
    yield from online("me", people.me)
    yield from online("me-2", people.me, presence=None)


def brought(people: People, state: str) -> Script:
    """The subscription of the user, who has a line ``me``, with ``remote`` is led to a state (a key of STATES)."""
    for who, type_ in STATES[state].path:
        yield from says("me", type_, people.remote) if who == "user" else comes(people, type_)


def brought_local(people: People, state: str) -> Script:
    """The same with ``contact``, who has a line ``contact``."""
    for who, type_ in STATES[state].path:
        line, to = ("me", people.contact) if who == "user" else ("contact", people.me)
        yield from says(line, type_, to)


def led(people: People, state: str) -> Script:
    """As :func:`brought`; then the roster in which it shows is fetched under the mark ``begin``."""
    yield from brought(people, state)
    yield from fetched("me", "begin")


def led_local(people: People, state: str) -> Script:
    """As :func:`brought_local`, and the same."""
    yield from brought_local(people, state)
    yield from fetched("me", "begin")


def leaves(line: str) -> Script:
    """A client becomes unavailable and ends its stream, so that nobody can think it is still there."""
    yield from told(line, stanzas.presence("unavailable"))
    yield Leave(line)
    yield Fence()


def lists(people: People, groups: int = 1) -> Script:
    """The user puts ``remote`` into the roster, as ``Listed`` and in so many groups, without any subscription."""
    entry = stanzas.item(people.remote, "Listed", people.groups[:groups])
    yield from told("me", stanzas.roster_set("lists", entry), "lists")
