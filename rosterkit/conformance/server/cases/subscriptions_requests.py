"""Requests that come: to whom they are delivered, and that they make no entry (RFC 6121 §3.1.3).

Tests: ``tests/conformance/test_server_subscriptions_requests.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.subscriptions_judging import requests, unpushed
from rosterkit.conformance.server.cases.subscriptions_moves import comes, lists, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first, present, pushed_to
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# Who is asked


def _two_available(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me, presence=stanzas.presence(children="<priority>-5</priority>"))
    yield from comes(people, "subscribe", "event")


def _judge_all(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield present(requests(evidence, "me"), "The request did not come to a resource that was available.")
        words = "The request came to one of two available resources, and not to the one with a negative priority."
        yield present(requests(evidence, "me-2"), words)

    return first(findings(), "Both resources were asked at once.", *requests(evidence, "me"))


def _some_not_available(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("silent", people.me, presence=None)
    yield from online("away", people.me)
    yield from told("away", stanzas.presence("unavailable"))
    yield from comes(people, "subscribe", "event")


def _judge_available_only(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield present(requests(evidence, "me"), "The request did not come to the resource that was available.")
        words = "The request came to a resource that has never sent presence."
        yield absent(requests(evidence, "silent"), words, Level.SHOULD)
        words = "The request came to a resource that had become unavailable."
        yield absent(requests(evidence, "away"), words, Level.SHOULD)

    return first(findings(), "The available resource was asked, and no other.", *requests(evidence, "me"))


def _asks_resource(people: People) -> Script:
    entered = yield from online("me", people.me)
    yield from online("me-2", people.me)
    asks = stanzas.presence("subscribe", entered.jid, sender=people.remote)
    yield from told(COMPONENT, asks, "event")


def _judge_to_cut(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        for line in ("me", "me-2"):
            words = f"The request, which named a resource, did not come on the line {line}."
            yield present(requests(evidence, line), words, Level.SHOULD)

    return first(findings(), "Both resources were asked.", *requests(evidence, "me"))


def _resource_asks(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "subscribe", "event", sender=f"{people.remote}/balcony")
    yield from says("me", "subscribed", people.remote, "grants")


def _judge_from_cut(evidence: Evidence) -> Finding:
    remote, asked = evidence.people.remote, requests(evidence, "me")

    def findings() -> Iterator[Finding | None]:
        yield present(asked, "The request did not come.", Level.SHOULD)
        if asked[0].sender != remote:
            yield broken(Level.SHOULD, f"It came from {asked[0].sender}, and should come from {remote}.", asked[0])
        wrong = next((one for one in pushed_to(evidence, ["me"], remote, STATES["F"], "grants") if one), None)
        if wrong is not None:
            yield broken(Level.SHOULD, f"The bare JID was approved. {wrong.words}")

    return first(findings(), "It came from the bare JID, which could be approved.", *asked[:1])


# The roster


def _only_asked(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "subscribe", "event")
    yield from online("look", people.me)


def _judge_no_entry(evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield unpushed(evidence, "me", remote, "Who asks was pushed as an entry of the roster.")
        if evidence.roster("look-roster") is None:
            yield broken(Level.MUST, "The request for the roster afterwards got no result.")
        if evidence.held("look-roster", remote) is not None:
            yield broken(Level.MUST, "Who asks stands in the roster, though nobody has answered.")

    return first(findings(), "Who asks is neither pushed nor in the roster.")


def _listed_asks(people: People) -> Script:
    yield from online("me", people.me)
    yield from lists(people)
    yield from comes(people, "subscribe", "event")
    yield from online("look", people.me)


def _judge_entry_stays(evidence: Evidence) -> Finding:
    entry = evidence.held("look-roster", evidence.people.remote)
    if entry is None:
        return broken(Level.SHOULD, "The request that waits hides the entry: the roster does not have it any more.")
    if (entry.name, entry.groups) != ("Listed", tuple(evidence.people.groups[:1])):
        return broken(Level.SHOULD, "The request that waits has taken the name or the group from the entry.")
    return kept("The entry of the user's is in the roster as it was.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.3/delivered-now",
        Level.MUST,
        "A request is delivered at once to every available resource, whatever its priority.",
        "The user sits in front of a device that says nothing, and finds the request at the next login.",
        "A contact at the component asks a user with two available resources, one of negative priority.",
        "The subscribe at both.",
        _two_available,
        _judge_all,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/available-only",
        Level.SHOULD,
        "A request is not delivered to resources that are connected and not available.",
        "A client that has not shown itself, such as a bot that edits the roster, is asked for a decision.",
        "A contact at the component asks a user; one resource is available, one never was, one is no longer.",
        "The subscribe at the first alone.",
        _some_not_available,
        _judge_available_only,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/to-cut",
        Level.SHOULD,
        "A request that comes for one resource goes to all, as if it had come for the account.",
        "Only one device is asked, or none when it has gone meanwhile.",
        "The component sends a subscribe to the full JID of one of two available resources.",
        "The subscribe at both.",
        _asks_resource,
        _judge_to_cut,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/from-cut",
        Level.SHOULD,
        "A request that comes from a resource is one of its account.",
        "The approval goes to an address that is gone tomorrow, and the roster has entries with resources.",
        "The component sends a subscribe from a full JID, and the user approves the bare one.",
        "A subscribe from the bare JID, and a push with subscription=from for that.",
        _resource_asks,
        _judge_from_cut,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/no-entry",
        Level.MUST,
        "Who asks is neither pushed nor in the roster before the user has answered.",
        "Anybody can write into the roster of anybody.",
        "A contact at the component asks the user, who logs in a second time.",
        "No push about who asks, and a roster without an entry for that JID.",
        _only_asked,
        _judge_no_entry,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/entry-stays",
        Level.SHOULD,
        "An entry that the user has made stays in the roster while its contact's request waits.",
        "A friend vanishes from the list at the very moment when that friend asks.",
        "The user adds a contact at the component with a name and a group, the contact asks, the user logs in again.",
        "The entry with its name and its group.",
        _listed_asks,
        _judge_entry_stays,
        component=True,
    ),
)
