"""Stanzas to a full JID whose resource is not there, of an account that has others (RFC 6121 §8.5.3.2).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase, broken, case_under
from rosterkit.conformance.server.cases.delivery_judging import (
    arrived,
    fate,
    keeps,
    kept_off,
    refusals,
    refused,
    unanswered,
)
from rosterkit.conformance.server.cases.delivery_steps import (
    LINES,
    UNKNOWN,
    absent,
    asked_by_remote,
    resources,
    said_by_remote,
    written,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_ERROR = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


# Scripts


def _written(type_: str | None, value: int, people: People) -> Script:
    yield from resources(people, value)
    yield from written(people, type_, absent(people, people.me), "event")


def _shown(people: People) -> Script:
    yield from resources(people, 0)
    yield from said_by_remote(people, None, absent(people, people.me), "available")
    yield from said_by_remote(people, "unavailable", absent(people, people.me), "unavailable")


def _asked(people: People) -> Script:
    yield from resources(people, 0)
    yield from asked_by_remote(people, "get", absent(people, people.me), "get")
    yield from asked_by_remote(people, "set", absent(people, people.me), "set")


def _answered(people: People) -> Script:
    yield from resources(people, 0)
    yield from asked_by_remote(people, "result", absent(people, people.me), "result", UNKNOWN)
    yield from asked_by_remote(people, "error", absent(people, people.me), "error", _ERROR)


# Judges


def _let_go(evidence: Evidence) -> Finding:
    """Silence and an error are both right; coming to another resource is not."""
    seen = refusals(evidence, "event")
    wrong = [one for one in seen if one.condition != "service-unavailable"]
    findings = (
        kept_off(evidence, "event", LINES),
        refused(evidence, "event") if wrong else None,
    )
    return first(findings, f"The message came to no other resource; {fate(evidence, 'event')}.", *seen)


def _no_answer(mark: str, evidence: Evidence) -> Finding | None:
    sent_back = evidence.came(COMPONENT, mark, _is_answer)
    return broken(Level.MUST, f"An iq of type {mark} was answered.", *sent_back) if sent_back else None


def _is_answer(seen: Seen) -> bool:
    return seen.name == "iq" and seen.type in ("result", "error")


# Cases


_case = partial(case_under, "rfc6121/8.5.3.2.", component=True)


def _message_case(name: str, type_: str | None, what: str, consequence: str) -> ServerCase:
    return _case(
        f"1/{name}",
        f"{what} to a resource that is not there comes to no other resource.",
        consequence,
        f"{what} goes from a contact elsewhere to a full JID that is not there, of an account that is online.",
        "Nothing at the resource of the account: an error, service-unavailable, or silence.",
        partial(_written, type_, 0),
        _let_go,
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "1/chat",
        "A chat message to a resource that is not there reaches the account's resource instead.",
        "A user changes the device in the middle of a conversation, and what the contact writes next is lost.",
        "A contact elsewhere sends a chat message to a full JID that is not there, of an account with one resource.",
        "The message at the resource that is there.",
        partial(_written, "chat", 0),
        keeps("The message came to the other resource.", partial(arrived, mark="event", line="me")),
    ),
    _case(
        "1/chat-only-negative",
        "A chat message to a resource that is not there does not go on to one with a negative priority.",
        "The message is lost on a device that does not show messages.",
        "A contact elsewhere sends a chat message to a full JID that is not there, of an account whose only resource "
        "has priority -1.",
        "Nothing at the resource: the message is kept for later or sent back.",
        partial(_written, "chat", -1),
        keeps(
            "The message did not come to the resource.",
            partial(kept_off, mark="event", lines=LINES, level=Level.SHOULD),
        ),
        Level.SHOULD,
    ),
    _message_case(
        "normal",
        None,
        "A message without a type",
        "What was meant for one program, such as an invitation to a game, is shown by another that cannot read it.",
    ),
    _message_case(
        "groupchat",
        "groupchat",
        "A groupchat message",
        "What is said in a room is shown on a device that is not in that room.",
    ),
    _message_case(
        "headline",
        "headline",
        "A headline",
        "Alerts that one program has asked for pop up in another.",
    ),
    _case(
        "1/error",
        "An error message to a resource that is not there is ignored.",
        "Devices show errors about what they have not sent, or two servers send each other errors for ever.",
        "A contact elsewhere sends a message of type error to a full JID that is not there, of an account that is "
        "online.",
        "Nothing, neither at the resource of the account nor at the contact's server.",
        partial(_written, "error", 0),
        keeps(
            "The error was ignored.",
            partial(kept_off, mark="event", lines=LINES),
            partial(unanswered, mark="event"),
        ),
    ),
    _case(
        "2/ignored",
        "Available and unavailable presence to a resource that is not there are ignored.",
        "Devices show people of rooms that they have not joined, or the sender finds out who is online.",
        "A contact elsewhere sends available and unavailable presence to full JIDs that are not there, of an account "
        "that is online.",
        "Nothing, neither at the resource of the account nor at the contact's server.",
        _shown,
        keeps(
            "Both were ignored.",
            *(partial(kept_off, mark=mark, lines=LINES) for mark in ("available", "unavailable")),
            *(partial(unanswered, mark=mark) for mark in ("available", "unavailable")),
        ),
    ),
    _case(
        "3/refused",
        "A get or set to a resource that is not there is refused with service-unavailable.",
        "Whoever asks a device that has gone waits for ever.",
        "A contact elsewhere sends a get and a set to full JIDs that are not there, of an account that is online.",
        "An error, service-unavailable, for each, and nothing at the resource of the account.",
        _asked,
        keeps(
            "Both were refused.",
            *(partial(kept_off, mark=mark, lines=LINES) for mark in ("get", "set")),
            *(partial(refused, mark=mark, strict=Level.MUST) for mark in ("get", "set")),
        ),
    ),
    _case(
        "3/answers-ignored",
        "An iq of type result or error to a resource that is not there is ignored.",
        "A client gets an answer to what another one has asked, or two servers answer each other for ever.",
        "A contact elsewhere sends a result and an error to full JIDs that are not there, of an account that is "
        "online.",
        "Nothing, neither at the resource of the account nor at the contact's server.",
        _answered,
        keeps(
            "Both were ignored.",
            *(partial(kept_off, mark=mark, lines=LINES) for mark in ("result", "error")),
            *(partial(_no_answer, mark) for mark in ("result", "error")),
        ),
    ),
)
