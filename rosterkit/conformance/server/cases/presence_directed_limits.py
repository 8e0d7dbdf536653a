"""Directed presence: what it does not do, and whom it lets ask again (RFC 6121 §4.6.3, §4.6.6).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase, shown
from rosterkit.conformance.server.cases.presence_judging import begun, heard, kinds, reached, spared
from rosterkit.conformance.server.cases.presence_steps import (
    AWAY,
    INITIAL,
    comes,
    directed,
    entered,
    finished,
    probes,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, fetched, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# What it does not do


def _without_initial(people: People) -> Script:
    yield from comes(people, "me-2")
    yield from entered(people, {people.remote: "F", people.other_remote: "NI"})
    yield from directed(people.third_remote)
    yield from fetched("me", "after")


def _judge_not_broadcast(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "directed", (people.third_remote,))
        whom = (people.remote, people.other_remote, "me-2")
        yield from spared(evidence, "directed", whom, sender=evidence.jid("me"))

    return first(findings(), "It came for the one to whom it was sent, and for nobody else.")


def _judge_not_available(evidence: Evidence) -> Finding:
    requests = heard(evidence, "me", "directed", "subscribe", evidence.people.other_remote)
    others = heard(evidence, "me", "directed", None, evidence.jid("me-2"))
    found = (
        absent(seen, f"{what} came, as if the resource had become available.", Level.SHOULD)
        for seen, what in ((requests, "A request that waits"), (others, "The presence of another resource"))
    )
    return first(found, "Nothing came to the resource that would come to one that is available.")


def _then_changes(people: People) -> Script:
    yield from entered(people, {people.remote: "T"}, presence=INITIAL)
    yield from directed(people.remote)
    yield from directed(people.other_remote, "directed-2")
    yield from told("me", INITIAL, "change")


def _judge_not_repeated(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote)
    return first(spared(evidence, "change", whom, (None,)), "Neither got the presence that was for everybody.")


def _to_subscriber(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from directed(people.remote)
    yield from told("me", INITIAL, "change")


def _judge_subscriber(evidence: Evidence) -> Finding:
    remote = (evidence.people.remote,)
    found = (*reached(evidence, "directed", remote), *reached(evidence, "change", remote))
    return first(found, "The subscriber got both.")


# Probes of those who have got it (§4.6.6)


def _probed(people: People) -> Script:
    full = yield from comes(people, "me", AWAY)
    yield from directed(people.remote)
    yield from probes(people.remote, full)
    yield from directed(people.remote, "gone", "unavailable", "")
    yield from probes(people.remote, full, "probe-after")
    yield from finished(people)


def _judge_probed(evidence: Evidence) -> Finding:
    people = evidence.people
    seen, later = (heard(evidence, people.remote, mark, "*", people.me) for mark in ("probe", "probe-after"))
    words = f"A target's probe of the full JID is answered with {kinds(seen)}, and with {kinds(later)} when it was"
    return shown(f"{words} taken back.", *seen, *later)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.6.3/not-broadcast",
        Level.MUST,
        "Presence for one address goes to no subscriber and to no own resource.",
        "All friends see the user who wanted to be seen by one person.",
        "A resource that has sent no other presence sends it to a stranger at the component; the user has a "
        "subscriber, somebody who has asked, and another resource.",
        "The presence for the stranger and for nobody else.",
        _without_initial,
        partial(begun, _judge_not_broadcast),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/not-available",
        Level.SHOULD,
        "Presence for one address does not make a resource available: neither requests nor presence come to it.",
        "A client that wants to stay invisible is drawn into what it wanted to be left out of.",
        "A resource that has sent no other presence sends it to a stranger at the component; a request waits, and "
        "another resource is there.",
        "Neither the request nor the other resource's presence.",
        _without_initial,
        partial(begun, _judge_not_available),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/not-repeated",
        Level.MUST,
        "Somebody who has got directed presence gets none of what is broadcast afterwards.",
        "Whoever the user has once shown itself to can follow it from then on.",
        "The user sends presence to a contact at the component in To and to a stranger, and then changes its "
        "presence.",
        "The second presence for neither.",
        _then_changes,
        partial(begun, _judge_not_repeated),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/subscriber",
        Level.MUST,
        "A subscriber who has got directed presence goes on getting what is broadcast.",
        "A friend who was once told something special sees nothing new any more.",
        "The user sends presence to a contact at the component in From alone, and then changes its presence.",
        "Both for the contact.",
        _to_subscriber,
        partial(begun, _judge_subscriber),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.6/probe",
        Level.MAY,
        "Somebody who has got directed presence can probe the resource from which it came.",
        "A chat room cannot find out that a member has gone without a word.",
        "The user sends presence to a stranger at the component, who probes its full JID, then unavailable presence, "
        "and is probed again.",
        "Presence of the resource, and then nothing that tells anything; the RFC leaves it open.",
        _probed,
        _judge_probed,
        component=True,
    ),
)
