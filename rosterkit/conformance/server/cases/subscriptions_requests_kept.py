"""Requests that wait: kept whole, delivered again at each login, and over when they are answered (RFC 6121 §3.1.3).

Tests: ``tests/conformance/test_server_subscriptions_requests.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.subscriptions_judging import requests, whole
from rosterkit.conformance.server.cases.subscriptions_moves import comes, leaves, request, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _asked_while_offline(people: People) -> Script:
    yield from told(COMPONENT, request(people.me, people.remote), "event")
    yield from online("look", people.me)


def _judge_whole(evidence: Evidence) -> Finding:
    asked = requests(evidence, "look", "look-presence")
    if not asked:
        return broken(Level.MUST, "The request was not delivered at the next login.")
    return whole(asked[0], "It was delivered at the next login with all its children.")


def _logs_in_again_and_again(people: People) -> Script:
    yield from comes(people, "subscribe", "event")
    yield from online("me", people.me)
    yield from leaves("me")
    yield from online("me-2", people.me)
    yield from online("me-3", people.me)


def _judge_again(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        for line, which in (("me", "first"), ("me-2", "second"), ("me-3", "third")):
            asked = requests(evidence, line, f"{line}-presence")
            yield present(asked, f"The {which} resource that became available was not asked.")

    return first(findings(), "Each of three resources was asked when it became available.")


def _asked_while_silent(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from comes(people, "subscribe", "event")
    yield from told("me", stanzas.presence(), "appears")


def _judge_silent(evidence: Evidence) -> Finding:
    asked = requests(evidence, "me", "appears")
    words = "A request that came while a resource was connected and not available was not delivered later."
    return first([present(asked, words)], "It was delivered when the resource became available.", *asked)


def _asks_thrice(people: People) -> Script:
    for number in ("first", "second", "third"):
        children = f"<status>The {number}</status>"
        asks = stanzas.presence("subscribe", people.me, sender=people.remote, children=children)
        yield from told(COMPONENT, asks, number)
    yield from online("look", people.me)


def _judge_one(evidence: Evidence) -> Finding:
    asked = requests(evidence, "look", "look-presence")
    if len(asked) != 1:
        return broken(Level.MUST, f"Somebody who has asked three times is delivered {len(asked)} times.", *asked)
    words = asked[0].element.findtext("{*}status") if asked[0].element is not None else None
    return kept(f"One request was delivered; it says {words!r}.", asked[0])


def _approved_at_the_first_login(people: People) -> Script:
    yield from comes(people, "subscribe", "event")
    yield from online("me", people.me)
    yield from says("me", "subscribed", people.remote, "grants")
    yield from leaves("me")
    yield from online("look", people.me)


def _judge_answered(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield present(requests(evidence, "me", "me-presence"), "The request was not delivered at the first login.")
        again = requests(evidence, "look", "look-presence")
        yield absent(again, "It was delivered again after it had been approved.")

    return first(findings(), "It was delivered once, and not again after it had been approved.")


def _withdrawn_while_offline(people: People) -> Script:
    yield from comes(people, "subscribe", "event")
    yield from comes(people, "unsubscribe", "withdraws")
    yield from online("look", people.me)


def _judge_withdrawn(evidence: Evidence) -> Finding:
    asked = requests(evidence, "look", "look-presence")
    return first([absent(asked, "A request that was withdrawn was delivered.")], "The user is not asked any more.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.3/kept-whole",
        Level.MUST,
        "A request for a user who is offline is kept with all its children, and delivered at the next login.",
        "The user is asked by a bare address, without the name and the words that came with it.",
        "The component sends an offline user a request with a status, a nickname and an unknown element.",
        "A subscribe with the three as they were, when the user becomes available.",
        _asked_while_offline,
        _judge_whole,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/again-at-every-login",
        Level.MUST,
        "A request is delivered to each resource that becomes available, until it is answered.",
        "The device that was asked is not the one on which the user would have answered, and the request is lost.",
        "The component asks an offline user, who logs in, logs out, and logs in with two resources.",
        "The subscribe at each of the three.",
        _logs_in_again_and_again,
        _judge_again,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/kept-while-not-available",
        Level.MUST,
        "A request that comes while the user is connected and not available waits for a resource that is.",
        "It is lost, since somebody was there and nobody could be asked.",
        "The component asks a user whose one resource has not sent presence yet; then it does.",
        "The subscribe when it becomes available.",
        _asked_while_silent,
        _judge_silent,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/one-kept",
        Level.MUST,
        "Of several requests of one contact that come while the user is offline, one is delivered.",
        "Somebody who asks again and again fills the screen at the next login.",
        "The component asks an offline user three times, in other words each time; then the user logs in.",
        "One subscribe, the first or the last.",
        _asks_thrice,
        _judge_one,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/answered-is-over",
        Level.MUST,
        "A request that has waited and is approved does not come again at the next login.",
        "The user is asked time and again for what is given already.",
        "The component asks an offline user, who logs in, approves, logs out and logs in.",
        "The subscribe at the first login, and none at the second.",
        _approved_at_the_first_login,
        _judge_answered,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/withdrawn-while-offline",
        Level.MUST,
        "A request that is withdrawn while the user is offline is not delivered.",
        "The user approves somebody who does not want it any more, and the two rosters disagree.",
        "The component sends an offline user subscribe and then unsubscribe; then the user logs in.",
        "No subscribe.",
        _withdrawn_while_offline,
        _judge_withdrawn,
        component=True,
    ),
)
