"""Presence that changes: how much of it contacts get, and what it must not bring with it (RFC 6121 §4.4.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached, reached_whole, spared
from rosterkit.conformance.server.cases.presence_steps import BUSY, changes
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _friend(people: People) -> Mapping[str, str]:
    return {people.remote: "F"}


# What is in it


def _judge_content(evidence: Evidence) -> Finding:
    found = reached_whole(evidence, evidence.people.remote, "change", BUSY)
    return first(found, "It came with all that it had.")


def _judge_id(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    seen = heard(evidence, remote, "change", None, evidence.jid("me"))

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "change", (remote,))
        if seen and seen[0].id != "change":
            yield broken(Level.SHOULD, f"It came with the id {seen[0].id!r}, and was sent with 'change'.", *seen)

    return first(findings(), "It came with its id.", *seen)


def _again(people: People) -> Script:
    yield from changes(_friend, None, people)
    yield from told("me", stanzas.presence(children=BUSY, id_="change"), "again")


def _judge_again(evidence: Evidence) -> Finding:
    remote = (evidence.people.remote,)
    found = (*reached(evidence, "change", remote), *reached(evidence, "again", remote, level=Level.SHOULD))
    return first(found, "It came each time.")


# What it does not bring


def _judge_probes(evidence: Evidence) -> Finding:
    people = evidence.people
    found = spared(evidence, "change", (people.remote, people.other_remote), ("probe",), level=Level.SHOULD)
    return first(found, "Nobody was probed again.")


def _seers(people: People) -> Mapping[str, str]:
    return {people.remote: "T", people.other_remote: "B"}


def _asker(people: People) -> Mapping[str, str]:
    return {people.remote: "NI"}


def _judge_requests(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    again = heard(evidence, "me", "change", "subscribe", remote)
    found = absent(again, "The request came again with presence that was not initial.", Level.SHOULD)
    return first([found], "The request did not come again.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.4.2/content",
        Level.MUST,
        "A change of presence reaches contacts with everything that the client has put into it.",
        "Friends see that something has changed, and not what.",
        "The user is available and then busy, with a show, a status and an element that nobody knows.",
        "All three at the component, as they were sent; more may stand beside them.",
        partial(changes, _friend, None),
        partial(begun, _judge_content),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/id",
        Level.SHOULD,
        "Presence that has an id is sent on with it.",
        "An error that answers the presence cannot be told from one that answers another.",
        "The user is available and then sends presence with an id.",
        "The presence at the component with the same id.",
        partial(changes, _friend, None),
        partial(begun, _judge_id),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/same-again",
        Level.SHOULD,
        "Presence that says the same as before is sent to contacts too.",
        "A friend who has missed the first never learns of it, though the client has repeated it for that.",
        "The user is available and then sends the same new presence twice.",
        "The presence at the component twice.",
        _again,
        partial(begun, _judge_again),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/no-probes",
        Level.SHOULD,
        "A change of presence makes the server probe nobody.",
        "Each change costs a question to every contact and an answer from it.",
        "Contacts at the component are in To and Both; the user becomes available and then changes its presence.",
        "No probe behind the second presence.",
        partial(changes, _seers, None),
        partial(begun, _judge_probes),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/no-requests",
        Level.SHOULD,
        "A request that waits does not come again when a resource that is available changes its presence.",
        "The user is asked the same question each time that it goes away from the keyboard.",
        "A contact at the component has asked; the user becomes available and then changes its presence.",
        "No request behind the second presence.",
        partial(changes, _asker, None),
        partial(begun, _judge_requests),
        component=True,
    ),
)
