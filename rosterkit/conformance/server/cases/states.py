"""RFC 6121 appendix A, cell by cell: what a server does with a subscription stanza in each state.

Each cell is tried with a contact of another server (the component), going out and coming in; and between two accounts
of the server, where both tables act one after the other, with the contact online and offline.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.subscriptions_moves import comes, led, led_local, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, present, pushed, state_found
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Leave, Script, fetched, online
from rosterkit.conformance.server.tables import INBOUND, NAMES, OUTBOUND, STATES, TYPES, Cell, mirrored
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# Scripts


def _out_remote(state: str, type_: str, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, state)
    yield from says("me", type_, people.remote, "event")
    yield from online("look", people.me)


def _in_remote(state: str, type_: str, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, state)
    yield from comes(people, type_, "event")
    yield from online("look", people.me)


def _local(state: str, type_: str, offline: bool, people: People) -> Script:
    yield from online("me", people.me)
    yield from online("contact", people.contact)
    yield from led_local(people, state)
    if offline:
        yield Leave("contact", mark="contact-leaves")
        yield from fetched("me", "alone")
    yield from says("me", type_, people.contact, "event")
    yield from online("look", people.me)
    yield from online("look-contact", people.contact)


# Judges


def _passed(cell: Cell, seen: Sequence[Seen], type_: str, where: str) -> Finding | None:
    """What is wrong with a stanza that came, or did not."""
    level = Level.MUST if cell.strict else Level.SHOULD
    if cell.passes:
        return present(seen, f"The {type_} did not come {where}.", level)
    return absent(seen, f"The {type_} came {where}, and should not.", level)


def _judge_out_remote(state: str, type_: str, evidence: Evidence) -> Finding:
    cell, before = OUTBOUND[state, type_], STATES[state]
    after, remote = STATES[cell.after], evidence.people.remote
    routed = evidence.presences(COMPONENT, "event", type_, evidence.people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, before, remote)
        yield state_found(evidence, "look", remote, after)
        yield _passed(cell, routed, type_, "at the contact's server")
        yield pushed(evidence, "me", remote, before, after)

    return first(findings(), f"{'Routed' if cell.passes else 'Not routed'}; afterwards {after.name}.", *routed)


def _judge_in_remote(state: str, type_: str, evidence: Evidence) -> Finding:
    cell, before, people = INBOUND[state, type_], STATES[state], evidence.people
    after, remote = STATES[cell.after], people.remote
    delivered = evidence.presences("me", "event", type_, remote)
    replies = evidence.presences(COMPONENT, "event", "subscribed", people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, before, remote)
        yield state_found(evidence, "look", remote, after)
        yield _passed(cell, delivered, type_, "to the user")
        yield pushed(evidence, "me", remote, before, after)
        if cell.replies:
            words = "Nobody answered subscribed to a contact who is subscribed already."
            yield present(replies, words, Level.SHOULD)

    words = f"{'Delivered' if cell.passes else 'Not delivered'}; afterwards {after.name}."
    return first(findings(), words, *delivered)


def _judge_local(state: str, type_: str, offline: bool, evidence: Evidence) -> Finding:
    people = evidence.people
    out, theirs = OUTBOUND[state, type_], mirrored(state)
    inside = INBOUND[theirs, type_] if out.passes else Cell(False, theirs, out.strict)
    after, before = STATES[out.after], STATES[state]
    theirs_after = STATES[inside.after]
    delivered = evidence.presences("contact", "event", type_, people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, before, people.contact)
        yield state_found(evidence, "look", people.contact, after)
        yield state_found(evidence, "look-contact", people.me, theirs_after)
        yield pushed(evidence, "me", people.contact, before, after)
        if not offline:
            yield _passed(inside, delivered, type_, "to the contact")
            yield pushed(evidence, "contact", people.me, STATES[theirs], theirs_after)

    words = f"Afterwards {after.name} for the user and {theirs_after.name} for the contact."
    return first(findings(), words, *delivered)


# The cases


def _out_case(state: str, type_: str) -> ServerCase:
    cell, name = OUTBOUND[state, type_], STATES[state].name
    fate = "is routed to the contact's server" if cell.passes else "is not routed"
    return ServerCase(
        f"rfc6121/A.2.{TYPES.index(type_) + 1}/{NAMES[state]}",
        Level.MUST if cell.strict else Level.SHOULD,
        f"Sent in {name} to a contact of another server, {_a(type_)} {fate} and leaves {STATES[cell.after].name}.",
        "The two servers believe different things about the subscription, and presence goes astray.",
        f"A contact at the component is brought to {name}; then the user sends {type_}.",
        f"{'The stanza at the component' if cell.passes else 'Nothing at the component'}, a push where the entry "
        f"changes, and {STATES[cell.after].name} in the roster that a new resource gets.",
        partial(_out_remote, state, type_),
        partial(_judge_out_remote, state, type_),
        component=True,
    )


def _in_case(state: str, type_: str) -> ServerCase:
    cell, name = INBOUND[state, type_], STATES[state].name
    fate = "is delivered" if cell.passes else "is not delivered"
    if cell.replies:
        fate += ", is answered subscribed"
    return ServerCase(
        f"rfc6121/A.3.{TYPES.index(type_) + 1}/{NAMES[state]}",
        Level.MUST if cell.strict else Level.SHOULD,
        f"Coming from another server in {name}, {_a(type_)} {fate} and leaves {STATES[cell.after].name}.",
        "Somebody who asks is not heard, is asked about twice, or gets a subscription that nobody gave.",
        f"A contact at the component is brought to {name}; then the component sends {type_} for it.",
        f"{'The stanza' if cell.passes else 'Nothing of it'} at the user's resource, a push where the "
        f"entry changes, and {STATES[cell.after].name} in what a new resource finds.",
        partial(_in_remote, state, type_),
        partial(_judge_in_remote, state, type_),
        component=True,
    )


def _local_case(state: str, type_: str, offline: bool) -> ServerCase:
    out, theirs = OUTBOUND[state, type_], mirrored(state)
    inside = INBOUND[theirs, type_] if out.passes else Cell(False, theirs)
    where, presence = ("offline", "an offline contact") if offline else ("online", "an online contact")
    return ServerCase(
        f"rfc6121/A.1/{NAMES[state]}-{type_}-{where}",
        Level.MUST,
        f"In {STATES[state].name} with {presence} of the same server, {_a(type_)} leaves {STATES[out.after].name} "
        f"for the user and {STATES[inside.after].name} for the contact.",
        "Two rosters of one server contradict each other: one shows a subscription of which the other knows nothing.",
        f"Two accounts are brought to {STATES[state].name}{', the contact logs out' if offline else ''}; then the "
        f"user sends {type_}.",
        "Pushes to whoever is online and sees a change, and at both ends the right state for a new resource.",
        partial(_local, state, type_, offline),
        partial(_judge_local, state, type_, offline),
        accounts=2,
    )


def _a(type_: str) -> str:
    return f"{'an' if type_[0] == 'u' else 'a'} {type_}"


CASES: tuple[ServerCase, ...] = (
    *(_local_case(state, type_, offline) for state in STATES for type_ in TYPES for offline in (False, True)),
    *(_out_case(state, type_) for type_ in TYPES for state in STATES),
    *(_in_case(state, type_) for type_ in TYPES for state in STATES),
)
