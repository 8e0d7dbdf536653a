"""Requests that are for nobody: without an address, to oneself, to no domain, to what is no JID (RFC 6121 §3.1.2).

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, shown
from rosterkit.conformance.server.cases.subscriptions_judging import routed, told_back, unpushed
from rosterkit.conformance.server.cases.subscriptions_moves import led, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, state_words
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, fetched, online, told
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _asks_nobody_named(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield from led(people, "F")
    yield from told("me", stanzas.presence("subscribe", id_="nowhere"), "event")
    yield from fetched("me", "after")


def _judge_no_to(evidence: Evidence) -> Finding:
    people = evidence.people
    at_follower, at_own = routed(evidence), evidence.presences("me-2", "event", "subscribe")
    before, after = evidence.roster("begin"), evidence.roster("after")

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], people.remote)
        yield absent(at_follower, "It was sent to a contact who sees the user.")
        yield absent(at_own, "It was sent to another resource of the user.")
        yield unpushed(evidence, "me", None, "It has changed the roster.")
        if before is not None and after is not None and before != after:
            yield broken(Level.MUST, "The roster is another one than before.")

    return first(findings(), f"Nobody has got it; the user was answered {told_back(evidence)}.")


def _asks_oneself(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield from says("me", "subscribe", people.me, "event")
    yield from fetched("me", "after")


def _judge_self(evidence: Evidence) -> Finding:
    me = evidence.people.me
    own = [item for item in (evidence.roster("after") or {}) if item.partition("/")[0] == me]

    def findings() -> Iterator[Finding | None]:
        for line in ("me", "me-2"):
            yield unpushed(evidence, line, me, "The account itself was pushed as a contact.", Level.SHOULD)
            asked = evidence.presences(line, "event", "subscribe", me)
            yield absent(asked, "The user is asked for a subscription to the own presence.", Level.SHOULD)
        if own:
            yield broken(Level.SHOULD, f"The roster has {own[0]} in it, which is the account itself.")

    return first(findings(), f"Nothing has come of it; the user was answered {told_back(evidence)}.")


def _asks_nowhere(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribe", "romeo@nowhere.invalid", "event")
    yield from fetched("me", "after")


def _judge_nowhere(evidence: Evidence) -> Finding:
    entry = evidence.held("after", "romeo@nowhere.invalid")
    if entry is not None and entry.subscription in ("to", "both"):
        return broken(Level.MUST, f"The roster shows subscription={entry.subscription}, which nobody has given.")
    words = f"an entry with {state_words(*entry.state)}" if entry is not None else "no entry"
    return shown(f"The user was answered {told_back(evidence)}, and the roster has {words}.")


def _asks_malformed(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribe", f"@{people.domain}", "event")
    yield from fetched("me", "after")


def _judge_malformed(evidence: Evidence) -> Finding:
    entries = list(evidence.roster("after") or {})

    def findings() -> Iterator[Finding | None]:
        yield unpushed(evidence, "me", None, "An entry was pushed for it.", Level.SHOULD)
        if entries:
            yield broken(Level.SHOULD, f"The roster has an entry {entries[0]!r} now.")

    return first(findings(), f"The roster is as it was; the user was answered {told_back(evidence)}.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.2/no-to",
        Level.MUST,
        "A request without an address is sent to nobody and changes nothing.",
        "A mistake of one client asks everybody in the roster for something.",
        "A user whom a contact at the component sees, and who has two resources, sends a subscribe without `to`.",
        "Nothing at the component and the other resource, no push, the same roster; an error or silence.",
        _asks_nobody_named,
        _judge_no_to,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.2/self",
        Level.SHOULD,
        "A request to oneself makes no entry and asks nobody.",
        "The user stands in the own roster, and is asked for a subscription to the own presence at every login.",
        "The user sends a subscribe to the own bare JID.",
        "No push, no entry, and no request at the user's other resource; an error or silence.",
        _asks_oneself,
        _judge_self,
    ),
    ServerCase(
        "rfc6121/3.1.2/nobody-answers",
        Level.MAY,
        "A request to a domain that does not exist leads to no subscription.",
        "The user waits for somebody who cannot be asked.",
        "The user asks somebody at a domain that does not exist.",
        "An error or silence, and an entry with or without ask.",
        _asks_nowhere,
        _judge_nowhere,
    ),
    ServerCase(
        "rfc6121/3.1.2/malformed-to",
        Level.SHOULD,
        "A request to what is no JID changes nothing, and the stream goes on.",
        "The roster has an entry that no client can show or remove.",
        "The user sends a subscribe to a JID with an empty localpart.",
        "The roster as it was and a stream that is open; jid-malformed, another error or silence.",
        _asks_malformed,
        _judge_malformed,
    ),
)
