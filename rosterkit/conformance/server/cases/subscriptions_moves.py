"""Moves of the cases of RFC 6121 §3: who says what to whom, how a subscription is led somewhere, how somebody leaves.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.cases.states import brought
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Leave, Script, fetched, told
from rosterkit.conformance.server.tables import STATES

__all__ = ["CHILDREN", "add", "comes", "leaves", "led", "led_local", "request", "says"]

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


def led(people: People, state: str) -> Script:
    """The subscription of the user, who has a line ``me``, with ``remote`` is led to ``state``.

    The roster in which it shows is fetched under the mark ``begin``.
    """
    yield from brought(STATES[state], partial(says, "me", to=people.remote), partial(comes, people))
    yield from fetched("me", "begin")


def led_local(people: People, state: str) -> Script:
    """The same with ``contact``, who has a line ``contact``."""
    user, contact = partial(says, "me", to=people.contact), partial(says, "contact", to=people.me)
    yield from brought(STATES[state], user, contact)
    yield from fetched("me", "begin")


def leaves(line: str) -> Script:
    """A client becomes unavailable and ends its stream, so that nobody can think it is still there."""
    yield from told(line, stanzas.presence("unavailable"))
    yield Leave(line)
    yield Fence()


def add(line: str, contact: str, mark: str, name: str | None = None, groups: Sequence[str] = ()) -> Script:
    """An entry is put into the roster, without any subscription."""
    yield from told(line, stanzas.roster_set(mark, stanzas.item(contact, name, groups)), mark)
