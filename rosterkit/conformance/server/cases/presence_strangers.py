"""Probes of those who may not see the user: nothing is told, and nothing tells who has an account (RFC 6121 §4.3.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.approvals_beforehand import offered
from rosterkit.conformance.server.cases.presence_judging import begun, heard, kinds, spared, told_nothing
from rosterkit.conformance.server.cases.presence_steps import (
    AWAY,
    INITIAL,
    comes,
    entered,
    from_remote,
    others,
    probes,
)
from rosterkit.conformance.server.cases.subscriptions_moves import says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, fetched
from rosterkit.conformance.verdicts import Finding, Level, inconclusive

__all__ = ["CASES"]


# Somebody whom the user does not know


def _stranger(people: People) -> Script:
    yield from comes(people, "me", AWAY)
    yield from probes(people.remote, people.me)


def _judge_stranger(evidence: Evidence) -> Finding:
    finding = told_nothing(evidence, evidence.people.remote)
    return first([finding], "The stranger was not told that the user is there.")


def _judge_unsubscribed(evidence: Evidence) -> Finding:
    people = evidence.people
    answers = heard(evidence, people.remote, "probe", "unsubscribed", people.me)

    def findings() -> Iterator[Finding | None]:
        yield present(answers, "The stranger's probe was not answered with unsubscribed.", Level.SHOULD)
        for one in answers:
            if "/" in (one.sender or ""):
                yield broken(Level.SHOULD, f"The answer is from {one.sender}, which names a resource.", one)

    return first(findings(), "The stranger's probe was answered with unsubscribed.", *answers)


def _missing(people: People) -> Script:
    yield from _stranger(people)
    yield from probes(people.remote, people.nobody, "nobody")


def _answer(evidence: Evidence, mark: str, whose: str) -> tuple[str, list[Seen]]:
    """What answers a probe of ``whose``, in words and as it came."""
    answers = heard(evidence, evidence.people.remote, mark, "*", whose)
    return kinds(answers), answers


def _judge_missing(evidence: Evidence) -> Finding:
    there, seen = _answer(evidence, "probe", evidence.people.me)
    nobody, seen_of_nobody = _answer(evidence, "nobody", evidence.people.nobody)
    if there != nobody:
        words = f"Of an account the answer is {there}, of one that does not exist {nobody}."
        return broken(Level.SHOULD, words, *seen, *seen_of_nobody)
    return kept(f"The answer is {there} in both cases.", *seen, *seen_of_nobody)


def _full(people: People) -> Script:
    full = yield from comes(people, "me", AWAY)
    yield from probes(people.remote, full)
    yield from probes(people.remote, f"{people.me}/{people.token('void')}", "void")


def _judge_full(evidence: Evidence) -> Finding:
    people = evidence.people
    there, seen = _answer(evidence, "probe", people.me)
    void, seen_of_void = _answer(evidence, "void", people.me)

    def findings() -> Iterator[Finding | None]:
        yield from spared(evidence, "probe", (people.remote,), (None,))
        if there != void:
            words = f"Of a resource the answer is {there}, of one that is not there {void}."
            yield broken(Level.MUST, words, *seen, *seen_of_void)
        yield from spared(evidence, "probe", ("me",), ("probe",), people.remote, Level.SHOULD)

    return first(findings(), f"The answer is {there}, whether the resource is there or not.", *seen, *seen_of_void)


# Somebody who is known, and may not see


def _others(people: People) -> Script:
    yield from entered(people, others(people), presence=INITIAL)
    for contact, mark in ((people.remote, "to"), (people.other_remote, "out"), (people.third_remote, "in")):
        yield from probes(contact, people.me, mark)


def _judge_others(evidence: Evidence) -> Finding:
    people = evidence.people
    asked = (("to", people.remote), ("out", people.other_remote), ("in", people.third_remote))
    found = (told_nothing(evidence, contact, mark) for mark, contact in asked)
    return first(found, "None of them was told anything.")


def _cancelled(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from says("me", "unsubscribed", people.remote, "cancels")
    yield from probes(people.remote, people.me)


def _judge_cancelled(evidence: Evidence) -> Finding:
    finding = told_nothing(evidence, evidence.people.remote)
    return first([finding], "The contact was not told that the user is there.")


# Pre-approval (§3.4)


def _approved(people: People) -> Script:
    yield from comes(people, "me")
    yield from says("me", "subscribed", people.remote, "approves")
    yield from fetched("me", "before")
    yield from probes(people.remote, people.me)
    yield from fetched("me", "after")
    yield from from_remote(people.remote, people.me, "asks", "subscribe")


def _shows_approval(evidence: Evidence, mark: str) -> bool:
    held = evidence.held(mark, evidence.people.remote)
    return held is not None and held.approved


def _judge_approved(evidence: Evidence) -> Finding:
    people = evidence.people
    before, after = _shows_approval(evidence, "before"), _shows_approval(evidence, "after")
    granted = heard(evidence, people.remote, "asks", "subscribed", people.me)
    answers = evidence.answers("after")
    if before and not after:
        return broken(Level.MUST, "After the probe the contact is not approved any more.", *answers)
    if after or granted:
        return kept("After the probe the contact is approved as before.", *answers, *granted)
    return inconclusive("Neither the roster nor the answer to a request shows that the contact was ever approved.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.3.2/stranger",
        Level.MUST,
        "The probe of a stranger tells nothing of whether the user is there, or where.",
        "Anybody can follow when the user is online.",
        "Somebody at the component who is not in the roster probes a user who is available.",
        "No available presence, and no resource in whatever answers.",
        _stranger,
        _judge_stranger,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/unsubscribed",
        Level.SHOULD,
        "The probe of a stranger is answered with unsubscribed from the bare JID.",
        "A server that believes in a subscription of which this one knows nothing is never put right.",
        "Somebody at the component who is not in the roster probes a user who is available.",
        "Presence of type unsubscribed from the bare JID.",
        _stranger,
        _judge_unsubscribed,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/missing-account",
        Level.SHOULD,
        "The probe of an account that does not exist is answered like a stranger's probe of one that does.",
        "Whoever sends advertisements finds out which addresses exist.",
        "Somebody at the component probes a user who does not know it, and an account that does not exist.",
        "The same answer twice.",
        _missing,
        _judge_missing,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/full-jid-of-stranger",
        Level.MUST,
        "A stranger who names a resource in its probe is not told whether that resource is there.",
        "Somebody who has once seen a full JID can follow when the user is online.",
        "Somebody at the component who is not in the roster probes the full JID of a user who is available, and one "
        "that is not there.",
        "The same answer twice, no presence, and no probe at the client.",
        _full,
        _judge_full,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/other-states",
        Level.MUST,
        "A contact who is only in To, or with whom a request is open, is told nothing by its probe.",
        "Whoever asks for a subscription, or has given one, sees the user without being allowed to.",
        "Contacts at the component in To, Pending Out and Pending In probe a user who is available.",
        "No available presence, and no resource in whatever answers.",
        _others,
        partial(begun, _judge_others),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/after-cancelling",
        Level.MUST,
        "A contact whose subscription the user has cancelled is told nothing by its probe.",
        "Somebody from whom the user has hidden goes on seeing it.",
        "A contact at the component is in From, the user cancels the subscription, and the contact probes.",
        "No available presence, and no resource in whatever answers.",
        _cancelled,
        partial(begun, _judge_cancelled),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/pre-approval-stays",
        Level.MUST,
        "A probe does not take a pre-approval away.",
        "The contact whom the user has let in beforehand has to wait for an answer after all.",
        "The user approves a contact at the component beforehand, and the contact probes.",
        "The roster shows the approval as before, or a request of the contact is granted.",
        _approved,
        offered(_judge_approved),
        component=True,
    ),
)
