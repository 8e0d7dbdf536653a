"""Initial presence: what the user's own resources hear of each other, and the requests that waited (RFC 6121 §4.2.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.presence_judging import heard, reached, spared
from rosterkit.conformance.server.cases.presence_steps import AWAY, INITIAL, comes, from_remote
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script, fetched, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# To the user's own resources


def _own(people: People) -> Script:
    yield from comes(people, "me")
    yield from comes(people, "me-2", AWAY, "initial")


def _judge_own(evidence: Evidence) -> Finding:
    return first(reached(evidence, "initial", ("me",), line="me-2"), "It came to the other resource.")


def _judge_itself(evidence: Evidence) -> Finding:
    return first(reached(evidence, "initial", ("me-2",), line="me-2"), "It came back to where it is from.")


def _judge_resources(evidence: Evidence) -> Finding:
    found = reached(evidence, "initial", ("me-2",), line="me", level=Level.SHOULD)
    return first(found, "The new resource heard of the one that was there.")


def _beside_silent(people: People) -> Script:
    yield Enter("me", people.me)
    yield Enter("me-2", people.me)
    yield from told("me", INITIAL, "initial")


def _judge_beside_silent(evidence: Evidence) -> Finding:
    found = spared(evidence, "initial", ("me-2",), level=Level.SHOULD)
    return first(found, "Nothing came to the resource that has sent no presence.")


# Requests


def _request(people: People) -> Script:
    yield Enter("me", people.me)
    yield from from_remote(people.remote, people.me, "asks", "subscribe")
    yield from fetched("me", "begin")
    yield from told("me", stanzas.presence(), "initial")


def _judge_request(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    later = heard(evidence, "me", "initial", "subscribe", remote)
    early = [one for mark in ("asks", "begin") for one in heard(evidence, "me", mark, "subscribe", remote)]
    found = (
        present(later, "The request did not come with initial presence."),
        absent(early, "The request came to a resource that had sent no presence.", Level.SHOULD),
    )
    return first(found, "The request came with initial presence, and not before.", *later)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.2.2/own-resources",
        Level.MUST,
        "Initial presence goes to every other available resource of the user.",
        "A phone does not know that the desktop of the same user is online.",
        "One resource is available, then a second one becomes available.",
        "The presence of the second at the first.",
        _own,
        _judge_own,
    ),
    ServerCase(
        "rfc6121/4.2.2/itself",
        Level.MUST,
        "Initial presence goes back to the resource that has sent it.",
        "Clients that wait for their own presence never know that they are online.",
        "A resource becomes available.",
        "Its own presence on its own line.",
        _own,
        _judge_itself,
    ),
    ServerCase(
        "rfc6121/4.2.2/other-resources",
        Level.SHOULD,
        "A resource that becomes available is told the presence of the user's other available resources.",
        "The device that comes last does not know of the others.",
        "One resource is available, then a second one becomes available.",
        "The presence of the first at the second.",
        _own,
        _judge_resources,
    ),
    ServerCase(
        "rfc6121/4.2.2/silent-resources",
        Level.SHOULD,
        "Initial presence does not come to a resource of the user that has sent none itself.",
        "A client that wants no presence gets it all the same.",
        "Two resources are bound, and one of them becomes available.",
        "Nothing at the other one.",
        _beside_silent,
        _judge_beside_silent,
    ),
    ServerCase(
        "rfc6121/4.2.2/kept-request",
        Level.MUST,
        "A request that came while no resource was available comes with initial presence, and not before.",
        "Whoever asks while the user is offline is never answered.",
        "A contact of another server asks while the only resource has sent no presence; then it does.",
        "The request behind the initial presence.",
        _request,
        _judge_request,
        component=True,
    ),
)
