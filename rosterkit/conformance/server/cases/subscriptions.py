"""Requests on their way out: what of them is changed, what is not, and what a wrong one does (RFC 6121 §3.1.2).

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.content_judging import language
from rosterkit.conformance.server.cases.subscriptions_judging import routed, told_back, whole
from rosterkit.conformance.server.cases.subscriptions_moves import request, says
from rosterkit.conformance.server.evidence import Evidence, pushed_item
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, fetched, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _at_contact(evidence: Evidence) -> list[Seen]:
    return evidence.presences("contact", "event", "subscribe", evidence.people.me)


# Addresses


def _asks_resource(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribe", f"{people.remote}/balcony", "event")
    yield from fetched("me", "after")


def _judge_cut(evidence: Evidence) -> Finding:
    remote, seen = evidence.people.remote, routed(evidence)

    def findings() -> Iterator[Finding | None]:
        yield present(seen, f"Nothing was routed; the user was answered {told_back(evidence)}.", Level.SHOULD)
        if seen[0].to != remote:
            yield broken(Level.SHOULD, f"It was routed to {seen[0].to}, and should go to {remote}.", seen[0])
        if evidence.held("after", remote) is None:
            entries = ", ".join(evidence.roster("after") or {}) or "nobody"
            yield broken(Level.SHOULD, f"The roster shows {entries}, and should show {remote}.")

    return first(findings(), "It was routed to the bare JID, and the entry is for that.", *seen[:1])


def _asks_contact(people: People) -> Script:
    yield from online("contact", people.contact)
    yield from online("me", people.me)
    yield from says("me", "subscribe", people.contact, "event")


def _judge_from_local(evidence: Evidence) -> Finding:
    seen, me = _at_contact(evidence), evidence.people.me

    def findings() -> Iterator[Finding | None]:
        yield present(seen, "The request did not come.")
        if seen[0].sender != me:
            yield broken(Level.MUST, f"It came from {seen[0].sender}, and should come from {me}.", seen[0])

    return first(findings(), "It came from the bare JID.", *seen[:1])


def _odd(people: People) -> str:
    """A JID of the component with everything in it that is allowed and looks as if it were not (XEP-0106)."""
    return people.remote.replace("-", r"\27!#$%*+=?^_`{|}~\20", 1)


def _asks_odd(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribe", _odd(people), "event")
    yield from fetched("me", "after")


def _judge_odd(evidence: Evidence) -> Finding:
    odd = _odd(evidence.people)
    pushes = evidence.pushes("me", "event")

    def findings() -> Iterator[Finding | None]:
        yield present(pushes, f"No push came; the user was answered {told_back(evidence)}.")
        if pushed_item(pushes[0]).jid != odd:
            yield broken(Level.MUST, f"The push is about {pushed_item(pushes[0]).jid!r}, not {odd!r}.", pushes[0])
        if evidence.held("after", odd) is None:
            yield broken(Level.MUST, f"The roster does not have {odd!r}, to whom the request went.")

    return first(findings(), "The push and the roster have it as it was given.", *pushes[:1])


# Contents


def _asks_whole(local: bool, people: People) -> Script:
    if local:
        yield from online("contact", people.contact)
    yield from online("me", people.me)
    yield from told("me", request(people.contact if local else people.remote), "event")


def _judge_children(local: bool, evidence: Evidence) -> Finding:
    seen = _at_contact(evidence) if local else routed(evidence)
    if not seen:
        return broken(Level.MUST, "The request did not come.")
    return whole(seen[0], "It came with all its children.")


def _judge_envelope(evidence: Evidence) -> Finding:
    seen = routed(evidence)

    def findings() -> Iterator[Finding | None]:
        yield present(seen, "The request did not come.", Level.SHOULD)
        if seen[0].id != "request-1":
            yield broken(Level.SHOULD, f"It came with the id {seen[0].id!r}, and was sent with 'request-1'.", seen[0])
        if language(seen[0]) != "it":
            yield broken(Level.SHOULD, f"Its language is {language(seen[0])!r} now, and was 'it'.", seen[0])

    return first(findings(), "It came with its id and its language.", *seen[:1])


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.2/to-cut",
        Level.SHOULD,
        "A request to a resource goes to the contact, as if the resource had not been named.",
        "A request that somebody has addressed by a full JID comes to nobody, or makes an entry that stays dead.",
        "The user asks a full JID at the component.",
        "A subscribe to the bare JID at the component, and an entry for that.",
        _asks_resource,
        _judge_cut,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.2/from-bare-local",
        Level.MUST,
        "A request to an account of the same server comes from the bare JID of who asks.",
        "The contact approves one resource of the user, and the user is never subscribed.",
        "One account asks another; both are online.",
        "A subscribe from the bare JID of who asks.",
        _asks_contact,
        _judge_from_local,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.1.2/odd-jid",
        Level.MUST,
        "An address with escapes and odd characters is the same in pushes and in the roster as in the request.",
        "Contacts behind gateways, whose addresses look like that, cannot be reached, or another is asked instead.",
        "The user asks a JID with escaped characters at the component.",
        "A push about that JID, character by character, and it in the roster.",
        _asks_odd,
        _judge_odd,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.2/children-remote",
        Level.MUST,
        "A request goes to another server with all its children.",
        "The contact is asked by somebody without a name and without a word, and clients cannot extend requests.",
        "The user sends a request with a status, a nickname and an unknown element to the component.",
        "A subscribe with the three as they were.",
        partial(_asks_whole, False),
        partial(_judge_children, False),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.2/children-local",
        Level.MUST,
        "A request comes to an account of the same server with all its children.",
        "Whether a greeting arrives depends on where the contact has an account.",
        "One account sends another, which is online, a request with a status, a nickname and an unknown element.",
        "A subscribe with the three as they were.",
        partial(_asks_whole, True),
        partial(_judge_children, True),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.1.2/id-and-language",
        Level.SHOULD,
        "A request goes out with the id and the language that the client gave it.",
        "Nobody can tell to which request an error belongs, and its words are read in a wrong language.",
        "The user sends a request with an id and in Italian to the component.",
        "A subscribe with the same id and language.",
        partial(_asks_whole, False),
        _judge_envelope,
        component=True,
    ),
)
