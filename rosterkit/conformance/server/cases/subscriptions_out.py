"""What all four kinds of subscription stanza have in common on their way out: stamped with bare JIDs, then pushed.

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.subscriptions_judging import present, pushed_to, unpushed
from rosterkit.conformance.server.cases.subscriptions_moves import led, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import begins, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online
from rosterkit.conformance.server.tables import OUTBOUND, STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


class _Kind(NamedTuple):
    """A type of stanza, the section about it, the state in which it is tried, and what it is in words."""

    type: str
    section: str
    state: str
    words: str

    @property
    def after(self) -> str:
        """The state afterwards."""
        return OUTBOUND[self.state, self.type].after


_KINDS = (
    _Kind("subscribe", "3.1.2", "N", "A request"),
    _Kind("subscribed", "3.1.5", "NI", "An approval"),
    _Kind("unsubscribed", "3.2.2", "F", "The end of a subscription that the user had given"),
    _Kind("unsubscribe", "3.3.2", "T", "The end of the user's own subscription"),
)


def _says(kind: _Kind, people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, kind.state)
    yield from says("me", kind.type, people.remote, "event")


def _judge_stamp(kind: _Kind, evidence: Evidence) -> Finding:
    people = evidence.people
    routed = evidence.presences(COMPONENT, "event", kind.type, people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES[kind.state], people.remote)
        yield present(routed, f"The {kind.type} did not come.")
        if routed[0].sender != people.me:
            words = f"It came from {routed[0].sender}, and should come from {people.me}."
            yield broken(Level.MUST, words, routed[0])
        if routed[0].to != people.remote:
            yield broken(Level.MUST, f"It came for {routed[0].to}, and was sent to {people.remote}.", routed[0])

    return first(findings(), "It came from the bare JID.", *routed[:1])


def _says_among_others(kind: _Kind, people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me, presence=None)
    yield from online("deaf", people.me, roster=False)
    yield from led(people, kind.state)
    yield from says("me", kind.type, people.remote, "event")


def _judge_push(kind: _Kind, evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES[kind.state], remote)
        yield from pushed_to(evidence, ("me", "me-2"), remote, STATES[kind.after])
        words = "The push came to a resource that has not asked for the roster, too."
        yield unpushed(evidence, "deaf", None, words, Level.SHOULD)

    return first(findings(), f"Both resources that know the roster were pushed {STATES[kind.after].name}.")


def _stamped(kind: _Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/from-bare",
        Level.MUST,
        f"{kind.words} goes to another server from the bare JID of the user.",
        "The other server takes it for a word of somebody else, and the two rosters disagree from then on.",
        f"In {STATES[kind.state].name} the user sends {kind.type} to a contact at the component.",
        f"A {kind.type} from the user's bare JID at the component.",
        partial(_says, kind),
        partial(_judge_stamp, kind),
        component=True,
    )


def _pushed(kind: _Kind) -> ServerCase:
    return ServerCase(
        f"rfc6121/{kind.section}/pushed",
        Level.MUST,
        f"{kind.words} is pushed to every resource that has asked for the roster, and to no other.",
        "Another device of the user goes on showing the state of before.",
        f"In {STATES[kind.state].name} the user sends {kind.type}; a second resource has asked for the roster and is "
        "not available, a third is available and has not asked for it.",
        f"A push with {STATES[kind.after].name} at the first two, none at the third.",
        partial(_says_among_others, kind),
        partial(_judge_push, kind),
        component=True,
    )


CASES: tuple[ServerCase, ...] = tuple(make(kind) for kind in _KINDS for make in (_stamped, _pushed))
