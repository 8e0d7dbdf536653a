"""What scripts of delivery share: an account with a resource for each priority, and a contact elsewhere.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told

__all__ = [
    "LINES",
    "UNKNOWN",
    "absent",
    "asked_by_remote",
    "phone",
    "priority",
    "resources",
    "said_by_remote",
    "written",
]

#: The lines of the account's resources.
LINES = ("me", "me-2", "me-3")
#: A payload of which no server knows anything.
UNKNOWN = "<secret xmlns='urn:example:nobody-knows-this'/>"


def phone(people: People) -> str:
    """The full JID from which the contact at the component writes."""
    return f"{people.remote}/phone"


def absent(people: People, account: str) -> str:
    """A full JID of an account whose resource is not there."""
    return f"{account}/{people.token('gone')}"


def priority(value: int) -> str:
    """Presence that is available with a priority."""
    return stanzas.presence(children=f"<priority>{value}</priority>")


def resources(people: People, *priorities: int | None) -> Script:
    """A line of the account for each priority; None is one that is bound and not available.

    Gives their full JIDs.
    """
    jids = []
    for line, value in zip(LINES, priorities, strict=False):
        presence = priority(value) if value is not None else None
        entered = yield from online(line, people.me, roster=False, presence=presence)
        jids.append(entered.jid)
    return jids


def written(people: People, type_: str | None, to: str, mark: str) -> Script:
    """The contact elsewhere sends a message."""
    yield from told(COMPONENT, stanzas.message(to, f"This is {mark}.", type_, sender=phone(people), id_=mark), mark)


def said_by_remote(people: People, type_: str | None, to: str, mark: str) -> Script:
    """The contact elsewhere sends presence."""
    yield from told(COMPONENT, stanzas.presence(type_, to, sender=phone(people), id_=mark), mark)


def asked_by_remote(people: People, type_: str, to: str, mark: str, payload: str = UNKNOWN) -> Script:
    """The contact elsewhere sends an iq."""
    yield from told(COMPONENT, stanzas.iq(type_, mark, payload, to=to, sender=phone(people)), mark)
