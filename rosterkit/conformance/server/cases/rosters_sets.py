"""Sets that a server refuses (RFC 6121 §2.3.3, §2.4.3): nothing is stored then, and nothing pushed.

Tests: ``tests/conformance/test_server_rosters_refused.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_judging import quiet, quoted, refused, same, unchanged
from rosterkit.conformance.server.cases.rosters_steps import LOOK, edited, friend, friends, looked
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import condition_of, first, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, fetched, online
from rosterkit.conformance.stanzas import item as any_item
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES", "refuses", "sets"]

_BAD, _UNACCEPTABLE = ("bad-request",), ("not-acceptable",)
_NO_JID = ("bad-request", "jid-malformed")


# What is refused, and nothing else happens


def sets(items: Callable[[People], Sequence[str]], people: People) -> Script:
    """A set with ``items``, under ``event``; then a new resource looks."""
    yield from online("me", people.me, presence=None)
    yield from edited("me", "event", *items(people))
    yield from looked(people)


def refuses(conditions: Sequence[str], level: Level, evidence: Evidence) -> Finding:
    """The set was refused, nothing was stored or pushed (MUST); the condition is one of these (as ``level`` says)."""

    def findings() -> Iterator[Finding | None]:
        yield refused(evidence, mark="event")
        yield unchanged(evidence)
        yield quiet(evidence, ["me"])
        yield refused(evidence, conditions, level)

    answer = evidence.answer("event")
    words = f"It is refused with {condition_of(answer)}." if answer is not None else ""
    return first(findings(), words, *there(answer))


def _two_items(people: People) -> Sequence[str]:
    return [item(jid, "Rosaline") for jid in friends(people, 2)]


def _no_item(_: People) -> Sequence[str]:
    return []


def _grouped(*groups: str) -> Callable[[People], Sequence[str]]:
    return lambda people: [item(friend(people), "Rosaline", groups)]


def _group_twice(people: People) -> Sequence[str]:
    one, two = people.groups[:2]
    return [item(friend(people), "Rosaline", (one, two, one))]


def _no_jid(_: People) -> Sequence[str]:
    return [any_item(None, name="Rosaline")]


def _empty_jid(_: People) -> Sequence[str]:
    return [item("", "Rosaline")]


def _malformed(people: People) -> Sequence[str]:
    """JIDs that no preparation makes good (RFC 6122 §2)."""
    return [f"@{people.domain}", "rosaline@", f"rosa line@{people.domain}", f"{'r' * 1_024}@{people.domain}"]


def _sets_malformed(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    for number, jid in enumerate(_malformed(people)):
        yield from edited("me", f"event-{number}", item(jid, "Rosaline"))
    yield from looked(people)


def _refuses_malformed(evidence: Evidence) -> Finding:
    jids = _malformed(evidence.people)

    def findings() -> Iterator[Finding | None]:
        for conditions in ((), _NO_JID):
            for number, jid in enumerate(jids):
                finding = refused(evidence, conditions, Level.SHOULD, f"event-{number}")
                if finding is not None:
                    yield finding._replace(words=f"For the JID {quoted(jid)}: {finding.words}")
                yield quiet(evidence, ["me"], f"event-{number}")
            yield unchanged(evidence)

    return first(findings(), f"All {len(jids)} are refused.")


# An update that is refused


def _updates(people: People) -> Script:
    one, two = friends(people, 2)
    yield from online("me", people.me, presence=None)
    yield from edited("me", "add", item(one, "Rosaline", people.groups[:2]))
    yield from fetched("me", "before")
    yield from edited("me", "event", item(one, "Rosalind"), item(two, "Petruchio"))
    yield from looked(people)


def _as_it_was(evidence: Evidence) -> Finding:
    jid = friend(evidence.people)
    before, after = (evidence.roster(mark) or {} for mark in ("before", LOOK))

    def findings() -> Iterator[Finding | None]:
        yield refused(evidence)
        if not same(before.get(jid), after.get(jid)):
            yield broken(Level.MUST, "The update was refused, and the entry has changed all the same.")
        yield unchanged(evidence, "before")
        yield quiet(evidence, ["me"])

    return first(findings(), "The update is refused, and the entry is as it was.")


# The cases


def _case(
    name: str,
    rule: str,
    consequence: str,
    done: str,
    items: Callable[[People], Sequence[str]],
    conditions: Sequence[str],
    level: Level = Level.MUST,
) -> ServerCase:
    """A set that has to be refused (MUST), with one of the conditions as ``level`` says."""
    demanded = " or ".join(conditions)
    return ServerCase(
        f"rfc6121/2.3.3/{name}",
        Level.MUST,
        rule,
        consequence,
        done,
        f"The error {demanded}{'' if level is Level.MUST else ', or another one'}; nothing stored, nothing pushed.",
        partial(sets, items),
        partial(refuses, conditions, level),
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "two-items",
        "A set with more than one item is refused as a whole.",
        "Half of an edit is done, and nobody knows which half.",
        "A set has two items.",
        _two_items,
        _BAD,
    ),
    _case(
        "no-item",
        "A set without an item is refused.",
        "A client takes an edit for done that was none.",
        "A set has no item.",
        _no_item,
        _BAD,
        Level.SHOULD,
    ),
    _case(
        "group-twice",
        "A set that names one group twice is refused.",
        "An entry stands in a group twice, for good.",
        "A set has an item with three groups, the first of which comes again.",
        _group_twice,
        _BAD,
    ),
    _case(
        "empty-group",
        "A set with a group that has no name is refused.",
        "A contact is in a group that cannot be shown, and cannot be left.",
        "A set has an item with an empty group.",
        _grouped(""),
        _UNACCEPTABLE,
        Level.SHOULD,
    ),
    _case(
        "no-jid",
        "An item without a JID is refused.",
        "An entry about nobody is stored, or a client takes an edit for done that was none.",
        "A set has an item without a jid.",
        _no_jid,
        _NO_JID,
        Level.SHOULD,
    ),
    _case(
        "empty-jid",
        "An item whose JID is empty is refused.",
        "An entry about nobody is stored, and cannot be removed.",
        "A set has an item whose jid is empty.",
        _empty_jid,
        _NO_JID,
        Level.SHOULD,
    ),
    ServerCase(
        "rfc6121/2.3.3/malformed-jid",
        Level.MUST,
        "An item whose JID is malformed is refused.",
        "The roster has an entry that clients cannot read: some throw the whole roster away.",
        "Sets have items whose JIDs lack a part, have a blank in it, or one that is too long.",
        "An error for each, bad-request or jid-malformed; nothing stored, nothing pushed.",
        _sets_malformed,
        _refuses_malformed,
    ),
    ServerCase(
        "rfc6121/2.4.3/as-it-was",
        Level.MUST,
        "An update that is refused leaves the entry as it was.",
        "The client says that an edit has failed, and half of it is done.",
        "A set has two items, one of which changes an entry that is there.",
        "An error, no push, and the entry with its old name and groups.",
        _updates,
        _as_it_was,
    ),
)
