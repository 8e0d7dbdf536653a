"""What comes to a resource: answers to its probes, and presence of others as it changes (RFC 6121 §4.2.3 to §4.5.3).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.content_judging import lost
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached, spared
from rosterkit.conformance.server.cases.presence_steps import (
    AWAY,
    BUSY,
    befriended,
    comes,
    entered,
    finished,
    from_remote,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_AVAILABLE = stanzas.presence()

# What the server asks for the user (§4.3.1)


def _asks(people: People) -> Script:
    yield from entered(people, {people.remote: "T", people.other_remote: "B"}, presence=_AVAILABLE)


def _probes(evidence: Evidence, contact: str) -> list[Seen]:
    return heard(evidence, contact, "initial", "probe", evidence.people.me)


def _judge_asks(evidence: Evidence) -> Finding:
    people = evidence.people
    found = (
        present(_probes(evidence, contact), f"No probe came for {contact}.", Level.SHOULD)
        for contact in (people.remote, people.other_remote)
    )
    return first(found, "A probe came for each of them.")


def _judge_addresses(evidence: Evidence) -> Finding:
    people = evidence.people
    probes = [probe for contact in (people.remote, people.other_remote) for probe in _probes(evidence, contact)]
    if not probes:
        return shown("No probe came.")
    senders = "the full JID" if "/" in (probes[0].sender or "") else "the bare JID"
    targets = "a full JID" if "/" in (probes[0].to or "") else "the bare JID"
    return shown(f"A probe is sent from {senders} of the user to {targets} of the contact.", *probes)


def _asks_nobody(people: People) -> Script:
    states = {people.remote: "F", people.other_remote: "NO", people.third_remote: "NI"}
    yield from entered(people, states, presence=_AVAILABLE)


def _judge_asks_nobody(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote, people.third_remote)
    return first(spared(evidence, "initial", whom, ("probe",), level=Level.SHOULD), "No probe came for any of them.")


def _local(people: People) -> Script:
    yield from entered(people, local="T", presence=_AVAILABLE)


def _judge_local(evidence: Evidence) -> Finding:
    seen = heard(evidence, "me", "initial", None, evidence.jid("contact"))
    found = present(seen, "The presence of the contact, who is available, did not come.")
    return first([found], "The presence of the contact came.", *seen)


# What others send (§4.2.3, §4.4.3, §4.5.3)


def _friend_of_two(people: People) -> Script:
    """Two resources of the user are available, and it sees a contact of the same server, who is bound."""
    yield from comes(people, "me")
    yield from comes(people, "me-2", "<priority>5</priority>")
    yield Enter("contact", people.contact)
    yield from befriended(people, local="T")


def _contact_comes(people: People) -> Script:
    yield from _friend_of_two(people)
    yield from told("contact", _AVAILABLE, "comes")


def _judge_comes(evidence: Evidence) -> Finding:
    return first(reached(evidence, "comes", ("me", "me-2"), line="contact"), "It came to both resources.")


def _contact_changes(people: People) -> Script:
    yield from entered(people, {people.remote: "T"}, presence=_AVAILABLE)
    yield from from_remote(people.phone, people.me, "comes", children=AWAY)
    yield from from_remote(people.phone, people.me, "changes", children=BUSY)


def _judge_changes(evidence: Evidence) -> Finding:
    seen = heard(evidence, "me", "changes", None, evidence.people.phone)
    if not seen:
        return broken(Level.MUST, "The contact's new presence did not come.")
    if names := lost(seen[0], BUSY):
        return broken(Level.MUST, f"It came without its {', '.join(names)} as sent.", *seen)
    return kept("It came with all that it had.", *seen)


def _contact_goes(people: People) -> Script:
    yield from _friend_of_two(people)
    yield from told("contact", _AVAILABLE, "comes")
    yield from told("contact", stanzas.presence("unavailable"), "goes")
    yield from finished(people)


def _judge_goes(evidence: Evidence) -> Finding:
    return first(reached(evidence, "goes", ("me", "me-2"), "unavailable", "contact"), "It came to both resources.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.3.1/probes",
        Level.SHOULD,
        "When the user becomes available, the server probes the contacts of other servers in To and in Both.",
        "Friends on other servers look offline until they change something.",
        "Two contacts at the component are brought to To and to Both; then the user becomes available.",
        "A probe for each of them at the component.",
        _asks,
        partial(begun, _judge_asks),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.1/addresses",
        Level.MAY,
        "A probe comes from the bare JID of the user and goes to the bare JID of the contact.",
        "A server that looks the full JID up among its subscribers answers that the subscription is over.",
        "A contact at the component is brought to To; then the user becomes available.",
        "A probe between the bare JIDs; older servers probe from the full JID.",
        _asks,
        partial(begun, _judge_addresses),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.1/nobody-else",
        Level.SHOULD,
        "The server probes nobody to whose presence the user is not subscribed.",
        "A probe tells a stranger that the user has come online.",
        "Contacts at the component are brought to From, Pending Out and Pending In; then the user becomes available.",
        "No probe for any of them.",
        _asks_nobody,
        partial(begun, _judge_asks_nobody),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.1/local-contacts",
        Level.MUST,
        "A resource that becomes available is told the presence of available contacts of the same server.",
        "Friends who were online first look offline.",
        "A contact of the same server is in To and available; then the user becomes available.",
        "The contact's presence at the user.",
        _local,
        partial(begun, _judge_local),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/4.2.3/every-resource",
        Level.MUST,
        "When a contact of the same server becomes available, each available resource of the user is told.",
        "A friend who comes online is seen on one device only.",
        "A user with two resources of different priorities sees a contact of the same server, who becomes available.",
        "The contact's presence at both.",
        _contact_comes,
        partial(begun, _judge_comes),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/4.4.3/content",
        Level.MUST,
        "When a contact changes its presence, the user gets the new one with everything in it.",
        "The user goes on seeing what its friend was doing before.",
        "A contact at the component sends presence, and then other presence, with an element that nobody knows.",
        "The second presence at the user, with its show, its status and that element.",
        _contact_changes,
        partial(begun, _judge_changes),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.3/every-resource",
        Level.MUST,
        "When a contact of the same server becomes unavailable, each available resource of the user is told.",
        "A friend who has gone looks online for ever on some devices.",
        "A user with two resources of different priorities sees a contact of the same server, who comes and goes.",
        "The contact's unavailable presence at both.",
        _contact_goes,
        partial(begun, _judge_goes),
        accounts=2,
    ),
)
