"""Approvals that are given before anybody has asked (RFC 6121 §3.4).

A server need not offer this; where it does not, there is nothing to judge.

Tests: ``tests/conformance/test_server_approvals.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server.case import Judge, ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.subscriptions_moves import KNOWING, knowing, lists, says
from rosterkit.conformance.server.evidence import Evidence, pushed_item
from rosterkit.conformance.server.judging import absent, first, present, pushed_to
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level, unsupported

__all__ = ["CASES", "approves", "offered", "takes_back"]

#: What a server that takes approvals beforehand has in its stream features.
_FEATURE = "{urn:xmpp:features:pre-approval}sub"


def offered(judge: Judge) -> Judge:
    """``judge``, where the server offers to take approvals beforehand."""

    def judged(evidence: Evidence) -> Finding:
        if not evidence.has_feature("me", _FEATURE):
            return unsupported("The server does not offer to take approvals beforehand.")
        return judge(evidence)

    return judged


# The mark


def approves(people: People) -> Script:
    """The user approves ``remote``, who has not asked, under the mark ``event``."""
    yield from knowing(people)
    yield from says("me", "subscribed", people.remote, "event")


def _judge_pushed(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        yield from pushed_to(evidence, KNOWING, evidence.people.remote, STATES["N"])
        for line in KNOWING:
            push = evidence.pushes(line, "event", evidence.people.remote)[-1]
            if not pushed_item(push).approved:
                yield broken(Level.MUST, f"The push on the line {line} does not say approved='true'.", push)

    return first(findings(), "Both resources were pushed an entry with approved='true'.")


def _approves_and_logs_in(people: People) -> Script:
    yield from online("me", people.me)
    yield from says("me", "subscribed", people.remote, "event")
    yield from online("look", people.me, presence=None)


def _judge_in_results(evidence: Evidence) -> Finding:
    entry = evidence.held("look-roster", evidence.people.remote)
    if entry is None:
        return broken(Level.MUST, "The roster has no entry for whom the user has approved.")
    if not entry.approved:
        return broken(Level.MUST, "The entry in the roster does not say approved='true'.")
    return kept("The roster has the entry with approved='true'.")


def _approves_listed(people: People) -> Script:
    yield from online("me", people.me)
    yield from lists(people, groups=2)
    yield from says("me", "subscribed", people.remote, "event")
    yield from fetched("me", "after")


def _judge_keeps_entry(evidence: Evidence) -> Finding:
    entry = evidence.held("after", evidence.people.remote)
    if entry is None:
        return broken(Level.MUST, "The entry that was there is gone.")
    if (entry.name, sorted(entry.groups)) != ("Listed", sorted(evidence.people.groups[:2])):
        return broken(Level.MUST, "The entry has lost its name or a group.")
    return kept("The entry has its name and its groups.")


def _judge_not_routed(evidence: Evidence) -> Finding:
    routed = evidence.presences(COMPONENT, "event", "subscribed", evidence.people.me)
    return first([absent(routed, "The approval went to somebody who has not asked.")], "The approval went to nobody.")


# Taken back


def takes_back(people: People) -> Script:
    """The same, and takes it back under ``cancels``."""
    yield from approves(people)
    yield from says("me", "unsubscribed", people.remote, "cancels")


def _judge_unmarked(evidence: Evidence) -> Finding:
    if not any(pushed_item(push).approved for push in evidence.pushes("me", "event", evidence.people.remote)):
        return shown("The approval was never shown, so there is no mark to take away.")

    def findings() -> Iterator[Finding | None]:
        for line in KNOWING:
            pushes = evidence.pushes(line, "cancels", evidence.people.remote)
            yield present(pushes, f"No push about it came on the line {line}.")
            if pushed_item(pushes[-1]).approved:
                yield broken(Level.MUST, f"The push on the line {line} still says approved='true'.", pushes[-1])

    return first(findings(), "Both resources were pushed the entry without the mark.")


# Offered or not


def _judge_feature(evidence: Evidence) -> Finding:
    offered = evidence.has_feature("me", _FEATURE)
    return shown(f"The server {'offers' if offered else 'does not offer'} to take approvals beforehand.")


def _judge_not_offered(evidence: Evidence) -> Finding:
    if evidence.has_feature("me", _FEATURE):
        return shown("The server offers to take approvals beforehand, so that the other cases are about it.")
    pushes = evidence.pushes("me", "event", evidence.people.remote)
    if pushes or evidence.held("look-roster", evidence.people.remote) is not None:
        return broken(Level.SHOULD, "It made an entry, though the server does not offer to take it.", *pushes)
    return shown("The server does not offer to take approvals beforehand, and one changes nothing.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.4.1/feature",
        Level.MAY,
        "A server may offer to take approvals before anybody has asked, and says so in its stream features.",
        "A client cannot tell whether an approval beforehand will be remembered.",
        "The user logs in.",
        "The feature, or not.",
        lambda people: online("me", people.me),
        _judge_feature,
    ),
    ServerCase(
        "rfc6121/3.4.2/pushed",
        Level.MUST,
        "An approval that is given before anybody has asked is pushed as an entry that says so.",
        "No device of the user shows for whom the door stands open.",
        "The user, with two resources that have asked for the roster, sends subscribed to somebody at the component.",
        "A push with subscription=none and approved='true' at both.",
        approves,
        offered(_judge_pushed),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/in-results",
        Level.MUST,
        "An approval beforehand stands in the roster that a new resource gets.",
        "After the next login nobody knows of it any more, and it is never taken back.",
        "The user approves somebody at the component beforehand and logs in a second time.",
        "An entry with approved='true'.",
        _approves_and_logs_in,
        offered(_judge_in_results),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/not-routed",
        Level.MUST,
        "An approval that is given beforehand goes to nobody.",
        "Somebody learns of it who has not asked, and whose server may take it for an answer.",
        "The user sends subscribed to somebody at the component who has not asked.",
        "No subscribed at the component.",
        approves,
        offered(_judge_not_routed),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/keeps-entry",
        Level.MUST,
        "An approval beforehand leaves the name and the groups of an entry that is there.",
        "Whoever approves a contact loses what was noted of it.",
        "The user adds a contact at the component with a name and two groups and approves it beforehand.",
        "The entry with its name and both groups.",
        _approves_listed,
        offered(_judge_keeps_entry),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/taken-back",
        Level.MUST,
        "An approval that is taken back before anybody has asked is pushed as an entry without the mark.",
        "The user's devices show a door open that is shut.",
        "The user approves somebody at the component beforehand and then sends unsubscribed.",
        "A push without approved='true' at both resources.",
        takes_back,
        offered(_judge_unmarked),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/not-offered",
        Level.MAY,
        "Where approvals beforehand are not offered, one makes no entry.",
        "A mark is in the roster that no client knows how to take out.",
        "The user sends subscribed to somebody at the component who has not asked.",
        "Neither a push nor an entry, where the feature is not offered.",
        _approves_and_logs_in,
        _judge_not_offered,
        component=True,
    ),
)
