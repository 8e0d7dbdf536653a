"""What all four kinds of subscription stanza have in common on their way out: stamped with bare JIDs, then pushed.

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.subscriptions_judging import unpushed
from rosterkit.conformance.server.cases.subscriptions_kinds import Kind, over
from rosterkit.conformance.server.cases.subscriptions_moves import KNOWING, knowing, led, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import begins, first, present, pushed_to
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online
from rosterkit.conformance.server.tables import OUTBOUND, STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


_KINDS = (
    Kind(OUTBOUND, "subscribe", "3.1.2", "N", "A request"),
    Kind(OUTBOUND, "subscribed", "3.1.5", "NI", "An approval"),
    Kind(OUTBOUND, "unsubscribed", "3.2.2", "F", "The end of a subscription that the user had given"),
    Kind(OUTBOUND, "unsubscribe", "3.3.2", "T", "The end of the user's own subscription"),
)
#: What leaves nothing but the contact's request, which hides the entry.
_HIDDEN = Kind(OUTBOUND, "unsubscribe", "3.3.2", "TI", "The end of the user's own subscription")


def _says(kind: Kind, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, kind.state)
    yield from says("me", kind.type, people.remote, "event")


def _judge_stamp(kind: Kind, evidence: Evidence) -> Finding:
    people = evidence.people
    routed = evidence.presences(COMPONENT, "event", kind.type, people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, people.remote)
        yield present(routed, f"The {kind.type} did not come.")
        if routed[0].sender != people.me:
            words = f"It came from {routed[0].sender}, and should come from {people.me}."
            yield broken(Level.MUST, words, routed[0])
        if routed[0].to != people.remote:
            yield broken(Level.MUST, f"It came for {routed[0].to}, and was sent to {people.remote}.", routed[0])

    return first(findings(), "It came from the bare JID.", *routed[:1])


def _says_beside_another(kind: Kind, people: People) -> Script:
    yield from knowing(people)
    yield from led(people, kind.state)
    yield from says("me", kind.type, people.remote, "event")


def _judge_push(kind: Kind, evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, remote)
        yield from pushed_to(evidence, KNOWING, remote, kind.after)

    return first(findings(), f"Both resources that know the roster were pushed {kind.after.name}.")


def _leaves_beside_deaf(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("deaf", people.me, roster=False)
    yield from led(people, "T")
    yield from says("me", "unsubscribe", people.remote, "event")


def _judge_deaf(evidence: Evidence) -> Finding:
    words = "The push came to a resource that has not asked for the roster, too."

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["T"], evidence.people.remote)
        yield unpushed(evidence, "deaf", None, words, Level.SHOULD)

    return first(findings(), "No push came to the resource that has not asked for the roster.")


def _stamped(kind: Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/from-bare",
        Level.MUST,
        f"{kind.words} goes to another server from the bare JID of the user.",
        "The other server takes it for a word of somebody else, and the two rosters disagree from then on.",
        f"In {kind.before.name} the user sends {kind.type} to a contact at the component.",
        f"A {kind.type} from the user's bare JID at the component.",
        partial(_says, kind),
        partial(_judge_stamp, kind),
        component=True,
    )


def _pushed(kind: Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/pushed",
        Level.MUST,
        f"{kind.words} is pushed to every resource that has asked for the roster.",
        "Another device of the user goes on showing the state of before.",
        f"In {kind.before.name} the user sends {kind.type}; a second resource has asked for the roster and is "
        "not available.",
        f"A push with {kind.after.name} at both.",
        partial(_says_beside_another, kind),
        partial(_judge_push, kind),
        component=True,
    )


CASES: tuple[ServerCase, ...] = (
    *(make(kind) for kind in _KINDS for make in (_stamped, _pushed)),
    ServerCase(
        "rfc6121/3.3.2/not-asked-not-told",
        Level.SHOULD,
        "The end of the user's own subscription is pushed to no resource that has not asked for the roster.",
        "A client without a list is told of changes in it, and may answer with errors.",
        f"In {STATES['T'].name} the user sends unsubscribe; a second resource is available and has not asked for the "
        "roster.",
        "No push at the second.",
        _leaves_beside_deaf,
        _judge_deaf,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.3.2/pushed-while-asked",
        Level.SHOULD,
        "The end of the user's own subscription is pushed also where a request that waits hides the entry then.",
        "Until the next login every device shows a subscription that is over.",
        f"In {_HIDDEN.before.name} the user sends unsubscribe; a second resource has asked for the roster and "
        "is not available.",
        "A push with subscription=none, or one that removes the entry, at both.",
        partial(_says_beside_another, _HIDDEN),
        partial(over, _HIDDEN),
        component=True,
    ),
)
