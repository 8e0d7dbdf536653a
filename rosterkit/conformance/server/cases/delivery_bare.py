"""Messages to a bare JID whose account has resources (RFC 6121 §8.5.2.1.1): which of them get it, and which never do.

A contact of another server writes, so that nothing but delivery itself is judged.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server.case import Judge, ServerCase, shown
from rosterkit.conformance.server.cases.delivery_judging import (
    address_kept,
    arrived,
    copies,
    fate,
    keeps,
    kept_off,
    refused,
    unanswered,
)
from rosterkit.conformance.server.cases.delivery_steps import LINES, resources, written
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_SECTION = "rfc6121/8.5.2.1.1"


# Scripts


def _to_account(priorities: tuple[int, ...], types: tuple[str | None, ...], people: People) -> Script:
    """Messages of these types to an account with a resource for each priority; the mark is the type."""
    yield from resources(people, *priorities)
    for type_ in types:
        yield from written(people, type_, people.me, type_ or "normal")


# Judges


def _most_available(evidence: Evidence) -> Finding:
    """The first line has the highest priority, the second one that is lower."""
    where = [line for line in LINES[:2] if copies(evidence, line, "chat")]
    words = {
        ("me",): "The message came to the resource with the highest priority alone.",
        ("me", "me-2"): "The message came to every resource whose priority is not negative.",
        ("me-2",): "The message came to the resource with the lower priority alone.",
        (): f"The message came to no resource; {fate(evidence, 'chat')}.",
    }
    return shown(words[tuple(where)])


def _equally_available(evidence: Evidence) -> Finding:
    where = [line for line in LINES[:2] if copies(evidence, line, "chat")]
    words = (
        f"The message came to no resource; {fate(evidence, 'chat')}.",
        "The message came to one of the two resources.",
        "The message came to both resources.",
    )
    return shown(words[len(where)])


def _none_but_negative(evidence: Evidence) -> Finding:
    """Kept for later or sent back: either is as if nobody were there."""
    sent_back = fate(evidence, "chat")
    return first((kept_off(evidence, "chat", LINES),), f"The message did not come to the resource; {sent_back}.")


# Cases


def _case(
    name: str,
    rule: str,
    consequence: str,
    done: str,
    wanted: str,
    played: tuple[tuple[int, ...], tuple[str | None, ...]],
    judge: Judge,
    level: Level = Level.MUST,
) -> ServerCase:
    script = partial(_to_account, *played)
    return ServerCase(f"{_SECTION}/{name}", level, rule, consequence, done, wanted, script, judge, component=True)


CASES: tuple[ServerCase, ...] = (
    _case(
        "chat",
        "A chat message to an account reaches its resource, where the priority of that is not negative.",
        "Nobody can write to a user without knowing on which device the user is.",
        "A contact of another server sends a chat message to the account, which has one resource with priority 0.",
        "The message at the resource.",
        ((0,), ("chat",)),
        keeps("The message came.", partial(arrived, mark="chat", line="me")),
    ),
    _case(
        "normal",
        "A message without a type to an account reaches its resource, where the priority of that is not negative.",
        "What is not part of a chat, such as an invitation or a notice, is lost.",
        "A contact of another server sends a message without a type to the account, which has one resource.",
        "The message at the resource.",
        ((0,), (None,)),
        keeps("The message came.", partial(arrived, mark="normal", line="me")),
    ),
    _case(
        "headline",
        "A headline to an account reaches every resource whose priority is not negative.",
        "An alert shows up on one device, and the user sits in front of another.",
        "A contact of another server sends a headline to the account, which has resources with priorities 5 and 0.",
        "The headline at both resources.",
        ((5, 0), ("headline",)),
        keeps(
            "The headline came to both resources.",
            partial(arrived, mark="headline", line="me"),
            partial(arrived, mark="headline", line="me-2"),
        ),
    ),
    _case(
        "negative-priority",
        "No message to an account comes to a resource with a negative priority, whatever its type.",
        "A program that only shows presence swallows the user's messages.",
        "The account has resources with priorities 0 and -1; a contact elsewhere sends a chat message, one without a "
        "type and a headline to it.",
        "Nothing at the resource with the negative priority.",
        ((0, -1), ("chat", None, "headline")),
        keeps(
            "None of the three came to the resource with the negative priority.",
            *(partial(kept_off, mark=mark, lines=("me-2",)) for mark in ("chat", "normal", "headline")),
        ),
    ),
    _case(
        "groupchat",
        "A groupchat message to an account is refused and comes to none of its resources.",
        "Clients show messages of a room that does not exist, or of one in which the user is not.",
        "A contact of another server sends a groupchat message to the account, which has one resource.",
        "An error, service-unavailable, and nothing at the resource.",
        ((0,), ("groupchat",)),
        keeps(
            "The message was refused, and came to no resource.",
            partial(kept_off, mark="groupchat", lines=LINES),
            partial(refused, mark="groupchat"),
        ),
    ),
    _case(
        "error",
        "An error message to an account is ignored.",
        "Errors about messages go to devices that have sent nothing, or run between two servers for ever.",
        "A contact of another server sends a message of type error to the account, which has one resource.",
        "Nothing, neither at the resource nor at the contact's server.",
        ((0,), ("error",)),
        keeps(
            "The error was ignored.",
            partial(kept_off, mark="error", lines=LINES),
            partial(unanswered, mark="error"),
        ),
    ),
    _case(
        "to-kept",
        "A message to an account is still addressed to the account when a resource gets it.",
        "A client takes what was written to the user for something that was meant for this device alone.",
        "A contact of another server sends a chat message to the bare JID of an account with one resource.",
        "The message at the resource, with the bare JID in its `to`.",
        ((0,), ("chat",)),
        keeps(
            "The message came with the address that it was sent to.",
            partial(arrived, mark="chat", line="me"),
            partial(address_kept, mark="chat", line="me"),
        ),
    ),
    _case(
        "only-negative",
        "A chat message to an account is not given to its only resource where the priority of that is negative.",
        "The message is lost on a device that does not show messages, and is not kept for one that does.",
        "A contact of another server sends a chat message to an account whose only resource has priority -1.",
        "Nothing at the resource: the message is kept for later or sent back.",
        ((-1,), ("chat",)),
        _none_but_negative,
    ),
    _case(
        "only-negative-headline",
        "A headline to an account whose only resource has a negative priority is ignored.",
        "Whoever sends alerts is told of each one that nobody is there to see it.",
        "A contact of another server sends a headline to an account whose only resource has priority -1.",
        "Nothing, neither at the resource nor at the contact's server.",
        ((-1,), ("headline",)),
        keeps(
            "The headline was ignored.",
            partial(kept_off, mark="headline", lines=LINES),
            partial(unanswered, mark="headline", level=Level.SHOULD),
        ),
    ),
    _case(
        "different-priorities",
        "Of several resources the most available get a chat message, or all whose priority is not negative.",
        "None: it is left to the server, and users should know which of their devices rings.",
        "A contact of another server sends a chat message to an account with resources of priorities 5 and 1.",
        "The message at one of the two resources, or at both.",
        ((5, 1), ("chat",)),
        _most_available,
        Level.MAY,
    ),
    _case(
        "equal-priorities",
        "Of several resources that are equally available one gets a chat message, or all do.",
        "None: it is left to the server, and users should know which of their devices rings.",
        "A contact of another server sends a chat message to an account with two resources of priority 1.",
        "The message at one of the two resources, or at both.",
        ((1, 1), ("chat",)),
        _equally_available,
        Level.MAY,
    ),
)
