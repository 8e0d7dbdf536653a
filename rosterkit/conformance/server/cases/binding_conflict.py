"""Two clients of one account that want the same resource (RFC 6120 §7.7.2.2).

It is for the server to say which of them has to go, or whether one gets another resource.

Tests: ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.streams_seen import goes_on, last_words
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import (
    Await,
    Enter,
    Entered,
    Fence,
    MayEnd,
    Remember,
    Script,
    Stuck,
    fetched,
    online,
    told,
)
from rosterkit.conformance.verdicts import Finding, Level, inconclusive

__all__ = ["CASES"]

_LINES = ("me", "me-2")
_NOBODY_LEFT = "Neither of the two is there any more, so that there was nothing to see."


# Scripts


def _second(people: People, resource: str) -> Script:
    """The second comes; what a refusal says is remembered.  Gives what Enter gives, or None."""
    yield MayEnd("me")
    entered: Entered | None = None
    try:
        entered = yield Enter("me-2", people.me, resource=resource)
        yield MayEnd("me-2")
    except Stuck as stuck:
        yield Remember({"refused": str(stuck)})
    yield Fence()
    return entered


def _two_of_one(people: People) -> Script:
    resource = people.token("desk")
    yield Enter("me", people.me, resource=resource)
    yield from _second(people, resource)


def _seen_from_aside(people: People) -> Script:
    """A third resource of the account looks on."""
    resource = people.token("desk")
    yield from online("look", people.me, roster=False)
    older = yield from online("me", people.me, roster=False, resource=resource)
    yield from told("look", stanzas.ping("event", people.domain), "event")
    yield from _second(people, resource)
    try:
        yield from told("me", stanzas.ping("goes-on", people.domain))
    except Stuck:  # what the end of a line leads to is fenced by nothing
        yield Await("look", partial(_is_gone, older.jid))


def _is_gone(full: str, seen: Seen) -> bool:
    return seen.name == "presence" and seen.type == "unavailable" and seen.sender == full


def _changed_afterwards(people: People) -> Script:
    """Each asks for the roster; then a third resource changes it."""
    resource = people.token("desk")
    yield Enter("look", people.me)
    yield Enter("me", people.me, resource=resource)
    yield from fetched("me", "me-roster")
    if (yield from _second(people, resource)) is not None:
        yield from fetched("me-2", "me-2-roster")
    yield from told("look", stanzas.roster_set("event", stanzas.item(people.nobody)), "event")


# Judges


def _left(evidence: Evidence) -> list[str]:
    """The lines of the two that are bound and go on."""
    return [line for line in _LINES if evidence.jid(line) and goes_on(evidence, line)]


def _one_each(evidence: Evidence) -> Finding:
    left, jids = _left(evidence), [evidence.jid(line) for line in _LINES]
    refusal = next((str(seen.step["refused"]) for seen in evidence.steps("refused")), "")
    if not left:
        return broken(Level.MUST, f"Neither is left. {last_words(evidence, 'me')} {refusal}".strip())
    if len(left) == 2 and jids[0] == jids[1]:
        return broken(Level.MUST, f"Two clients are both {jids[0]}.")
    if len(left) == 2:
        return kept("The newer gets another resource, and both go on.")
    if left == ["me-2"]:
        return kept(f"The newer has the resource, and the older has to go. {last_words(evidence, 'me')}")
    return kept(f"The older keeps the resource. {refusal or last_words(evidence, 'me-2')}")


def _has_left(evidence: Evidence) -> Finding:
    if goes_on(evidence, "me"):
        return kept("The older goes on, and so does its presence.")
    gone = evidence.presences("look", "event", "unavailable", evidence.jid("me"))
    if not gone:
        return broken(Level.MUST, "The older had to go, and the other resource was not told that it is unavailable.")
    return kept("The older had to go, and the other resource was told that it is unavailable.", *gone)


def _pushed_once(evidence: Evidence) -> Finding:
    left = _left(evidence)
    if not left:
        return inconclusive(_NOBODY_LEFT)
    for line in left:
        pushes = evidence.pushes(line, "event", evidence.people.nobody)
        who = "older" if line == "me" else "newer"
        if not pushes:
            return broken(Level.MUST, f"The {who} is left and has asked for the roster, and gets no push.")
        if len(pushes) > 1:
            return broken(Level.SHOULD, f"The {who} gets {len(pushes)} pushes of one change.", *pushes)
    return kept("Whoever is left gets the push.")


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/7.7.2.2/one-each",
        Level.MUST,
        "No two clients have the same full JID, and one of those that want it is left.",
        "What is sent to one of a person's clients comes to the other, or to none.",
        "Two clients of an account ask for the same resource.",
        "One that goes on; the report says which, and what becomes of the other.",
        _two_of_one,
        _one_each,
    ),
    ServerCase(
        "rfc6120/7.7.2.2/older-leaves",
        Level.MUST,
        "A client that has to go because another one has its resource becomes unavailable for those who saw it.",
        "What the first client has said of itself is taken for what the second one says.",
        "Two clients ask for the same resource; the first is available, and a third resource looks on.",
        "Unavailable presence of the first where it has to go.",
        _seen_from_aside,
        _has_left,
    ),
    ServerCase(
        "rfc6120/7.7.2.2/pushed-once",
        Level.MUST,
        "Whoever is left of two clients that wanted one resource gets pushes as anybody does.",
        "After a lost connection and a new login a person sees no change of the list of contacts any more.",
        "Two clients ask for the same resource and for the roster; then a third resource changes the roster.",
        "One push for each that is left.",
        _changed_afterwards,
        _pushed_once,
    ),
)
