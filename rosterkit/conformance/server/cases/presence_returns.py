"""Between two times of being available: a resource that is not, that is again, or that another one replaces.

RFC 6121 §4.2.2 and §4.5.2, RFC 6120 §7.7.2.2.

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached
from rosterkit.conformance.server.cases.presence_steps import INITIAL, comes, entered, finished, from_remote
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Enter, Fence, MayEnd, Script, Stuck, fetched, told
from rosterkit.conformance.verdicts import Finding, Level, unsupported
from rosterkit.wire.entering import Phase

__all__ = ["CASES"]

_GOES = stanzas.presence("unavailable")

# Not available any more


def _after(people: People) -> Script:
    yield from comes(people, "me-2")
    yield from entered(people, {people.remote: "B"}, presence=INITIAL)
    yield from told("me", _GOES, "goes")
    yield from from_remote(people.phone, people.me, "comes")
    text = stanzas.message(people.me, people.token("message"), sender=people.phone, id_="message")
    yield from told(COMPONENT, text, "message")
    yield from finished(people)


def _messages(evidence: Evidence, line: str) -> list[Seen]:
    phone = evidence.people.phone
    return evidence.came(line, "message", lambda seen: seen.name == "message" and seen.sender == phone)


def _judge_presence_after(evidence: Evidence) -> Finding:
    phone = evidence.people.phone

    there, here = (heard(evidence, line, "comes", None, phone) for line in ("me-2", "me"))
    found = (
        present(there, "The contact's presence did not come to the resource that is available."),
        absent(here, "The contact's presence came to the resource that is not available.", Level.SHOULD),
    )
    return first(found, "The contact's presence came to the resource that is available, and to no other.")


def _judge_messages_after(evidence: Evidence) -> Finding:
    found = (
        present(_messages(evidence, "me-2"), "The message did not come to the resource that is available."),
        absent(_messages(evidence, "me"), "The message came to the resource that is not available.", Level.SHOULD),
    )
    return first(found, "The message came to the resource that is available, and to no other.")


# Available again


def _again(people: People) -> Script:
    yield from entered(people, {people.remote: "F", people.other_remote: "NI"})
    yield from comes(people, "me-2")  # after the request, so that it is one that was kept (§3.1.3)
    yield from told("me", INITIAL, "initial")
    yield from told("me", _GOES, "goes")
    yield from told("me", INITIAL, "again")
    yield from finished(people)


def _judge_again(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "again", (people.remote, "me-2"))
        waits = heard(evidence, "me", "again", "subscribe", people.other_remote)
        yield present(waits, "The request that waits did not come again.")
        yield from reached(evidence, "again", ("me",), line="me-2", level=Level.SHOULD)

    return first(findings(), "It was announced like the first time, and told what waits and who is there.")


# Replaced


def _replaced(people: People) -> Script:
    full = yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield MayEnd("me")
    yield from fetched("me", "before")
    try:
        yield Enter("me-2", people.me, Phase.BOUND, full.partition("/")[2])
    except Stuck:
        return
    yield Fence()
    yield from told("me-2", INITIAL, "comes")


def _judge_replaced(evidence: Evidence) -> Finding:
    old, new = evidence.jid("me"), evidence.jid("me-2")
    gone = [seen for seen in evidence.steps("over") if seen.session == "me"]
    if not new:
        return unsupported("The server lets nobody in under a resource that is taken.")
    if not gone or new != old:
        return shown(f"Both resources are there, as {old} and {new}.")
    seen = heard(evidence, evidence.people.remote, "before", "unavailable", old)
    if not seen:
        return broken(Level.SHOULD, "The old stream has ended, and the contact was not told so.", *gone)
    return kept("The contact was told that the old resource is gone.", *seen)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.5.2/no-presence-after",
        Level.SHOULD,
        "A resource that has become unavailable gets no presence of contacts any more, while its stream is open.",
        "A client that was sent to sleep is woken by each friend who comes and goes.",
        "One of two resources becomes unavailable, and then a contact at the component sends presence.",
        "The presence at the other resource only.",
        _after,
        partial(begun, _judge_presence_after),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/no-messages-after",
        Level.SHOULD,
        "A resource that has become unavailable gets no messages to the bare JID any more, while its stream is open.",
        "Messages go to a device that nobody looks at.",
        "One of two resources becomes unavailable, and then a contact at the component sends a message to the bare "
        "JID.",
        "The message at the other resource only.",
        _after,
        partial(begun, _judge_messages_after),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/available-again",
        Level.MUST,
        "Available presence after unavailable presence is initial presence again, with all that follows from it.",
        "Whoever was invisible for a while misses requests, and does not see its own other devices.",
        "A request has come while nobody was there, and then another resource; the user is available, then "
        "unavailable, then available.",
        "The presence at the contact and the other resource; the request and that resource's presence at the user.",
        _again,
        partial(begun, _judge_again),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/replaced",
        Level.SHOULD,
        "When a new stream takes over the resource of an older one, the end of the old one is told to contacts.",
        "Contacts go on talking to a chat that has lost its memory.",
        "A contact at the component is in From, the user is available, and logs in again under the same resource.",
        "Unavailable presence of the resource before it comes back, where the server ends the older stream.",
        _replaced,
        partial(begun, _judge_replaced),
        component=True,
    ),
)
