"""Versions that are still those of the roster: nothing has changed (RFC 6121 §2.6.3).

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases.rosters_judging import entry, told_by_push
from rosterkit.conformance.server.cases.rosters_steps import edited, friend
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    entered,
    is_current,
    is_right,
    named,
    version_of,
    with_pushes,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Leave, Look, Script, fetched
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _comes_back(people: People) -> Script:
    yield from entered("me", people.me)
    for number, xml in enumerate(named(people, 2)):
        yield from edited("me", f"entry-{number}", xml)
    version = yield from version_of("me", "cached")
    yield Leave("me", mark="away")
    yield from entered("back", people.me)
    yield from fetched("back", "again", version)
    yield from fetched("back", "truth")


def _up_to_date(evidence: Evidence) -> Finding:
    cached = evidence.roster("cached") or {}
    answer = evidence.answer("again")
    return first(
        [
            is_right(evidence, "back", "again", cached),
            is_current(evidence, "back", "again", evidence.version("cached")),
        ],
        "An empty result says that nothing has changed.",
        *there(answer),
    )


def _is_pushed_and_comes_back(people: People) -> Script:
    """The version to come back with is that of a push; without one it is the one before."""
    yield from entered("me", people.me)
    version = yield from version_of("me", "cached")
    yield from edited("me", "push", item(friend(people), "Rosaline"))
    pushed = [seen.ver for seen in (yield Look("me")) if seen.type == "set" and seen.ver]
    yield Leave("me", mark="away")
    yield from entered("back", people.me)
    yield from fetched("back", "again", pushed[-1] if pushed else version)
    yield from fetched("back", "truth")


def _push_counts(evidence: Evidence) -> Finding:
    pushes = evidence.pushes("me", "push")
    cached = with_pushes(evidence.roster("cached") or {}, pushes)

    def findings() -> Iterator[Finding | None]:
        yield is_right(evidence, "back", "again", cached)
        if pushes and pushes[-1].ver:
            yield is_current(evidence, "back", "again", pushes[-1].ver)

    return first(findings(), "The version of a push is that of the roster behind it.", *pushes)


def _is_told_nothing_new(people: People) -> Script:
    yield from entered("me", people.me)
    for number, xml in enumerate(named(people, 2)):
        yield from edited("me", f"entry-{number}", xml)
    version = yield from version_of("me", "cached")
    yield from entered("late", people.me)
    yield from fetched("late", "again", version)
    yield from edited("me", "event", item(friend(people), "Rosaline"))


def _still_interested(evidence: Evidence) -> Finding:
    wanted = entry(friend(evidence.people), "Rosaline")
    return first([told_by_push(evidence, "late", wanted)], "The resource that had the roster already was told.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.6.3/up-to-date",
        Level.SHOULD,
        "A client that comes back with the version of the roster gets an empty result.",
        "Versions are of no use: the whole roster comes at every login.",
        "A resource gets the roster with its version and leaves; the next one presents the version.",
        "A result without a query, and no push.",
        _comes_back,
        _up_to_date,
    ),
    ServerCase(
        "rfc6121/2.6.3/version-of-push",
        Level.SHOULD,
        "The version of a push is that of the roster after it.",
        "A client that was told of every change fetches everything all the same, or misses the last one.",
        "A resource is pushed a change and leaves; the next one presents the version of the push.",
        "A result without a query, and no push.",
        _is_pushed_and_comes_back,
        _push_counts,
    ),
    ServerCase(
        "rfc6121/2.6.3/interested-too",
        Level.MUST,
        "A resource that was told that nothing has changed gets pushes like one that got the roster.",
        "The better a client's copy is, the less it is told.",
        "A resource presents the version of the roster; then another one renames an entry.",
        "A push with the new name at the first.",
        _is_told_nothing_new,
        _still_interested,
    ),
)
