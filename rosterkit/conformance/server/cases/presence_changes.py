"""Presence that changes while a resource is available: who hears of it, and how much of it (RFC 6121 §4.4.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.presence_judging import begun, reached, spared
from rosterkit.conformance.server.cases.presence_steps import (
    AWAY,
    BUSY,
    INITIAL,
    befriended,
    changes,
    comes,
    entered,
    friends,
    from_remote,
    others,
)
from rosterkit.conformance.server.cases.subscriptions_moves import says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_CHANGE = stanzas.presence(children=BUSY, id_="change")


# Whom it reaches


def _judge_contacts(evidence: Evidence) -> Finding:
    people = evidence.people
    return first(reached(evidence, "change", (people.remote, people.other_remote, "contact")), "It came for all.")


def _judge_others(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote, people.third_remote)
    return first(spared(evidence, "change", whom), "Nobody at the component heard of it.")


def _own(people: People) -> Script:
    yield from comes(people, "me")
    yield from comes(people, "me-2")
    yield from told("me", _CHANGE, "change")


def _judge_own(evidence: Evidence) -> Finding:
    return first(reached(evidence, "change", ("me-2",)), "It came to the other resource.")


def _judge_itself(evidence: Evidence) -> Finding:
    return first(reached(evidence, "change", ("me",)), "It came back to where it is from.")


def _new_friend(people: People) -> Script:
    yield from comes(people, "me", AWAY)
    yield from befriended(people, {people.remote: "F"})
    yield from told("me", _CHANGE, "change")


def _judge_new_friend(evidence: Evidence) -> Finding:
    return first(reached(evidence, "change", (evidence.people.remote,)), "It came for the new subscriber.")


def _cancelled(people: People) -> Script:
    yield from entered(people, friends(people), presence=INITIAL)
    yield from says("me", "unsubscribed", people.remote, "cancels")
    yield from from_remote(people.other_remote, people.me, "leaves", "unsubscribe")
    yield from told("me", _CHANGE, "change")


def _judge_cancelled(evidence: Evidence) -> Finding:
    people = evidence.people
    found = spared(evidence, "change", (people.remote, people.other_remote))
    return first(found, "Nobody whose subscription has ended heard of it.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.4.2/contacts",
        Level.MUST,
        "Each change of presence goes, from the full JID, to all contacts in From and in Both, near and far.",
        "Friends see the user as it was when it logged in.",
        "Two contacts at the component and one of the same server are subscribed; the user becomes available and "
        "then says that it is busy.",
        "The second presence for all three.",
        partial(changes, friends, "B"),
        partial(begun, _judge_contacts),
        accounts=2,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/own-resources",
        Level.MUST,
        "Each change of presence goes to every other available resource of the user.",
        "One device shows another as it was when it logged in.",
        "Two resources are available, and the first one changes its presence.",
        "The second presence of the first resource at the other one.",
        _own,
        _judge_own,
    ),
    ServerCase(
        "rfc6121/4.4.2/itself",
        Level.MUST,
        "Each change of presence goes back to the resource that has sent it.",
        "A client does not learn what its server has made of its presence.",
        "Two resources are available, and the first one changes its presence.",
        "The second presence of the first resource on its own line.",
        _own,
        _judge_itself,
    ),
    ServerCase(
        "rfc6121/4.4.2/nobody-else",
        Level.MUST,
        "A change of presence goes to nobody who is only in To, or with whom a request is open either way.",
        "People without a subscription follow what the user does.",
        "Contacts at the component are in To, Pending Out and Pending In; the user becomes available and changes its "
        "presence.",
        "No presence for any of them.",
        partial(changes, others, None),
        partial(begun, _judge_others),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/new-subscriber",
        Level.MUST,
        "A contact who was let in after the user had become available gets each change from then on.",
        "A new friend sees nothing of the user until it logs in again.",
        "The user is available, approves a contact at the component, and changes its presence.",
        "The second presence for the contact.",
        _new_friend,
        partial(begun, _judge_new_friend),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.4.2/after-cancelling",
        Level.MUST,
        "A contact whose subscription has ended while the user was available gets no further change.",
        "Somebody from whom the user has hidden goes on following it until it logs out.",
        "The user is available, cancels the subscription of one contact at the component, another one cancels its "
        "own, and the user changes its presence.",
        "No presence for either.",
        _cancelled,
        partial(begun, _judge_cancelled),
        component=True,
    ),
)
