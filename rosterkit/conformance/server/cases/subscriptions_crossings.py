"""Two who do something at once: whatever comes first, both rosters say the same afterwards (RFC 6121 §3.1, §3.3).

Two stanzas are sent without waiting for what becomes of the first, so a server may take them in either order.

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.subscriptions_judging import stands
from rosterkit.conformance.server.cases.subscriptions_moves import comes, led_local, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Say, Script, fetched, online
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _at_once(people: People, mine: str, theirs: str, mark: str) -> Script:
    """The user and the contact each say something to the other, both before they hear of it."""
    yield Say("me", stanzas.presence(mine, people.contact), mark)
    yield Say("contact", stanzas.presence(theirs, people.me))
    yield Fence()


def _looked() -> Script:
    """Both fetch their rosters; the marks are ``after`` and ``after-contact``."""
    yield from fetched("me", "after")
    yield from fetched("contact", "after-contact")


def _both(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("contact", people.contact)


def _ends(evidence: Evidence, state: str) -> Iterator[Finding | None]:
    people = evidence.people
    yield stands(evidence, "after", people.contact, STATES[state])
    yield stands(evidence, "after-contact", people.me, STATES[state])


# Both ask


def _ask_local(people: People) -> Script:
    yield from _both(people)
    yield from _at_once(people, "subscribe", "subscribe", "event")
    yield from says("me", "subscribed", people.contact, "grants")
    yield from says("contact", "subscribed", people.me, "grants-too")
    yield from _looked()


def _judge_ask_local(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        for line, other in (("me", people.contact), ("contact", people.me)):
            answers = evidence.presences(line, "event", "subscribed", other)
            yield absent(answers, "A request was approved by nobody but the server, since both had asked.")
            asked = evidence.presences(line, "event", "subscribe", other)
            yield present(asked, f"The other's request did not come on the line {line}.")
        yield from _ends(evidence, "B")

    return first(findings(), "Both were asked, both have approved, and both rosters show both.")


def _ask_remote(people: People) -> Script:
    yield from online("me", people.me)
    yield Say("me", stanzas.presence("subscribe", people.remote), "event")
    yield from comes(people, "subscribe")
    yield from comes(people, "subscribed", "grants")
    yield from says("me", "subscribed", people.remote, "grants-too")
    yield from fetched("me", "after")


def _judge_ask_remote(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        asked = evidence.presences("me", "event", "subscribe", people.remote)
        yield present(asked, "The contact's request did not come.")
        answers = evidence.presences(COMPONENT, "grants-too", "subscribed", people.me)
        yield present(answers, "The user's approval was not routed, though the contact's request still waited.")
        yield stands(evidence, "after", people.remote, STATES["B"])

    return first(findings(), "The request waited while the own one was approved, and was approved then.")


def _answers_cross(people: People) -> Script:
    yield from _both(people)
    yield from led_local(people, "NOI")
    yield from _at_once(people, "subscribed", "subscribed", "event")
    yield from _looked()


def _judge_answers(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["NOI"], evidence.people.contact)
        yield from _ends(evidence, "B")

    return first(findings(), "Both rosters show both.")


# One takes back what the other gives


def _withdrawal_meets_approval(people: People) -> Script:
    yield from _both(people)
    yield from led_local(people, "NO")
    yield from _at_once(people, "unsubscribe", "subscribed", "event")
    yield from _looked()


def _judge_withdrawal(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["NO"], evidence.people.contact)
        yield from _ends(evidence, "N")

    return first(findings(), "Neither roster shows a subscription.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1/both-ask-local",
        Level.MUST,
        "Two accounts of one server that ask each other at once are both asked, and nothing is approved by that.",
        "Whoever asks gives the own presence away with it.",
        "Two accounts ask each other without waiting; then each approves.",
        "Each other's request, no approval before somebody has sent one, and both at the end.",
        _ask_local,
        _judge_ask_local,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.1/both-ask-remote",
        Level.MUST,
        "A request of somebody at another server still waits after the user's own request has been approved.",
        "The one who asked is never answered, and waits for good.",
        "The user and a contact at the component ask each other; the contact approves first, then the user.",
        "The request at the user, the user's approval at the component, and both in the roster.",
        _ask_remote,
        _judge_ask_remote,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1/answers-cross",
        Level.MUST,
        "Two accounts that approve each other's request at once see each other afterwards.",
        "One of the two never sees the other, and to both it looks as if all was well.",
        "Two accounts have asked each other; then both approve without waiting.",
        "Both in both rosters.",
        _answers_cross,
        _judge_answers,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.3.2/withdrawal-meets-approval",
        Level.MUST,
        "A request that is withdrawn just when it is approved leads to no subscription at either end.",
        "One roster shows a subscription that the other does not know: the contact's presence goes to somebody who "
        "does not want it.",
        "One account has asked another; it sends unsubscribe while the other sends subscribed.",
        "No subscription in either roster.",
        _withdrawal_meets_approval,
        _judge_withdrawal,
        accounts=2,
    ),
)
