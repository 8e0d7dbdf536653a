"""Adding an entry, and what a set cannot do (RFC 6121 §2.1.2, §2.1.5, §2.3).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import answered, entry, quoted, stored, told_by_push
from rosterkit.conformance.server.cases.rosters_steps import LOOK, edited, friend, looked
from rosterkit.conformance.server.cases.subscriptions_judging import routed
from rosterkit.conformance.server.cases.subscriptions_moves import comes
from rosterkit.conformance.server.evidence import Evidence, Held, pushed_item
from rosterkit.conformance.server.judging import absent, first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Leave, Script, online
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_UNKNOWN = "<colour xmlns='urn:example:colour'>blue</colour>"


def _added(people: People) -> Held:
    return entry(friend(people), "Rosaline", people.groups[:2])


def _item(people: People) -> str:
    return item(friend(people), people.groups[:2], name="Rosaline")


# Adding


def _adds(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "event", _item(people))
    yield from looked(people)


def _one_result(evidence: Evidence) -> Finding:
    refusal = answered(evidence)
    if refusal is not None:
        return refusal
    answers = evidence.answers("event")
    if len(answers) > 1:
        return broken(Level.MUST, f"One set got {len(answers)} answers.", *answers)
    if (answers[0].sender or evidence.people.me).lower() != evidence.people.me:
        return broken(Level.MUST, f"The result comes from {quoted(answers[0].sender)}.", *answers)
    return kept("One result.", *answers)


def _leaves(people: People) -> Script:
    yield from online("me", people.me)
    yield from edited("me", "event", _item(people))
    yield Leave("me", mark="gone")
    yield from looked(people)


def _still_there(evidence: Evidence) -> Finding:
    found = [answered(evidence), stored(evidence, _added(evidence.people))]
    return first(found, "The entry has outlived the session.")


def _pushed_as_given(evidence: Evidence) -> Finding:
    wanted = _added(evidence.people)
    return first([told_by_push(evidence, "me", wanted)], "The push has name and groups as they were given.")


def _at_none(evidence: Evidence) -> Finding:
    """Whatever else the entry says."""
    jid = friend(evidence.people)
    held = evidence.held(LOOK, jid)
    pushes = evidence.pushes("me", "event", jid)

    def findings() -> Iterator[Finding | None]:
        yield answered(evidence)
        if held is None:
            yield broken(Level.MUST, "The entry is not in the roster.")
        elif held.state != ("none", False):
            yield broken(Level.MUST, f"The new entry has subscription={quoted(held.subscription)}.")
        for push in pushes:
            if pushed_item(push).state != ("none", False):
                yield broken(Level.MUST, "The push of the new entry says that there is a subscription.", push)

    return first(findings(), "The new entry has subscription=none.", *pushes)


# What a set cannot do


def _without_effect(people: People, jid: str, **attributes: str) -> Script:
    yield from online("me", people.me)
    yield from edited("me", "event", item(jid, name="Romeo", **attributes))
    yield from looked(people)


def _with_subscription(people: People) -> Script:
    yield from _without_effect(people, friend(people), subscription="both")


def _with_ask(people: People) -> Script:
    yield from _without_effect(people, people.remote, ask="subscribe")


def _with_approval(people: People) -> Script:
    yield from _without_effect(people, people.remote, approved="true")
    yield from comes(people, "subscribe", "request")


def _of_none(
    who: Callable[[People], str], shows: Callable[[Held], bool], effect: Callable[[Evidence], Finding | None]
) -> Callable[[Evidence], Finding]:
    """The judge of what a set cannot do: it has no effect (MUST), and the set is taken otherwise (SHOULD)."""

    def judge(evidence: Evidence) -> Finding:
        jid = who(evidence.people)
        held = evidence.held(LOOK, jid)

        def findings() -> Iterator[Finding | None]:
            if held is not None and shows(held):
                yield broken(Level.MUST, "The roster shows what a client cannot set.")
            for push in evidence.pushes("me", "event", jid):
                if shows(pushed_item(push)):
                    yield broken(Level.MUST, "The push shows what a client cannot set.", push)
            yield effect(evidence)
            yield answered(evidence, level=Level.SHOULD)
            if held is None:
                yield broken(Level.SHOULD, "The entry was not stored.")

        return first(findings(), "The entry is stored, and the attribute has no effect.")

    return judge


def _no_request(evidence: Evidence) -> Finding | None:
    return absent(routed(evidence), "The set has asked the contact for its presence.")


def _no_approval(evidence: Evidence) -> Finding | None:
    replies = evidence.presences(COMPONENT, "request", "subscribed", evidence.people.me)
    return absent(replies, "The set has approved a request before it came.")


def _with_unknown(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited(
        "me", "event", item(friend(people), people.groups[:2], _UNKNOWN, name="Rosaline", colour="blue")
    )
    yield from looked(people)


def _unknown_passed_over(evidence: Evidence) -> Finding:
    found = [answered(evidence, level=Level.SHOULD), stored(evidence, _added(evidence.people))]
    return first(found, "The entry is stored with what the server knows of it.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.2.1/approved-in-set",
        Level.MUST,
        "The approved of an item in a set has no effect.",
        "A request is granted that the user has not granted by the way that is there for it.",
        "An entry is added with approved=true for a contact of another server, who then asks for a subscription.",
        "An entry without approval, and no answer to the request.",
        _with_approval,
        _of_none(attrgetter("remote"), lambda held: held.approved, _no_approval),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.1.2.2/ask-in-set",
        Level.MUST,
        "The ask of an item in a set has no effect.",
        "The list shows a request that was never sent, and the user waits for its answer.",
        "An entry with ask=subscribe is added for a contact of another server.",
        "An entry without ask, and no request at the contact.",
        _with_ask,
        _of_none(attrgetter("remote"), lambda held: held.ask, _no_request),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.1.5/both-in-set",
        Level.MUST,
        "The subscription of an item in a set has no effect on a new entry.",
        "Who wants to see somebody's presence just writes into the own roster that it is so.",
        "An entry with subscription=both is added.",
        "An entry with subscription=none.",
        _with_subscription,
        _of_none(friend, lambda held: held.subscription != "none", lambda _: None),
    ),
    ServerCase(
        "rfc6121/2.3.1/unknown-content",
        Level.SHOULD,
        "What the server does not know in an item is passed over (RFC 6120 §8.4).",
        "A client with an extension cannot add anybody.",
        "An entry is added that has an unknown attribute and an unknown child.",
        "A result, and the entry with its name and groups.",
        _with_unknown,
        _unknown_passed_over,
    ),
    ServerCase(
        "rfc6121/2.3.2/answered",
        Level.MUST,
        "A set that succeeds gets one result.",
        "The client shows an error, or waits, for what has been done.",
        "A resource adds an entry.",
        "One result with the id of the set, from the account.",
        _adds,
        _one_result,
    ),
    ServerCase(
        "rfc6121/2.3.2/outlives-session",
        Level.MUST,
        "An entry that was added outlives the session in which it was.",
        "The contacts are gone at the next login.",
        "A resource adds an entry and leaves; a new one asks for the roster.",
        "The entry with its name and its groups.",
        _leaves,
        _still_there,
    ),
    ServerCase(
        "rfc6121/2.3.2/pushed-as-given",
        Level.MUST,
        "The push of a new entry has the name and the groups that were given to it.",
        "The entry stands under a bare address and outside of its groups until the next login.",
        "A resource adds an entry with a name and two groups.",
        "A push with the same.",
        _adds,
        _pushed_as_given,
    ),
    ServerCase(
        "rfc6121/2.3.2/begins-at-none",
        Level.MUST,
        "A new entry has no subscription in either direction.",
        "Somebody sees the user without having been allowed to.",
        "A resource adds an entry.",
        "The push and the roster say subscription=none, or nothing of it.",
        _adds,
        _at_none,
    ),
)
