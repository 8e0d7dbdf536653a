"""Removing an entry, and what that ends (RFC 6121 §2.5).

Tests: ``tests/conformance/test_server_rosters_removal.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases import rosters_ended, rosters_unseen
from rosterkit.conformance.server.cases.rosters_judging import answered, entry, quiet, refused, stored
from rosterkit.conformance.server.cases.rosters_steps import LOOK, edited, friend, friends, looked, removed
from rosterkit.conformance.server.cases.subscriptions_judging import requests
from rosterkit.conformance.server.cases.subscriptions_moves import brought, comes
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import begins, first, present, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, fetched, online
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_MISSING = ("item-not-found",)


def _removes(people: People) -> Script:
    one, two = friends(people, 2)
    yield from online("me", people.me, presence=None)
    yield from online("me-2", people.me, presence=None)
    yield from edited("me", "add-1", item(one, "Rosaline", people.groups[:2]))
    yield from edited("me", "add-2", item(two, "Petruchio"))
    yield from removed("me", "event", one)
    yield from looked(people)


def _gone(evidence: Evidence) -> Finding:
    one, two = friends(evidence.people, 2)
    answer = evidence.answer(LOOK)

    def findings() -> Iterator[Finding | None]:
        yield answered(evidence)
        yield stored(evidence, entry(two, "Petruchio"))
        if evidence.held(LOOK, one) is not None:
            yield broken(Level.MUST, "The entry that was removed is still there.", *there(answer))

    return first(findings(), "The entry is gone, and the other one is there.", *there(answer))


def _pushed(evidence: Evidence) -> Finding:
    one = friend(evidence.people)

    def findings() -> Iterator[Finding | None]:
        for line in ("me", "me-2"):
            pushes = evidence.pushes(line, "event", one)
            yield present(pushes, f"No push on the line {line} said that the entry is gone.")
            said = pushes[-1].items[0].get("subscription")
            if said != "remove":
                words = f"The push on the line {line} has subscription={said!r} instead of remove."
                yield broken(Level.MUST, words, pushes[-1])

    return first(findings(), "Both resources were told of the removal.")


def _removes_missing(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from removed("me", "event", friend(people))
    yield from looked(people)


def _not_found(evidence: Evidence) -> Finding:
    answer = evidence.answer("event")
    return first(
        [refused(evidence, _MISSING), quiet(evidence, ["me"])],
        "It is refused with item-not-found, and nothing is pushed.",
        *there(answer),
    )


def _removes_request(people: People) -> Script:
    """All that there is of the contact is a request that waits."""
    yield from online("me", people.me)
    yield from comes(people, "subscribe")
    yield from removed("me", "event", people.remote)
    yield from looked(people, available=True)


def _request_waits(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        answer = evidence.answer("event")
        if answer is None:
            yield broken(Level.MUST, "The set got no answer.")
        elif answer.condition != "item-not-found":
            words = f"The answer is {answer.condition or answer.type}; there is no entry to remove."
            yield broken(Level.SHOULD, words, answer)
        waits = requests(evidence, "look", "look-presence")
        yield present(waits, "The request that waited is gone, and nobody has answered it.", Level.SHOULD)

    return first(findings(), "The request waits as before.")


def _adds_again(people: People) -> Script:
    yield from online("me", people.me)
    yield from brought(people, "B")
    yield from edited("me", "name", item(people.remote, "Romeo", people.groups[:1]))
    yield from fetched("me", "begin")
    yield from removed("me", "remove", people.remote)
    yield from edited("me", "event", item(people.remote))
    yield from looked(people)


def _begins_anew(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    return first(
        [begins(evidence, STATES["B"], remote), answered(evidence), stored(evidence, entry(remote))],
        "The new entry has nothing of the old one.",
    )


CASES: tuple[ServerCase, ...] = (
    *rosters_ended.CASES,
    *rosters_unseen.CASES,
    ServerCase(
        "rfc6121/2.5.2/gone",
        Level.MUST,
        "An entry that is removed is gone from the roster, and no other one.",
        "A contact comes back at the next login, or another one is lost.",
        "Of two entries one is removed; a new resource asks for the roster.",
        "A result, and the other entry alone.",
        _removes,
        _gone,
    ),
    ServerCase(
        "rfc6121/2.5.2/removal-pushed",
        Level.MUST,
        "A removal is pushed with subscription=remove to every resource that has asked for the roster.",
        "The contact stays in the lists of the user's other devices.",
        "Of two resources one removes an entry.",
        "A push with subscription=remove at both.",
        _removes,
        _pushed,
    ),
    ServerCase(
        "rfc6121/2.5.2/begins-anew",
        Level.MUST,
        "An entry that was removed and added again begins with nothing of what it was.",
        "Somebody who was removed sees the user again, as soon as there is an entry again.",
        "A contact of another server with a mutual subscription is removed and added again without a name.",
        "An entry without name and groups, with subscription=none.",
        _adds_again,
        _begins_anew,
        component=True,
    ),
    ServerCase(
        "rfc6121/2.5.3/not-there",
        Level.MUST,
        "The removal of an entry that is not there is refused with item-not-found.",
        "Whether a removal was done, or was about the wrong contact, cannot be told.",
        "A contact is removed that has no entry.",
        "The error item-not-found, and no push.",
        _removes_missing,
        _not_found,
    ),
    ServerCase(
        "rfc6121/2.5.3/request-waits",
        Level.SHOULD,
        "Somebody whose request waits has no entry, and the removal of what is not there leaves the request.",
        "A request is gone that the user has neither granted nor refused.",
        "A contact of another server asks for a subscription; the user removes an entry for the contact.",
        "The error item-not-found, and the request again for the next resource.",
        _removes_request,
        _request_waits,
        component=True,
    ),
)
