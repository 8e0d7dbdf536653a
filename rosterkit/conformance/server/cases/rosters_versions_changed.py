"""What a client is told that comes back with an old version (RFC 6121 §2.6.3).

The answer is the whole roster, or an empty result and a push for each entry that has changed; either way the client
must have the right roster then.

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_judging import entry, same
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, friends, removed
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    away,
    came_whole,
    is_right,
)
from rosterkit.conformance.server.cases.subscriptions_moves import comes, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES", "MANY", "away_case", "has_right_roster", "regroups_and_adds"]

#: Many entries, so that the few that change are less than all of them.
MANY = 8


# While the client was away


def regroups_and_adds(people: People) -> Script:
    """One entry gets a group, and there is a new one."""
    yield from edited("me", "event-1", item(friends(people, 2)[1], "Name 1", people.groups[:1]))
    yield from edited("me", "event-2", item(friends(people, MANY + 1)[MANY], "New"))


def _removes_one(people: People) -> Script:
    yield from removed("me", "event", friend(people))


def _removes_and_adds_again(people: People) -> Script:
    yield from removed("me", "event-1", friend(people))
    yield from edited("me", "event-2", item(friend(people)))


def _asks(people: People) -> Script:
    yield from says("me", "subscribe", people.remote)


def _is_granted(people: People) -> Script:
    yield from comes(people, "subscribed")


def has_right_roster(evidence: Evidence) -> Finding:
    """Whoever had the copy and takes what comes has the roster that there is."""
    cached = evidence.roster("cached") or {}
    came = "The whole roster came" if came_whole(evidence, "again") else "The changes were pushed"
    return first([is_right(evidence, "back", "again", cached)], f"{came}, and the client has the right roster.")


# Subscriptions


def _shows(state: str, ask: bool) -> Callable[[Evidence], Finding]:
    """The judge of a change of the subscription: the client has to hear of it."""

    def judge(evidence: Evidence) -> Finding:
        remote = evidence.people.remote
        truth = evidence.held("truth", remote)
        if not same(truth, entry(remote, truth.name if truth else None, (), state, ask)):
            return broken(Level.MUST, "The roster itself does not show the change.")
        return has_right_roster(evidence)

    return judge


def away_case(
    name: str,
    level: Level,
    rule: str,
    consequence: str,
    done: str,
    changes: Callable[[People], Script],
    wanted: str = "The whole roster, or pushes that lead to it.",
    judge: Callable[[Evidence], Finding] = has_right_roster,
    component: bool = False,
    before: Callable[[People], Script] | None = None,
) -> ServerCase:
    """A client with ``MANY`` entries goes, there are changes, and it comes back with its version."""
    return ServerCase(
        f"rfc6121/2.6.3/{name}",
        level,
        rule,
        consequence,
        f"A client with a version goes; {done}; the client comes back with the version.",
        wanted,
        partial(away, count=MANY, changes=changes, before=before),
        judge,
        component=component,
    )


CASES: tuple[ServerCase, ...] = (
    away_case(
        "changed-while-away",
        Level.MUST,
        "A client that comes back with an old version is told of every entry that was added or changed.",
        "A client with a copy never hears of new contacts.",
        "an entry gets a group, and another one is added",
        regroups_and_adds,
    ),
    away_case(
        "removed-while-away",
        Level.MUST,
        "A client that comes back with an old version is told of every entry that was removed.",
        "Contacts who were removed stay in the list of every client with a copy.",
        "an entry is removed",
        _removes_one,
    ),
    away_case(
        "removed-and-added-again",
        Level.MUST,
        "An entry that was removed and added again with less is told as it is now.",
        "The client shows a name that nobody has given any more.",
        "an entry is removed and added again without a name",
        _removes_and_adds_again,
    ),
    away_case(
        "request-changes-version",
        Level.MUST,
        "A request of the user's changes the version, since the entry shows it.",
        "The user's other devices do not show that somebody has been asked.",
        "the user asks a contact of another server for a subscription",
        _asks,
        judge=_shows("none", True),
        component=True,
    ),
    away_case(
        "subscription-changes-version",
        Level.MUST,
        "A subscription that begins changes the version.",
        "The client does not know whose presence it gets.",
        "a contact of another server grants the request that is in the client's copy",
        _is_granted,
        judge=_shows("to", False),
        component=True,
        before=_asks,
    ),
)
