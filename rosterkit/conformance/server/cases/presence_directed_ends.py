"""The end of directed presence: each target hears of it, once, and only of the resource that it has seen.

RFC 6121 §4.6.3.

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached, spared
from rosterkit.conformance.server.cases.presence_steps import AWAY, INITIAL, comes, directed, entered, goes
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Enter, Entered, Fence, Leave, Script, gone, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# By unavailable presence


def _goes(people: People) -> Script:
    yield from online("contact", people.contact, roster=False)
    yield from comes(people, "me", AWAY)
    yield from directed(people.remote)
    yield from directed(people.contact, "directed-2")
    yield from goes(people)


def _judge_goes(evidence: Evidence) -> Finding:
    whom = (evidence.people.remote, "contact")
    return first(reached(evidence, "goes", whom, "unavailable"), "Both targets were told.")


def _goes_from_to(people: People) -> Script:
    yield from entered(people, {people.remote: "T"}, presence=INITIAL)
    yield from directed(people.remote)
    yield from goes(people)


def _judge_goes_from_to(evidence: Evidence) -> Finding:
    remote = (evidence.people.remote,)
    found = (*reached(evidence, "directed", remote), *reached(evidence, "goes", remote, "unavailable"))
    return first(found, "The contact got the presence, and its end.")


def _subscriber_goes(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from directed(people.remote)
    yield from goes(people)


def _judge_once(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    seen = heard(evidence, remote, "goes", "unavailable", evidence.jid("me"))

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "goes", (remote,), "unavailable")
        if len(seen) > 1:
            yield broken(Level.SHOULD, f"The subscriber was told {len(seen)} times.", *seen)

    return first(findings(), "The subscriber was told once.", *seen)


# By the end of the stream


def _leaves(available: bool, people: People) -> Script:
    given: Entered = yield Enter("me", people.me)
    if available:
        yield from told("me", INITIAL, "initial")
    yield from directed(people.remote)
    yield Leave("me", mark="leaves")
    yield from gone(COMPONENT, given.jid)
    yield Fence()


def _judge_leaves(evidence: Evidence) -> Finding:
    whom = (evidence.people.remote,)
    return first(reached(evidence, "leaves", whom, "unavailable"), "The target was told.")


# By directed presence


def _taken_back(people: People) -> Script:
    yield from comes(people, "me", AWAY)
    yield from directed(people.remote)
    yield from directed(people.remote, "taken-back", "unavailable", "")
    yield from goes(people)


def _judge_taken_back(evidence: Evidence) -> Finding:
    return first(reached(evidence, "taken-back", (evidence.people.remote,), "unavailable"), "The target was told.")


def _judge_not_again(evidence: Evidence) -> Finding:
    found = spared(evidence, "goes", (evidence.people.remote,), level=Level.SHOULD)
    return first(found, "The target was not told again.")


def _other_goes(people: People) -> Script:
    yield from comes(people, "me-2")
    yield from comes(people, "me", AWAY)
    yield from directed(people.remote)
    yield from goes(people, "me-2")


def _judge_other_goes(evidence: Evidence) -> Finding:
    found = spared(evidence, "goes", (evidence.people.remote,))
    return first(found, "The target heard nothing of the other resource.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.6.3/unavailable",
        Level.MUST,
        "Unavailable presence that is broadcast goes to everybody who has got directed presence from the resource.",
        "The user stays in chat rooms, and looks online to those it has talked to.",
        "The user sends presence to a stranger at the component and to one of the same server, and then becomes "
        "unavailable.",
        "Unavailable presence for both.",
        _goes,
        _judge_goes,
        accounts=2,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/contact-in-to",
        Level.MUST,
        "A contact without a subscription who has got directed presence hears of its end like a stranger.",
        "A friend to whom the user has shown itself once sees it online for ever.",
        "The user sends presence to a contact at the component in To, and then becomes unavailable.",
        "The presence and the unavailable presence for the contact.",
        _goes_from_to,
        partial(begun, _judge_goes_from_to),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/once",
        Level.SHOULD,
        "A subscriber who has got directed presence too is told once that the resource is unavailable.",
        "Friends are told of each goodbye twice.",
        "The user sends presence to a contact at the component in From alone, and then becomes unavailable.",
        "Unavailable presence for the contact, one time.",
        _subscriber_goes,
        partial(begun, _judge_once),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/stream-ends",
        Level.MUST,
        "When the stream of an available resource ends, everybody who has got directed presence from it is told.",
        "Whoever loses the connection stays in every chat room as a ghost.",
        "The user is available, sends presence to a stranger at the component, and closes its stream.",
        "Unavailable presence for the stranger.",
        partial(_leaves, True),
        _judge_leaves,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/stream-ends-unseen",
        Level.MUST,
        "When the stream of a resource ends that was never available, those who have got directed presence are told.",
        "A client that is in one chat room only, and invisible otherwise, stays there as a ghost.",
        "A resource that has sent no other presence sends it to a stranger at the component, and closes its stream.",
        "Unavailable presence for the stranger.",
        partial(_leaves, False),
        _judge_leaves,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/taken-back",
        Level.MUST,
        "Unavailable presence for one address goes there.",
        "Nobody can leave a chat room without logging out.",
        "The user is available, sends presence to a stranger at the component, and then unavailable presence.",
        "The unavailable presence for the stranger.",
        _taken_back,
        _judge_taken_back,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/not-again",
        Level.SHOULD,
        "Somebody from whom directed presence was taken back hears nothing when the resource becomes unavailable.",
        "People whom the user has left learn when it logs out.",
        "The user is available, sends presence to a stranger at the component, takes it back, and then becomes "
        "unavailable.",
        "Nothing for the stranger at the end.",
        _taken_back,
        _judge_not_again,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/other-resource",
        Level.MUST,
        "Somebody who has got directed presence from one resource hears nothing of the user's other resources.",
        "A chat room learns of devices that were never in it.",
        "One resource sends presence to a stranger at the component, and another one becomes unavailable.",
        "Nothing for the stranger at the end.",
        _other_goes,
        _judge_other_goes,
        component=True,
    ),
)
