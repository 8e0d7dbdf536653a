"""Whose a stanza is: the sender that a server writes on it, and whom others claim to be (RFC 6120 §8.1.2).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under, kept
from rosterkit.conformance.server.cases.delivery_judging import (
    arrived,
    body_of,
    copies,
    fate,
    folded,
    refusals,
)
from rosterkit.conformance.server.cases.delivery_steps import LINES
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, MayEnd, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_BODY = "Who has written this?"


# Scripts


def _claimed(claim: Callable[[Sequence[str]], str | None], people: People) -> Script:
    """The account writes to a contact elsewhere and says who it is.

    ``claim`` gets what it may choose from: the full JIDs of its two resources, its bare JID, and somebody else's.
    """
    entered = []
    for line in LINES[:2]:
        entered.append((yield from online(line, people.me, roster=False)).jid)
    yield MayEnd("me")
    claimed = claim((*entered, people.me, f"{people.nobody}/phone"))
    yield from told("me", stanzas.message(people.remote, _BODY, sender=claimed, id_="event"), "event")


def _claimed_by_component(people: People) -> Script:
    """The server may end the component's stream for it, which the plays of a run share: it is played alone."""
    yield from online("me", people.me, roster=False)
    yield MayEnd(COMPONENT)
    somebody = f"{people.token('somebody')}@elsewhere.invalid/phone"
    yield from told(COMPONENT, stanzas.message(people.me, _BODY, sender=somebody, id_="event"), "event")


# Judges


def _stamped(evidence: Evidence) -> Finding:
    """It came, and with the full JID of the resource."""
    came = copies(evidence, COMPONENT, "event")
    wrong = [seen for seen in came if folded(seen.sender) != folded(evidence.jid("me"))]
    return first(
        (
            arrived(evidence, "event", COMPONENT),
            broken(Level.MUST, f"The message came from {wrong[0].sender}, not from the full JID.", *wrong)
            if wrong
            else None,
        ),
        "The message came from the full JID of the resource.",
        *came,
    )


def _accepted(level: Level, evidence: Evidence) -> Finding:
    """The line is still there, and the message came from the full JID."""
    ended = _ended(evidence, "me")
    if ended is not None:
        return broken(level, f"The server has ended the stream: {ended.step['over']}", ended)
    if not copies(evidence, COMPONENT, "event"):
        return broken(level, f"The message did not come; {fate(evidence, 'event')}.")
    return _stamped(evidence)


def _not_as_claimed(line: str, sender: str, evidence: Evidence) -> Finding:
    """Nothing on ``line`` comes from whom the line ``sender`` has said to be."""
    said = evidence.said("event")
    claimed = said.sender if said is not None else None
    came = evidence.came(line, "event", lambda seen: seen.name == "message" and body_of(seen) == _BODY)
    as_claimed = [seen for seen in came if folded(seen.sender) == folded(claimed)]
    if as_claimed:
        return broken(Level.MUST, f"The message came as if {claimed} had written it.", *as_claimed)
    ended = _ended(evidence, sender)
    if ended is not None:
        return kept("The server has ended the stream, and the message did not come.", ended)
    if came:
        return kept("The message came with the address of who has written it.", *came)
    return kept(f"The message did not come; {fate(evidence, 'event')}.", *refusals(evidence, "event"))


def _ended(evidence: Evidence, line: str) -> Seen | None:
    """The note of the end of a line, where it was the server that has ended it."""
    left = next((seen.number for seen in evidence.steps("left") if seen.session == line), None)
    over = next((seen for seen in evidence.steps("over") if seen.session == line), None)
    return over if over is not None and (left is None or over.number < left) else None


# Cases


_case = partial(case_under, "rfc6120/", component=True)

CASES: tuple[ServerCase, ...] = (
    _case(
        "8.1.2.1/stamped",
        "What a client sends to somebody bears the full JID of the client's resource.",
        "Whoever gets it does not know whom to answer.",
        "The account writes to a contact of another server and does not say who it is.",
        "The message at the contact's server, from the full JID of the resource.",
        partial(_claimed, lambda _: None),
        _stamped,
    ),
    _case(
        "8.1.2.1/own-full",
        "A client may write its own full JID as the sender.",
        "Clients that say who they are cannot stay logged in.",
        "The account writes to a contact of another server with its own full JID in `from`.",
        "The message at the contact's server, from the full JID of the resource.",
        partial(_claimed, itemgetter(0)),
        partial(_accepted, Level.MUST),
    ),
    _case(
        "8.1.2.1/own-bare",
        "A client may write its own bare JID as the sender; the server makes the full one of it.",
        "Clients that say whose they are cannot stay logged in, or get no answers.",
        "The account writes to a contact of another server with its own bare JID in `from`.",
        "The message at the contact's server, from the full JID of the resource.",
        partial(_claimed, itemgetter(2)),
        partial(_accepted, Level.SHOULD),
        Level.SHOULD,
    ),
    _case(
        "8.1.2.1/somebody-else",
        "Nothing is delivered as from somebody who has not sent it.",
        "Anybody can write in the name of anybody.",
        "The account writes to a contact of another server with the address of somebody else in `from`.",
        "Nothing from that address: the stream ends, or the message is refused or bears the true sender.",
        partial(_claimed, itemgetter(3)),
        partial(_not_as_claimed, COMPONENT, "me"),
    ),
    _case(
        "8.1.2.1/other-resource",
        "Nothing is delivered as from another resource of the account than the one that has sent it.",
        "Answers go to a device that has asked nothing.",
        "The account writes to a contact of another server with the full JID of its other resource in `from`.",
        "Nothing from that resource: the stream ends, or the message is refused or bears the true sender.",
        partial(_claimed, itemgetter(1)),
        partial(_not_as_claimed, COMPONENT, "me"),
    ),
    _case(
        "8.1.2.2/component",
        "A component speaks for its own domain only.",
        "Whoever runs a small service beside the server can write in the name of anybody.",
        "The component sends the account a message whose sender is at another domain.",
        "Nothing from that address: the stream ends, or the message is refused.",
        _claimed_by_component,
        partial(_not_as_claimed, "me", COMPONENT),
        alone=True,
    ),
)
