"""What the three kinds of notice have in common: who hears of them, in what order, and what if nobody is there.

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase, shown
from rosterkit.conformance.server.cases.subscriptions_judging import ordered, stands
from rosterkit.conformance.server.cases.subscriptions_kinds import Kind, over
from rosterkit.conformance.server.cases.subscriptions_moves import KNOWING, comes, knowing, leaves, led
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import begins, first, present, pushed_to
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online
from rosterkit.conformance.server.tables import INBOUND
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


_KINDS = (
    Kind(INBOUND, "subscribed", "3.1.6", "NO", "an approval"),
    Kind(INBOUND, "unsubscribed", "3.2.3", "T", "the end of the user's subscription"),
    Kind(INBOUND, "unsubscribe", "3.3.3", "F", "the end of the contact's subscription"),
)
#: What leaves nothing but the contact's request, which hides the entry.
_HIDDEN = Kind(INBOUND, "unsubscribed", "3.2.3", "TI", "the end of the user's subscription")


def _comes(kind: Kind, people: People) -> Script:
    yield from knowing(people)
    yield from led(people, kind.state)
    yield from comes(people, kind.type, "event")


def _judge_heard(kind: Kind, evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, remote)
        for line in KNOWING:
            notices = evidence.presences(line, "event", kind.type, remote)
            yield present(notices, f"The {kind.type} did not come on the line {line}.")
        yield from pushed_to(evidence, KNOWING, remote, kind.after)

    return first(findings(), f"Both resources got the {kind.type}, and a push with {kind.after.name}.")


def _comes_to_one(kind: Kind, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, kind.state)
    yield from comes(people, kind.type, "event")


def _judge_order(kind: Kind, evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, remote)
        yield ordered(evidence, "me", kind.type, remote)

    return first(findings(), f"The {kind.type} came, and then the push.")


def _comes_while_offline(kind: Kind, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, kind.state)
    yield from leaves("me")
    yield from comes(people, kind.type, "event")
    yield from online("look", people.me)


def _judge_offline(kind: Kind, evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, remote)
        yield stands(evidence, "look-roster", remote, kind.after)

    return first(findings(), f"At the next login the roster shows {kind.after.name}.")


def _judge_kept(evidence: Evidence) -> Finding:
    late = [
        seen
        for mark in ("look-roster", "look-presence")
        for seen in evidence.presences("look", mark, "subscribed", evidence.people.remote)
    ]
    words = "is delivered at the next login" if late else "is not kept for the next login"
    return shown(f"An approval that comes while the user is offline {words}.", *late)


def _heard(kind: Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/heard",
        Level.MUST,
        f"Every resource that has asked for the roster is told of {kind.words}, by the stanza and by a push.",
        "A device that is connected and not shown as available does not learn what has become of a contact.",
        f"In {kind.before.name} the component sends {kind.type}; the user has one resource that is available "
        "and one that has only asked for the roster.",
        f"The {kind.type} and a push with {kind.after.name} at both.",
        partial(_comes, kind),
        partial(_judge_heard, kind),
        component=True,
    )


def _before_push(kind: Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/before-push",
        Level.MUST,
        f"The stanza about {kind.words} is delivered before the push that it causes.",
        "A client that goes by what comes shows a change, and the reason for it too late.",
        f"In {kind.before.name} the component sends {kind.type} for its contact.",
        f"The {kind.type} first, then the push.",
        partial(_comes_to_one, kind),
        partial(_judge_order, kind),
        component=True,
    )


def _while_offline(kind: Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/while-offline",
        Level.MUST,
        f"When {kind.words} comes from another server while the user is offline, the roster is changed all the same.",
        "The two servers disagree for good, as nobody says it a second time.",
        f"In {kind.before.name} the user logs out, the component sends {kind.type}, the user logs in.",
        f"A roster with {kind.after.name}.",
        partial(_comes_while_offline, kind),
        partial(_judge_offline, kind),
        component=True,
    )


CASES: tuple[ServerCase, ...] = (
    *(make(kind) for kind in _KINDS for make in (_heard, _before_push, _while_offline)),
    ServerCase(
        "rfc6121/3.2.3/pushed-while-asked",
        Level.SHOULD,
        "An end of the user's subscription that comes is pushed also where a request that waits hides the entry.",
        "Until the next login every device that goes by pushes shows a subscription that is over.",
        f"In {_HIDDEN.before.name} the component sends unsubscribed; the user has one resource that is "
        "available and one that has only asked for the roster.",
        "A push with subscription=none, or one that removes the entry, at both.",
        partial(_comes, _HIDDEN),
        partial(over, _HIDDEN),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.6/notice-kept",
        Level.MAY,
        "Whether an approval that comes while the user is offline is told at the next login is the server's choice.",
        "The user learns of it from the roster alone.",
        "The user asks a contact at the component and logs out, the contact approves, the user logs in.",
        "The subscribed at the login, or nothing.",
        partial(_comes_while_offline, _KINDS[0]),
        _judge_kept,
        component=True,
    ),
)
