"""Approvals: who sees whom after one, and what one that nobody wanted does (RFC 6121 §3.1.5, §3.1.6).

Tests: ``tests/conformance/test_server_approvals.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.subscriptions_judging import unpushed
from rosterkit.conformance.server.cases.subscriptions_moves import comes, lists, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_AWAY = "<show>away</show><status>In the orchard</status>"


# Presence goes to whom the user approves


def _approves(local: bool, people: People) -> Script:
    if local:
        yield from online("contact", people.contact)
    yield from online("me", people.me, presence=stanzas.presence(children=_AWAY))
    yield from online("me-2", people.me)
    if local:
        yield from says("contact", "subscribe", people.me)
    else:
        yield from comes(people, "subscribe")
    yield from says("me", "subscribed", people.contact if local else people.remote, "event")


def _child(seen: Seen, name: str) -> str | None:
    return seen.element.findtext(f"{{*}}{name}") if seen.element is not None else None


def _judge_shown(local: bool, evidence: Evidence) -> Finding:
    where = "contact" if local else COMPONENT
    answers = evidence.presences(where, "event", "subscribed", evidence.people.me)
    shown = [evidence.presences(where, "event", None, evidence.jid(line)) for line in ("me", "me-2")]

    def findings() -> Iterator[Finding | None]:
        yield present(answers, "The approval did not come.")
        for line, seen in zip(("me", "me-2"), shown, strict=True):
            yield present(seen, f"The presence of the resource on the line {line} did not come after the approval.")
        if shown[0][-1].number < answers[0].number:  # the other resource may be a process of its own at the server
            words = "The user's presence came before the approval, when it was not expected yet."
            yield broken(Level.SHOULD, words, shown[0][-1], answers[0])
        if (_child(shown[0][-1], "show"), _child(shown[0][-1], "status")) != ("away", "In the orchard"):
            yield broken(Level.MUST, "What came is not the presence that the resource has now.", shown[0][-1])

    return first(findings(), "After the approval the presence of both resources came.", *answers[:1])


def _approves_out_of_the_blue(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribed", people.remote, "event")
    yield from told("me", stanzas.presence(children="<show>away</show>"), "moves")


def _judge_blue(evidence: Evidence) -> Finding:
    me = evidence.people.me
    seen = [one for mark in ("event", "moves") for one in evidence.presences(COMPONENT, mark, None, me)]
    found = absent(seen, "Presence of the user went to somebody who has not asked for it.")
    return first([found], "No presence went to somebody who has not asked for it.")


# Approvals that nobody wanted


def _listed_approves(people: People) -> Script:
    yield from online("me", people.me)
    yield from lists(people)
    yield from comes(people, "subscribed", "event")
    yield from fetched("me", "after")


def _judge_unwanted(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    entry = evidence.held("after", remote)

    def findings() -> Iterator[Finding | None]:
        yield unpushed(evidence, "me", remote, "The approval was pushed, though the user has never asked.")
        if entry is not None and entry.state != ("none", False):
            yield broken(Level.MUST, f"The roster shows subscription={entry.subscription}, though nobody has asked.")
        notices = evidence.presences("me", "event", "subscribed", remote)
        yield absent(notices, "The approval was delivered, though the user has never asked.")

    return first(findings(), "The approval was neither delivered nor pushed.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.5/presence-follows-remote",
        Level.MUST,
        "After an approval the presence of each of the user's available resources goes to the contact's server.",
        "The contact sees nobody until the user's presence changes the next time, or sees one device of two.",
        "A user with two available resources, one of them away, approves a contact at the component.",
        "The subscribed, behind it the presence of the resource that has approved, and the other's, as it is now.",
        partial(_approves, False),
        partial(_judge_shown, False),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.5/presence-follows-local",
        Level.MUST,
        "After an approval the presence of each available resource goes to a contact of the same server.",
        "Somebody who lives next door is the only one who does not see the user.",
        "A user with two available resources, one of them away, approves an account that is online.",
        "The subscribed, behind it the presence of the resource that has approved, and the other's, as it is now.",
        partial(_approves, True),
        partial(_judge_shown, True),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/3.1.5/unasked",
        Level.MUST,
        "An approval for somebody who has not asked sends no presence to anybody.",
        "Somebody who wants nothing of the user gets the user's presence, and cannot stop it.",
        "The user sends subscribed to a contact at the component who has not asked, and changes the presence.",
        "No presence of the user's at the component.",
        _approves_out_of_the_blue,
        _judge_blue,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.6/not-asked-for",
        Level.MUST,
        "An approval from somebody who stands in the roster and was never asked changes nothing.",
        "Anybody can make the user's roster show a subscription that nobody wanted.",
        "The user adds a contact at the component without asking, and the component sends subscribed.",
        "Neither the subscribed nor a push, and subscription=none.",
        _listed_approves,
        _judge_unwanted,
        component=True,
    ),
)
