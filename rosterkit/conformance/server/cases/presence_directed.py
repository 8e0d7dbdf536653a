"""Directed presence: who gets it, and how it ends (RFC 6121 §4.6).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.presence_judging import heard, reached, reached_whole, spared
from rosterkit.conformance.server.cases.presence_steps import (
    AWAY,
    BUSY,
    comes,
    directed,
    from_remote,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# Whom it reaches


def _to_remote(people: People) -> Script:
    yield from comes(people, "me", AWAY)
    yield from directed(people.remote)


def _judge_remote(evidence: Evidence) -> Finding:
    found = reached_whole(evidence, evidence.people.remote, "directed", BUSY)
    return first(found, "It came from the full JID, with all that it had.")


def _strangers(people: People) -> Script:
    """Two resources of another account are there; gives the full JID of the second."""
    yield from online("contact", people.contact, roster=False)
    second = yield from online("contact-2", people.contact, roster=False)
    yield from comes(people, "me", AWAY)
    return second.jid


def _to_local(people: People) -> Script:
    yield from _strangers(people)
    yield from directed(people.contact)


def _judge_local(evidence: Evidence) -> Finding:
    return first(reached(evidence, "directed", ("contact", "contact-2")), "It came to both resources.")


def _to_full(people: People) -> Script:
    full = yield from _strangers(people)
    yield from directed(full)


def _judge_full(evidence: Evidence) -> Finding:
    found = (*reached(evidence, "directed", ("contact-2",)), *spared(evidence, "directed", ("contact",)))
    return first(found, "It came to the resource that was named, and to no other.")


def _from_stranger(people: People) -> Script:
    yield from comes(people, "me")
    yield from from_remote(people.phone, people.me, "comes", children=BUSY)


def _judge_from_stranger(evidence: Evidence) -> Finding:
    seen = heard(evidence, "me", "comes", None, evidence.people.phone)
    return first([present(seen, "The stranger's presence did not come.")], "The stranger's presence came.", *seen)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.6.3/remote-stranger",
        Level.MUST,
        "Presence for one address goes there as it is, from the full JID, also to somebody who has no subscription.",
        "The user cannot enter a chat room, or show itself to somebody whom it is talking to.",
        "The user is available and sends other presence to a stranger at the component.",
        "That presence for the stranger, with everything in it.",
        _to_remote,
        _judge_remote,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.6.3/local-stranger",
        Level.MUST,
        "Presence for the bare JID of somebody on the same server comes to all of that one's available resources.",
        "Two people of one server who are talking cannot show themselves to each other.",
        "The user sends presence to an account that does not know it and has two available resources.",
        "The presence at both.",
        _to_local,
        _judge_local,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/4.6.4/full-jid",
        Level.MUST,
        "Presence for a full JID comes to that resource and to no other.",
        "What is meant for one device is shown on all of them.",
        "The user sends presence to one of two available resources of an account that does not know it.",
        "The presence at that one.",
        _to_full,
        _judge_full,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/4.6.4/from-stranger",
        Level.MUST,
        "Presence that somebody elsewhere sends to a user who does not know it comes to the user.",
        "Whoever is about to ask for something cannot show itself, and gateways stay dark.",
        "A stranger at the component sends presence to a user who is available.",
        "The presence at the user.",
        _from_stranger,
        _judge_from_stranger,
        component=True,
    ),
)
