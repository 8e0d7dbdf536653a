"""What a push is, and what becomes of the answers to it (RFC 6121 §2.1.6).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import Judge, ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import all_pushes, answered, entry, quoted, told_by_push
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, friends, removed
from rosterkit.conformance.server.cases.subscriptions_moves import comes, says
from rosterkit.conformance.server.checks_rosters import (
    pushes_come_from_account,
    pushes_have_ids,
    pushes_have_one_item,
    pushes_have_own_ids,
)
from rosterkit.conformance.server.evidence import Evidence, is_push
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Look, Mute, Say, Script, Stuck, online, told
from rosterkit.conformance.verdicts import Finding, Level, Verdict, inconclusive

__all__ = ["CASES"]

_NO_PUSH = "No push came, so nothing can be said of pushes."


# What they are


def _two_at_once(people: People) -> Script:
    """Two edits in one breath, and one after it."""
    one, two = friends(people, 2)
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield Say("me", stanzas.roster_set("first", item(one, "Rosaline")), "first")
    yield from edited("me", "second", item(two, "Petruchio"))
    yield from edited("me", "third", item(one, "Rosalind"))


def _every_way(people: People) -> Script:
    """Whatever leads to pushes: edits, what the user says about subscriptions, and what the contact says."""
    yield from online("me", people.me)
    yield from edited("me", "add", item(people.remote, "Romeo"))
    yield from says("me", "subscribe", people.remote)
    yield from comes(people, "subscribed")
    yield from comes(people, "subscribe")
    yield from says("me", "subscribed", people.remote)
    yield from comes(people, "unsubscribe")
    yield from removed("me", "remove", people.remote)


def _each(*checks: Callable[[Evidence], Finding | None]) -> Judge:
    """The judge of cases in which every push of the play has to be right, by checks that are made in every play."""

    def judge(evidence: Evidence) -> Finding:
        found = [finding for check in checks if (finding := check(evidence)) is not None]
        if not found:
            return inconclusive(_NO_PUSH)
        wrong = (finding for finding in found if finding.verdict is not Verdict.PASS)
        return first(wrong, found[0].words, *all_pushes(evidence, "me", "me-2"))

    return judge


def _is_for_the_resource(evidence: Evidence, push: Seen) -> Finding | None:
    """Without a ``to`` it is for the resource to which it comes (RFC 6120 §8.1.1.1)."""
    full = evidence.jid(push.session or "")
    if push.to in (None, full):
        return None
    if push.to.lower() == evidence.people.me:
        return broken(Level.SHOULD, f"A push for {full} has {quoted(push.to)} in its to.", push)
    return broken(Level.MUST, f"A push for {quoted(push.to)} came to {full}.", push)


def _for_the_resource(evidence: Evidence) -> Finding:
    pushes = all_pushes(evidence, "me", "me-2")
    if not pushes:
        return inconclusive(_NO_PUSH)
    return first((_is_for_the_resource(evidence, push) for push in pushes), "Each push is for its resource.", *pushes)


# What clients answer to them


def _answers_twice(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield Mute("me")
    yield from edited("me", "event", item(friend(people), "Rosaline"))
    push = next((seen for seen in (yield Look("me")) if is_push(seen) and seen.id), None)
    if push is None:
        raise Stuck("No push with an id came, so it cannot be answered.")
    yield from told("me", stanzas.iq("result", push.id), "result")
    yield from told("me", stanzas.iq("error", push.id, stanzas.error("service-unavailable")), "error")
    yield from told("me", stanzas.iq("result", "never-asked"), "stray")


def _end_here(evidence: Evidence) -> Finding:
    for mark in ("result", "error", "stray"):
        for line in ("me", "me-2"):
            came = evidence.came(line, mark, lambda seen: seen.name == "iq")
            if came:
                words = f"What a client answered to a push ({mark}) brought an iq to the line {line}."
                return broken(Level.MUST, words, came[0])
    return kept("Nobody heard anything of the client's answers.")


def _one_is_mute(people: People) -> Script:
    one, two = friends(people, 2)
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield Mute("me-2")
    yield from edited("me", "first", item(one, "Rosaline"))
    yield from edited("me", "second", item(two, "Petruchio"))


def _not_waited_for(evidence: Evidence) -> Finding:
    one, two = friends(evidence.people, 2)

    def findings() -> Iterator[Finding | None]:
        for mark, wanted in (("first", entry(one, "Rosaline")), ("second", entry(two, "Petruchio"))):
            yield answered(evidence, mark)
            for line in ("me", "me-2"):
                yield told_by_push(evidence, line, wanted, mark)

    return first(findings(), "Both edits were answered and pushed, though one client answers nothing.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.6/one-item",
        Level.MUST,
        "A push has exactly one item.",
        "Clients refuse a push with more or fewer items, and their rosters go astray.",
        "Two entries are added in one breath, and one of them is changed.",
        "One item in every push.",
        _two_at_once,
        _each(pushes_have_one_item),
    ),
    ServerCase(
        "rfc6121/2.1.6/own-ids",
        Level.MUST,
        "Every push has an id, and no two pushes to a resource have the same.",
        "Which push a client has answered, or refused, cannot be told.",
        "Three edits are pushed to two resources.",
        "An id in each of six pushes, and three different ones at each resource.",
        _two_at_once,
        _each(pushes_have_own_ids, pushes_have_ids),
    ),
    ServerCase(
        "rfc6121/2.1.6/from-the-account",
        Level.MUST,
        "Every push comes from the account's bare JID or has no from, whatever has caused it.",
        "Clients that keep strangers out of the roster ignore the server's own pushes.",
        "An entry is added and removed, and the user and a contact of another server change the subscription.",
        "No push from a domain or a full JID.",
        _every_way,
        _each(pushes_come_from_account),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.1.6/to-the-resource",
        Level.MUST,
        "Every push is addressed to the resource that it comes to, or to nobody.",
        "Clients that look at the to ignore the push.",
        "Edits are pushed to two resources.",
        "The full JID of the resource in each push, or no `to`, which means the same.",
        _two_at_once,
        _for_the_resource,
    ),
    ServerCase(
        "rfc6121/2.1.6/answers-end-here",
        Level.MUST,
        "What a client answers to a push ends at the server: it is neither answered nor passed on.",
        "Clients get answers to what they have never asked, and answer in turn.",
        "A push is answered with a result and then with an error; then comes an answer to nothing.",
        "No iq at either of the two resources.",
        _answers_twice,
        _end_here,
    ),
    ServerCase(
        "rfc6121/2.1.6/not-waited-for",
        Level.MUST,
        "The server goes on answering and pushing although a client answers no push.",
        "One silent device keeps all the others from working.",
        "Of two resources one answers nothing; the other makes two edits.",
        "A result and two pushes for each.",
        _one_is_mute,
        _not_waited_for,
    ),
)
