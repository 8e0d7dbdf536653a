"""What a removal lets the contact see: leave is taken, and nothing comes after it (RFC 6121 §2.5.2, §3.2.2).

Tests: ``tests/conformance/test_server_rosters_removal.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_ended import removes
from rosterkit.conformance.server.cases.rosters_steps import edited, removed
from rosterkit.conformance.server.cases.subscriptions_moves import brought
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online, told
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _appears_after(people: People) -> Script:
    """After the removal another resource becomes available, and the first one is away."""
    yield from removes("B", people)
    yield from told("me", stanzas.presence(children="<show>away</show>"), "away")


def _unseen(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["B"], people.remote)
        for mark in ("look-presence", "away"):
            came = evidence.presences(COMPONENT, mark, "*", people.me)
            came = [seen for seen in came if seen.type in (None, "unavailable", "probe")]
            yield absent(came, "The contact's server still got presence of the user, or a probe, after the removal.")

    return first(findings(), "Nothing came to the contact's server any more.")


def _two_are_available(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield from brought(people, "F")
    yield from edited("me", "name", item(people.remote, "Romeo"))
    yield from fetched("me", "begin")
    yield from removed("me", "event", people.remote)


def _vanishes(evidence: Evidence) -> Finding:
    people = evidence.people
    gone = evidence.presences(COMPONENT, "event", "unavailable", people.me)
    cancelled = evidence.presences(COMPONENT, "event", "unsubscribed", people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], people.remote)
        for line in ("me", "me-2"):
            if evidence.jid(line) not in {seen.sender for seen in gone}:
                words = f"The contact still sees the resource on the line {line}: no unavailable presence came of it."
                yield broken(Level.MUST, words)
        late = [seen for seen in gone if cancelled and seen.number > cancelled[0].number]
        if late:
            words = "Unavailable presence came after unsubscribed, when it may be dropped already."
            yield broken(Level.SHOULD, words, cancelled[0], *late)

    return first(findings(), "Both resources have taken leave before unsubscribed came.", *gone, *cancelled)


def _no_leave_taken(evidence: Evidence) -> Finding:
    people = evidence.people
    gone = evidence.presences(COMPONENT, "event", "unavailable", people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["T"], people.remote)
        words = "A contact who never saw the user is told that the user is there: unavailable presence came."
        yield absent(gone, words, Level.SHOULD)

    return first(findings(), "No presence went to the contact.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.5.2/takes-leave",
        Level.MUST,
        "Before a removal ends a contact's subscription, every available resource is unavailable to the contact.",
        "The contact sees the user online for ever.",
        "A contact at the component who sees two resources of the user is removed.",
        "Unavailable presence of both resources at the component, before unsubscribed.",
        _two_are_available,
        _vanishes,
        component=True,
    ),
    ServerCase(
        "rfc6121/2.5.2/no-leave-of-strangers",
        Level.SHOULD,
        "A contact who never saw the user gets no presence by a removal.",
        "Who is removed learns that the user is online, and with which client.",
        "A contact at the component to whom the user is subscribed, but not the other way round, is removed.",
        "No unavailable presence at the component.",
        partial(removes, "T"),
        _no_leave_taken,
        component=True,
    ),
    ServerCase(
        "rfc6121/2.5.2/unseen-afterwards",
        Level.MUST,
        "Whoever was removed gets none of the user's later presence, and is not probed.",
        "Somebody whom the user has thrown out goes on watching.",
        "A contact at the component with a mutual subscription is removed; a resource comes, and another is away.",
        "Nothing of that at the component.",
        _appears_after,
        _unseen,
        component=True,
    ),
)
