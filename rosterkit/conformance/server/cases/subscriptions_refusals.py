"""Requests that are refused: of the user's own, and by the user (RFC 6121 §3.2).

Tests: ``tests/conformance/test_server_subscriptions_ends.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.subscriptions_judging import stands, unpushed
from rosterkit.conformance.server.cases.subscriptions_moves import comes, lists, says
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _refuses(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "subscribe", "asks")
    yield from says("me", "unsubscribed", people.remote, "event")
    yield from fetched("me", "after")


def _judge_no_entry(evidence: Evidence) -> Finding:
    people = evidence.people

    def findings() -> Iterator[Finding | None]:
        refusals = evidence.presences(COMPONENT, "event", "unsubscribed", people.me)
        yield present(refusals, "The refusal was not routed.")
        if evidence.held("after", people.remote) is not None:
            yield broken(Level.MUST, "Who was refused stands in the roster.")
        yield unpushed(evidence, "me", people.remote, "Who was refused was pushed.", Level.SHOULD)

    return first(findings(), "The refusal was routed, and the roster knows nothing of it.")


def _is_refused(people: People) -> Script:
    yield from online("me", people.me)
    yield from lists(people)
    yield from says("me", "subscribe", people.remote, "asks")
    yield from comes(people, "unsubscribed", "event")
    yield from fetched("me", "after")


def _judge_entry_stays(evidence: Evidence) -> Finding:
    people = evidence.people
    entry = evidence.held("after", people.remote)

    def findings() -> Iterator[Finding | None]:
        yield stands(evidence, "after", people.remote, STATES["N"])
        if entry is None:
            yield broken(Level.SHOULD, "The entry was removed, though the user has not removed it.")
        elif (entry.name, entry.groups) != ("Listed", tuple(people.groups[:1])):
            yield broken(Level.MUST, "The entry has lost its name or its group.")

    return first(findings(), "The entry has its name and its group, and nobody is asked any more.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.2.2/refusal-makes-no-entry",
        Level.MUST,
        "Who asks and is refused does not come into the roster.",
        "To get rid of somebody is the way to have that somebody in the contact list.",
        "A contact at the component asks, and the user sends unsubscribed.",
        "The unsubscribed at the component, no push, and no entry.",
        _refuses,
        _judge_no_entry,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.2.3/refused-stays-listed",
        Level.MUST,
        "An entry whose request is refused keeps its name and its groups, and no request is open.",
        "A contact vanishes with all that the user has noted of it, or seems to be asked for good.",
        "The user adds a contact at the component with a name and a group and asks; the contact refuses.",
        "The entry with name and group, with subscription=none and without ask.",
        _is_refused,
        _judge_entry_stays,
        component=True,
    ),
)
