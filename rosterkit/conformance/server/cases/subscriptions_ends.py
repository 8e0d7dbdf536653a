"""Subscriptions that end, whoever ends them: presence goes away first, and does not come back (RFC 6121 §3.2, §3.3).

Tests: ``tests/conformance/test_server_subscriptions_ends.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.subscriptions_moves import comes, led, led_local, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_RESOURCES = ("me", "me-2")


def _seen_by(local: bool, people: People) -> Script:
    """A contact, online where it is an account of the server, sees the two resources of the user."""
    if local:
        yield from online("contact", people.contact)
    for line in _RESOURCES:
        yield from online(line, people.me)
    yield from led_local(people, "F") if local else led(people, "F")


def _contact(local: bool, evidence: Evidence) -> tuple[str, str]:
    """The line at which the contact hears, and its JID."""
    return ("contact", evidence.people.contact) if local else (COMPONENT, evidence.people.remote)


# The user ends it


def _cancels(local: bool, people: People) -> Script:
    yield from _seen_by(local, people)
    yield from says("me", "unsubscribed", people.contact if local else people.remote, "event")


def _judge_goes_first(local: bool, evidence: Evidence) -> Finding:
    where, contact = _contact(local, evidence)
    ends = evidence.presences(where, "event", "unsubscribed", evidence.people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], contact)
        yield present(ends, "The unsubscribed did not come.")
        for line in _RESOURCES:
            gone = evidence.presences(where, "event", "unavailable", evidence.jid(line))
            yield present(gone, f"No unavailable presence of the resource on the line {line} came.")
            if gone[0].number > ends[0].number:
                words = f"The unavailable presence of the line {line} came after the unsubscribed."
                yield broken(Level.MUST, words, ends[0], gone[0])

    return first(findings(), "Both resources became unavailable, and then came the unsubscribed.", *ends[:1])


# Presence afterwards, whoever has ended it


def _ends_and_moves(by_user: bool, people: People) -> Script:
    yield from _seen_by(False, people)
    if by_user:
        yield from says("me", "unsubscribed", people.remote, "event")
    else:
        yield from comes(people, "unsubscribe", "event")
    yield from told("me", stanzas.presence(children="<show>dnd</show>"), "moves")
    yield from told("me-2", stanzas.presence("unavailable"), "goes")


def _judge_no_presence(evidence: Evidence) -> Finding:
    people = evidence.people
    later = [one for mark in ("moves", "goes") for one in evidence.presences(COMPONENT, mark, "*", people.me)]

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], people.remote)
        yield absent(later, "Presence of the user still went to the contact.")

    return first(findings(), "No presence of the user went to the contact any more.")


# The contact ends it


def _contact_leaves(local: bool, people: People) -> Script:
    yield from _seen_by(local, people)
    if local:
        yield from says("contact", "unsubscribe", people.me, "event")
    else:
        yield from comes(people, "unsubscribe", "event")


def _judge_goes_away(local: bool, evidence: Evidence) -> Finding:
    where, contact = _contact(local, evidence)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], contact)
        for line in _RESOURCES:
            gone = evidence.presences(where, "event", "unavailable", evidence.jid(line))
            yield present(gone, f"No unavailable presence of the resource on the line {line} came.")

    return first(findings(), "The contact got unavailable presence of both resources.")


def _stranger_leaves(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "unsubscribe", "event")


def _judge_stranger(evidence: Evidence) -> Finding:
    told_to = evidence.presences(COMPONENT, "event", "*", evidence.people.me)
    leaks = [one for one in told_to if "/" in (one.sender or "")]
    return first([absent(leaks, "A stranger was told of a resource of the user.")], "The stranger learnt nothing.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.2.2/unavailable-first-remote",
        Level.MUST,
        "Before the end of a subscription goes to another server, unavailable presence of each resource does.",
        "For the contact the user stays online for ever, or some device of the user does.",
        "The user, with two available resources, ends the subscription of a contact at the component.",
        "Unavailable presence from both full JIDs, and behind it the unsubscribed.",
        partial(_cancels, False),
        partial(_judge_goes_first, False),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.2.2/unavailable-first-local",
        Level.MUST,
        "Before the end of a subscription comes to an account of the same server, unavailable presence does.",
        "A client that goes by the rules takes presence for a mistake when it comes after the end.",
        "The user, with two available resources, ends the subscription of an account that is online.",
        "Unavailable presence from both full JIDs, and behind it the unsubscribed.",
        partial(_cancels, True),
        partial(_judge_goes_first, True),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.2.2/no-presence-afterwards",
        Level.MUST,
        "A contact whose subscription the user has ended gets no presence of the user any more.",
        "Somebody whom the user has shut out goes on watching.",
        "The user ends the subscription of a contact at the component; one resource changes its presence, one goes.",
        "No presence at the component.",
        partial(_ends_and_moves, True),
        _judge_no_presence,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.3.3/unavailable-remote",
        Level.MUST,
        "A contact of another server who ends the own subscription gets unavailable presence of each resource.",
        "For the contact the user stays online for ever.",
        "A contact at the component, who sees two resources of the user, unsubscribes.",
        "Unavailable presence from both full JIDs.",
        partial(_contact_leaves, False),
        partial(_judge_goes_away, False),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.3.3/unavailable-local",
        Level.MUST,
        "An account of the same server that ends its own subscription gets unavailable presence of each resource.",
        "The user is shown as online by a client that will never hear otherwise.",
        "An account that sees two resources of the user unsubscribes.",
        "Unavailable presence from both full JIDs.",
        partial(_contact_leaves, True),
        partial(_judge_goes_away, True),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.3.3/no-presence-afterwards",
        Level.MUST,
        "A contact who has ended the own subscription gets no presence of the user any more.",
        "Somebody who has had enough of it is told of every coming and going all the same.",
        "A contact at the component unsubscribes; one resource of the user changes its presence, one goes.",
        "No presence at the component.",
        partial(_ends_and_moves, False),
        _judge_no_presence,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.3.3/stranger",
        Level.MUST,
        "Somebody who was never subscribed and unsubscribes is told of no resource of the user.",
        "Anybody can find out who is online, and on which devices.",
        "A stranger at the component sends unsubscribe to a user who is online.",
        "No presence from a full JID at the component.",
        _stranger_leaves,
        _judge_stranger,
        component=True,
    ),
)
