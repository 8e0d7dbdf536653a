"""Initial presence: who hears of a resource that becomes available, and what it hears itself (RFC 6121 §4.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.delivery_steps import priority
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached, reached_whole, spared
from rosterkit.conformance.server.cases.presence_steps import AWAY, INITIAL, entered, friends, from_remote, others
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, fetched
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# To contacts


def _to_remote(people: People) -> Script:
    yield from entered(people, friends(people), presence=INITIAL)


def _judge_remote(evidence: Evidence) -> Finding:
    people = evidence.people
    return first(reached(evidence, "initial", (people.remote, people.other_remote)), "It came for both.")


def _judge_children(evidence: Evidence) -> Finding:
    found = reached_whole(evidence, evidence.people.remote, "initial", AWAY)
    return first(found, "It came with all that it had.")


def _to_local(people: People) -> Script:
    yield from entered(people, local="B", presence=INITIAL)


def _judge_local(evidence: Evidence) -> Finding:
    return first(reached(evidence, "initial", ("contact",)), "It came on the contact's line.")


def _to_others(people: People) -> Script:
    yield from entered(people, others(people), presence=INITIAL)


def _judge_others(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote, people.third_remote)
    return first(spared(evidence, "initial", whom), "Nobody at the component heard of it.")


def _silent(people: People) -> Script:
    yield from entered(people, {people.remote: "F"})
    yield from fetched("me", "again")


def _judge_silent(evidence: Evidence) -> Finding:
    said = spared(evidence, "begin", (evidence.people.remote,), (None,), until="the end")
    return first(said, "The contact heard nothing of the resource.")


def _negative(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=priority(-1))
    yield from from_remote(people.phone, people.me, "comes")


def _judge_negative(evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "initial", (remote,))
        seen = heard(evidence, "me", "comes", None, evidence.people.phone)
        yield present(seen, "Presence of the contact did not come to the resource.")

    return first(findings(), "The contact saw the resource, and the resource the contact.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.2.2/remote-contacts",
        Level.MUST,
        "Initial presence goes, from the full JID, to every contact of another server in From and in Both.",
        "The user is online and looks offline to its friends.",
        "Two contacts at the component are brought to From and to Both; then the user becomes available.",
        "The presence for both at the component, from the full JID.",
        _to_remote,
        partial(begun, _judge_remote),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.2.2/local-contacts",
        Level.MUST,
        "Initial presence comes to a contact of the same server who is subscribed and available.",
        "Two people of one server do not see each other come online.",
        "Two accounts are brought to Both; the contact is online, then the user becomes available.",
        "The presence at the contact, from the full JID.",
        _to_local,
        partial(begun, _judge_local),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/4.2.2/children",
        Level.MUST,
        "Initial presence reaches contacts with everything that the client has put into it.",
        "Friends do not see that the user is away, or what its client can do.",
        "The user becomes available with a show, a status and an element that nobody knows.",
        "All three at the component, as they were sent; more may stand beside them.",
        _to_remote,
        partial(begun, _judge_children),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.2.2/nobody-else",
        Level.MUST,
        "Initial presence goes to nobody who is in To only, was asked only, or has only asked.",
        "Strangers learn when the user is online, as soon as they ask for a subscription.",
        "Three contacts at the component are brought to To, Pending Out and Pending In; then the user becomes "
        "available.",
        "No presence for any of them.",
        _to_others,
        partial(begun, _judge_others),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.2.2/nothing-before",
        Level.MUST,
        "A resource that has sent no presence is shown to nobody, whatever else it has done.",
        "Friends see the user online before it wants to be seen, or a program that only reads the roster.",
        "A contact at the component is brought to From by a resource without presence, which asks for the roster "
        "twice.",
        "No available presence at the component.",
        _silent,
        partial(begun, _judge_silent),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.2.2/negative-priority",
        Level.MUST,
        "A resource with a negative priority is available: its contacts see it, and it sees them.",
        "A device that only wants no messages by chance looks offline, and sees nobody.",
        "The user becomes available with priority -1, and then a contact of another server does.",
        "The presence of each at the other.",
        _negative,
        partial(begun, _judge_negative),
        component=True,
    ),
)
