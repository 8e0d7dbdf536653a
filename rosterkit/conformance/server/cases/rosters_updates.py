"""Changing an entry (RFC 6121 §2.4): a set replaces name and groups, and never touches the subscription.

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.rosters_judging import answered, entry, stored, told_by_push
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, looked
from rosterkit.conformance.server.cases.subscriptions_moves import brought
from rosterkit.conformance.server.evidence import Evidence, Held
from rosterkit.conformance.server.judging import begins, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, fetched, online
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# Name and groups


def _changed(people: People) -> Held:
    return entry(friend(people), "Rosalind", people.groups[1:3])


def _without_name(people: People) -> Held:
    return entry(friend(people), None, people.groups[:2])


def _without_groups(people: People) -> Held:
    return entry(friend(people), "Rosaline")


def _becomes(wanted: Callable[[People], Held]) -> Callable[[People], Script]:
    """An entry with a name and two groups is set to what is wanted."""

    def script(people: People) -> Script:
        held = wanted(people)
        yield from online("me", people.me, presence=None)
        yield from online("me-2", people.me, presence=None)
        yield from edited("me", "add", item(friend(people), "Rosaline", people.groups[:2]))
        yield from edited("me", "event", item(held.jid, held.name, held.groups))
        yield from looked(people)

    return script


def _is(wanted: Callable[[People], Held]) -> Callable[[Evidence], Finding]:
    def judge(evidence: Evidence) -> Finding:
        held = wanted(evidence.people)
        return first([answered(evidence), stored(evidence, held)], "The entry is just what the last set said.")

    return judge


def _told_everywhere(evidence: Evidence) -> Finding:
    wanted = _changed(evidence.people)
    return first((told_by_push(evidence, line, wanted) for line in ("me", "me-2")), "Both resources were told.")


# Subscriptions


def _renames(state: str, subscription: str | None = None) -> Callable[[People], Script]:
    """The entry of a contact at the component, in ``state``, gets a name; the set may say a subscription."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from brought(people, state)
        yield from fetched("me", "begin")
        yield from edited("me", "event", item(people.remote, "Romeo", subscription=subscription))
        yield from looked(people)

    return script


def _stays(state: str) -> Callable[[Evidence], Finding]:
    before = STATES[state]

    def judge(evidence: Evidence) -> Finding:
        remote = evidence.people.remote
        wanted = entry(remote, "Romeo", state=before.subscription, ask=before.ask)

        def findings() -> Iterator[Finding | None]:
            yield begins(evidence, before, remote)
            yield answered(evidence)
            yield stored(evidence, wanted)
            yield told_by_push(evidence, "me", wanted)

        return first(findings(), f"The entry has its new name, and is in {before.name} as before.")

    return judge


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.4.2/replaced",
        Level.MUST,
        "An update puts the new name and the new groups in the place of the old ones.",
        "A contact that was moved stands in the old group too, or keeps its old name.",
        "An entry gets another name, and another group instead of one that it had.",
        "The name and the groups of the last set, and no others.",
        _becomes(_changed),
        _is(_changed),
    ),
    ServerCase(
        "rfc6121/2.4.2/name-cleared",
        Level.MUST,
        "An update without a name takes the name away.",
        "A nickname cannot be removed any more.",
        "An entry with a name is set again without one.",
        "The entry without a name, in its groups.",
        _becomes(_without_name),
        _is(_without_name),
    ),
    ServerCase(
        "rfc6121/2.4.2/groups-cleared",
        Level.MUST,
        "An update without groups takes the entry out of all groups.",
        "A contact cannot be taken out of its last group any more.",
        "An entry with groups is set again without any.",
        "The entry with its name, in no group.",
        _becomes(_without_groups),
        _is(_without_groups),
    ),
    ServerCase(
        "rfc6121/2.4.2/told-everywhere",
        Level.MUST,
        "An update is pushed to every resource that has asked for the roster, with the new name and groups.",
        "The devices of one user show different names.",
        "Of two resources one changes an entry.",
        "A push with the new name and groups at both.",
        _becomes(_changed),
        _told_everywhere,
    ),
    ServerCase(
        "rfc6121/2.4.2/subscription-stays",
        Level.MUST,
        "An update leaves the subscription as it is.",
        "Who renames a contact loses its presence.",
        "A contact of another server to whom the user is subscribed gets a name.",
        "The name, and subscription=to, in the push and in the roster.",
        _renames("T"),
        _stays("T"),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.4.2/request-stays",
        Level.MUST,
        "An update leaves a request of the user's own open.",
        "The list does not show any more that somebody has been asked, and the user asks again.",
        "A contact of another server whom the user has asked for a subscription gets a name.",
        "The name, and ask=subscribe, in the push and in the roster.",
        _renames("NO"),
        _stays("NO"),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.4.2/subscription-not-taken",
        Level.MUST,
        "A subscription that an update says has no effect on the one that is there.",
        "A client with an old roster, or a bad one, changes who sees whom.",
        "A contact of another server to whom the user is subscribed gets a name by a set with subscription=both.",
        "The name, and subscription=to, in the push and in the roster.",
        _renames("T", "both"),
        _stays("T"),
        component=True,
    ),
)
