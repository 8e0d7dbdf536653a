"""Presence and iqs to a bare JID whose account has resources: what reaches them, and what the server answers.

RFC 6121 §8.5.2.1.2 and §8.5.2.1.3.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase, broken, case_under
from rosterkit.conformance.server.cases.delivery_judging import (
    address_kept,
    arrived,
    keeps,
    kept_off,
    refused,
)
from rosterkit.conformance.server.cases.delivery_steps import (
    LINES,
    UNKNOWN,
    asked_by_remote,
    resources,
    said_by_remote,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"


# Scripts


def _seen_by_account(type_: str | None, people: People) -> Script:
    yield from resources(people, 0, -1)
    yield from said_by_remote(people, type_, people.me, "event")


def _asked(type_: str, payload: str, people: People) -> Script:
    yield from resources(people, 0)
    yield from asked_by_remote(people, type_, people.me, "event", payload)


# Judges


def _answered_for_account(evidence: Evidence) -> Finding:
    """Whatever the answer says, it comes from the bare JID."""
    answers = evidence.answers("event")

    def findings() -> list[Finding | None]:
        others = [answer for answer in answers if (answer.sender or "").lower() != evidence.people.me.lower()]
        return [
            kept_off(evidence, "event", LINES),
            None if answers else broken(Level.MUST, "The request was not answered."),
            broken(Level.MUST, f"The answer comes from {others[0].sender}, not from the account.", *others)
            if others
            else None,
        ]

    kind = "an error" if any(answer.type == "error" for answer in answers) else "a result"
    return first(findings(), f"The server answered for the account, with {kind}.", *answers)


def _not_passed_on(evidence: Evidence) -> Finding:
    sent_back = evidence.came(COMPONENT, "event", _is_answer)
    back = broken(Level.MUST, "A result was answered.", *sent_back) if sent_back else None
    return first((kept_off(evidence, "event", LINES), back), "The result was ignored.")


def _is_answer(seen: Seen) -> bool:
    return seen.name == "iq" and seen.type in ("result", "error")


# Cases


_case = partial(case_under, "rfc6121/", component=True)

_BOTH = (partial(arrived, mark="event", line="me"), partial(arrived, mark="event", line="me-2"))


def _request_case(type_: str) -> ServerCase:
    return _case(
        f"8.5.2.1.3/{type_}",
        f"A {type_} to an account with a resource is answered by the server and never passed on to the resource.",
        "Whoever knows the address of a user finds out whether the user is online, and what the client can do.",
        f"A contact elsewhere sends the account, which is online, a {type_} with a payload that nobody knows.",
        "An error, service-unavailable, from the account, and nothing at its resource.",
        partial(_asked, type_, UNKNOWN),
        keeps(
            "The server refused the request itself.",
            partial(kept_off, mark="event", lines=LINES),
            partial(refused, mark="event"),
        ),
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "8.5.2.1.2/available",
        "Available presence that is addressed to an account reaches every available resource of it.",
        "One of the user's devices shows the contact as online, and another does not.",
        "The account has resources with priorities 0 and -1; a contact elsewhere sends available presence to it.",
        "The presence at both resources.",
        partial(_seen_by_account, None),
        keeps("The presence came to both resources.", *_BOTH),
    ),
    _case(
        "8.5.2.1.2/unavailable",
        "Unavailable presence that is addressed to an account reaches every available resource of it.",
        "A contact that has gone looks online for ever on one of the user's devices.",
        "The account has resources with priorities 0 and -1; a contact elsewhere sends unavailable presence to it.",
        "The presence at both resources.",
        partial(_seen_by_account, "unavailable"),
        keeps("The presence came to both resources.", *_BOTH),
    ),
    _case(
        "8.5.2.1.2/to-kept",
        "Presence for an account is still addressed to the account when its resources get it.",
        "A client takes the presence for something that was sent to this device alone.",
        "A contact of another server sends available presence to the bare JID of an account that is online.",
        "The presence with the bare JID in its `to`.",
        partial(_seen_by_account, None),
        keeps(
            "The presence came with the address that it was sent to.",
            _BOTH[0],
            partial(address_kept, mark="event", line="me"),
        ),
    ),
    _request_case("get"),
    _request_case("set"),
    _case(
        "8.5.2.1.3/answered-for-account",
        "What the server says for an account comes from the account's bare JID.",
        "The answer tells a stranger with which resource the user is online, or is taken for somebody else's.",
        "A contact of another server asks the account, which is online, what it is and can do (XEP-0030).",
        "A result or an error whose `from` is the bare JID.",
        partial(_asked, "get", _INFO),
        _answered_for_account,
    ),
    _case(
        "8.5.2.1.3/result",
        "A result that is addressed to an account comes to none of its resources, and is not answered.",
        "A client gets answers to what it has not asked, and may take one for the answer to something else.",
        "A contact of another server sends an iq of type result to the bare JID of an account that is online.",
        "Nothing, neither at the resource nor at the contact's server.",
        partial(_asked, "result", ""),
        _not_passed_on,
    ),
)
