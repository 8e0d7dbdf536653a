"""The subscriptions and requests that a removal ends, in both rosters (RFC 6121 §2.5.2).

Tests: ``tests/conformance/test_server_rosters_removal.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_judging import answered
from rosterkit.conformance.server.cases.rosters_steps import LOOK, edited, looked, removed
from rosterkit.conformance.server.cases.subscriptions_judging import requests
from rosterkit.conformance.server.cases.subscriptions_moves import brought, brought_local
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, present, state_found
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online
from rosterkit.conformance.server.tables import NAMES, STATES, State
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES", "removes"]

_ENDS = ("unsubscribe", "unsubscribed")


# A contact of another server


def removes(key: str, people: People) -> Script:
    """A contact at the component is led to a state, and its entry is removed; then a new resource looks."""
    yield from online("me", people.me)
    yield from brought(people, key)
    yield from edited("me", "name", item(people.remote, "Romeo"))
    yield from fetched("me", "begin")
    yield from removed("me", "event", people.remote)
    yield from looked(people, available=True)


def _owed(state: State) -> Iterator[tuple[str, Level, str]]:
    """What the contact's server has to be told: a type of stanza, how strictly, and what it ends."""
    if state.sees:
        yield "unsubscribe", Level.MUST, "the user's subscription"
    elif state.ask:
        yield "unsubscribe", Level.SHOULD, "the user's request"
    if state.seen:
        yield "unsubscribed", Level.MUST, "the contact's subscription"
    elif state.pending_in:
        yield "unsubscribed", Level.SHOULD, "the contact's request"


def _ended(key: str, evidence: Evidence) -> Finding:
    state, people = STATES[key], evidence.people

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, state, people.remote)
        yield answered(evidence)
        if evidence.held(LOOK, people.remote) is not None:
            yield broken(Level.MUST, "The entry that was removed is still there.")
        for type_, level, what in sorted(_owed(state), key=lambda owed: owed[1] is not Level.MUST):
            came = evidence.presences(COMPONENT, "event", type_, people.me)
            words = f"No {type_} came to the contact's server: it does not know that {what} is over."
            yield present(came, words, level)
        waits = requests(evidence, "look", "look-presence")
        yield absent(waits, "The contact's request waits on, though its entry was removed.", Level.SHOULD)

    told = [type_ for type_, _, _ in _owed(state)]
    return first(findings(), f"The contact's server was told {' and '.join(told)}.")


def _said_by_account(evidence: Evidence) -> Finding:
    """RFC 6121 §3: also what the server itself makes is stamped with the bare JID."""
    people = evidence.people
    ends = [seen for type_ in _ENDS for seen in evidence.presences(COMPONENT, "event", type_, people.me)]

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["B"], people.remote)
        yield present(ends, f"Neither {' nor '.join(_ENDS)} came.")
        for seen in ends:
            if seen.sender != people.me:
                words = f"The {seen.type} came from {seen.sender}, and should come from {people.me}."
                yield broken(Level.MUST, words, seen)

    return first(findings(), "What ends the subscriptions came from the bare JID.", *ends)


# A contact of the same server


def _removes_local(key: str, people: People) -> Script:
    yield from online("me", people.me)
    yield from online("contact", people.contact)
    yield from brought_local(people, key)
    yield from edited("me", "name", item(people.contact, "Nurse"))
    yield from fetched("me", "begin")
    yield from removed("me", "event", people.contact)
    yield from online("look-contact", people.contact)


def _ended_local(key: str, evidence: Evidence) -> Finding:
    state, people = STATES[key], evidence.people

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, state, people.contact)
        yield answered(evidence)
        theirs = state_found(evidence, "look-contact", people.me, STATES["N"])
        if theirs is not None:
            level = Level.MUST if state.sees or state.seen else Level.SHOULD
            yield broken(level, f"In the contact's roster: {theirs.words}")
        if state.seen and not evidence.presences("contact", "event", "unavailable", people.me):
            yield broken(Level.MUST, "The contact still sees the user: no unavailable presence came.")

    return first(findings(), "Nothing is left in the contact's roster either.")


# The cases

_WORDS = {
    "NO": ("A request of the user's that waits is withdrawn", "whom the user has asked for a subscription"),
    "NI": ("A request of the contact's that waits is refused", "whose request waits, and who has an entry,"),
    "T": ("The user's subscription is ended with unsubscribe", "to whom the user is subscribed"),
    "F": ("The contact's subscription is ended with unsubscribed", "who is subscribed to the user"),
    "B": ("Both subscriptions are ended, with unsubscribe and unsubscribed", "with a mutual subscription"),
    "FO": (
        "The contact's subscription is ended and the user's request withdrawn",
        "who is subscribed to the user, and whom the user has asked,",
    ),
    "TI": (
        "The user's subscription is ended and the contact's request refused",
        "to whom the user is subscribed, and whose request waits,",
    ),
}


def _case(key: str) -> ServerCase:
    rule, whose = _WORDS[key]
    wanted = " and ".join(type_ for type_, _, _ in _owed(STATES[key]))
    return ServerCase(
        f"rfc6121/2.5.2/{NAMES[key]}",
        Level.MUST if STATES[key].sees or STATES[key].seen else Level.SHOULD,
        f"{rule} when the entry of a contact of another server is removed.",
        "The two servers believe different things about the subscription, and one of the two people is deceived.",
        f"A contact at the component {whose} is removed.",
        f"The entry gone, and {wanted} at the component.",
        partial(removes, key),
        partial(_ended, key),
        component=True,
    )


def _local_case(key: str, rule: str, done: str) -> ServerCase:
    return ServerCase(
        f"rfc6121/2.5.2/{NAMES[key]}-local",
        Level.MUST if key == "B" else Level.SHOULD,
        rule,
        "A user sees somebody by whom the own entry was removed, or waits for an answer that cannot come.",
        done,
        "Neither subscription nor request in what a new resource of the contact's finds.",
        partial(_removes_local, key),
        partial(_ended_local, key),
        accounts=2,
    )


CASES: tuple[ServerCase, ...] = (
    *map(_case, _WORDS),
    ServerCase(
        "rfc6121/2.5.2/from-bare",
        Level.MUST,
        "What a removal says to another server comes from the bare JID of the user.",
        "The contact learns with which client it was removed, and a server that goes by the letter takes no notice.",
        "A contact at the component with a mutual subscription is removed.",
        "Unsubscribe and unsubscribed from the user's bare JID at the component.",
        partial(removes, "B"),
        _said_by_account,
        component=True,
    ),
    _local_case(
        "B",
        "The removal of an entry ends both subscriptions in the roster of a contact of the same server too.",
        "Of two accounts with a mutual subscription one removes the other.",
    ),
    _local_case(
        "NO",
        "A request to a contact of the same server waits no more when its entry is removed.",
        "An account asks another for a subscription, and removes its entry before there is an answer.",
    ),
    _local_case(
        "NI",
        "A contact of the same server whose request waits is refused when the entry is removed.",
        "An account is asked for a subscription, adds an entry for who has asked, and removes it.",
    ),
)
