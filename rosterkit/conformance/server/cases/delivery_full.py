"""Messages and presence to a full JID whose resource is there: they come to it and to no other (RFC 6121 §8.5.3.1).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server.case import ServerCase, case_under
from rosterkit.conformance.server.cases.delivery_judging import (
    address_kept,
    arrived,
    keeps,
    kept_off,
)
from rosterkit.conformance.server.cases.delivery_steps import (
    resources,
    said_by_remote,
    written,
)
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script

__all__ = ["CASES"]


# Scripts


def _to_second(priorities: tuple[int | None, ...], types: tuple[str | None, ...], people: People) -> Script:
    """Messages of these types to the last of the resources; the mark is the type."""
    jids = yield from resources(people, *priorities)
    for type_ in types:
        yield from written(people, type_, jids[-1], type_ or "normal")


def _seen_by_one(people: People) -> Script:
    jids = yield from resources(people, 1, 0)
    yield from said_by_remote(people, None, jids[1], "available")
    yield from said_by_remote(people, "unavailable", jids[1], "unavailable")


# Cases


_case = partial(case_under, "rfc6121/8.5.3.1/", component=True)

CASES: tuple[ServerCase, ...] = (
    _case(
        "message",
        "A message to a resource comes to that resource, even where another one is more available.",
        "In the middle of a conversation the answers go to another device.",
        "The account has resources with priorities 5 and 0; a contact elsewhere sends a chat message, one without a "
        "type and a headline to the full JID of the second.",
        "All three at the second resource.",
        partial(_to_second, (5, 0), ("chat", None, "headline")),
        keeps(
            "All three came to the resource.",
            *(partial(arrived, mark=mark, line="me-2") for mark in ("chat", "normal", "headline")),
        ),
    ),
    _case(
        "only-there",
        "A message to a resource comes to no other resource of the account.",
        "What was meant for one device, such as a key for it, is shown on all.",
        "The account has resources with priorities 0 and 5; a contact elsewhere sends a chat message to the full JID "
        "of the second.",
        "Nothing at the first resource.",
        partial(_to_second, (0, 5), ("chat",)),
        keeps("The message came to no other resource.", partial(kept_off, mark="chat", lines=("me",))),
    ),
    _case(
        "groupchat",
        "A groupchat message to a resource comes to it.",
        "Users cannot read what is said in the rooms in which they are.",
        "A contact of another server, as a room would, sends a groupchat message to the full JID of a resource.",
        "The message at the resource.",
        partial(_to_second, (0,), ("groupchat",)),
        keeps("The message came to the resource.", partial(arrived, mark="groupchat", line="me")),
    ),
    _case(
        "error",
        "An error message to a resource comes to it.",
        "Users are not told that what they have written did not arrive.",
        "A contact's server sends a message of type error to the full JID of a resource.",
        "The error at the resource.",
        partial(_to_second, (0,), ("error",)),
        keeps("The error came to the resource.", partial(arrived, mark="error", line="me")),
    ),
    _case(
        "negative-priority",
        "A message to a resource comes to it, however low its priority is.",
        "A program that nobody should write to by accident cannot be written to on purpose either.",
        "A contact of another server sends a chat message to the full JID of a resource with priority -1.",
        "The message at the resource.",
        partial(_to_second, (5, -1), ("chat",)),
        keeps("The message came to the resource.", partial(arrived, mark="chat", line="me-2")),
    ),
    _case(
        "not-available",
        "A message to a resource comes to it, even where it has sent no presence.",
        "A program that wants to be seen by nobody gets no answers to what it has sent.",
        "A contact elsewhere sends a chat message to the full JID of a resource that has sent no presence.",
        "The message at the resource.",
        partial(_to_second, (None,), ("chat",)),
        keeps("The message came to the resource.", partial(arrived, mark="chat", line="me")),
    ),
    _case(
        "to-kept",
        "A message to a resource is still addressed to the resource when it gets it.",
        "A client cannot tell what was written to it from what was written to the account.",
        "A contact of another server sends a chat message to the full JID of a resource.",
        "The message with the full JID in its `to`.",
        partial(_to_second, (0,), ("chat",)),
        keeps(
            "The message came with the address that it was sent to.",
            partial(arrived, mark="chat", line="me"),
            partial(address_kept, mark="chat", line="me"),
        ),
    ),
    _case(
        "presence",
        "Available and unavailable presence to a resource come to it and to no other.",
        "Devices show a user in a room that only one of them has joined, or that one shows nobody there.",
        "A contact elsewhere sends available and then unavailable presence to the full JID of the second of two "
        "resources.",
        "Both at the second resource, and nothing at the first.",
        _seen_by_one,
        keeps(
            "Both came to the resource alone.",
            *(partial(arrived, mark=mark, line="me-2") for mark in ("available", "unavailable")),
            *(partial(kept_off, mark=mark, lines=("me",)) for mark in ("available", "unavailable")),
        ),
    ),
)
