"""Versions of a roster: offered, given with rosters and pushes, and unknown (RFC 6121 §2.6.1 to §2.6.3).

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import difference, entry, quoted
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, removed
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    FEATURE,
    applied,
    came_whole,
    entered,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Enter, Script, fetched
from rosterkit.conformance.verdicts import Finding, Level, inconclusive, unsupported

__all__ = ["CASES"]


def _no_roster(answer: Seen | None) -> Finding:
    return broken(Level.MUST, "The request for the roster got no roster.", *there(answer))


# Offered and given


def _asks_unasked(people: People) -> Script:
    yield Enter("me", people.me)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from fetched("me", "event", "")


def _offered(evidence: Evidence) -> Finding:
    offers, version = evidence.has_feature("me", FEATURE), evidence.version("event")
    if offers:
        return kept("The stream features say that there are versions.")
    if not version:
        return unsupported("The server neither offers versions nor gives any.")
    words = f"The roster has the version {quoted(version)}, and the stream features do not say that there are any."
    return broken(Level.MUST, words)


def _asks_first(people: People) -> Script:
    yield from entered("me", people.me)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from fetched("me", "event", "")


def _whole_with_version(evidence: Evidence) -> Finding:
    """Pushes behind an empty result would do as well (§2.6.3)."""
    answer, wanted = evidence.answer("event"), entry(friend(evidence.people), "Rosaline")
    copy = applied(evidence, "me", "event", {})
    if copy is None or answer is None:
        return _no_roster(answer)
    wrong = difference(copy, {wanted.jid: wanted})
    if wrong is not None:
        return broken(Level.MUST, f"A client without a roster has a wrong one now: {wrong}.", answer)
    if came_whole(evidence, "event") and answer.ver is None:
        return broken(Level.MUST, "The roster came without a version.", answer)
    return kept(f"The roster came, with the version {quoted(answer.ver)}.", answer)


def _asks_without(people: People) -> Script:
    yield from entered("me", people.me)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from fetched("me", "first", "")
    yield from fetched("me", "event")


def _asks_with_unknown(people: People) -> Script:
    """Also of a server without versions, which has to pass over what it does not know."""
    yield Enter("me", people.me)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from fetched("me", "event", people.token("version"))


def _whole(evidence: Evidence) -> Finding:
    answer, wanted = evidence.answer("event"), entry(friend(evidence.people), "Rosaline")
    if answer is None or answer.type != "result":
        return _no_roster(answer)
    if answer.query is None:
        return broken(Level.MUST, "The result is empty, which is to say that nothing has changed.", answer)
    wrong = difference(evidence.roster("event") or {}, {wanted.jid: wanted})
    return (
        broken(Level.MUST, f"The roster is not whole: {wrong}.", answer) if wrong else kept("It came whole.", answer)
    )


# On pushes


def _is_pushed(ver: str | None) -> Callable[[People], Script]:
    """Three changes are pushed to a resource that has asked with ``ver``, or without any."""

    def script(people: People) -> Script:
        yield from entered("me", people.me)
        yield from fetched("me", "first", ver)
        yield from edited("me", "add", item(friend(people), "Rosaline"))
        yield from edited("me", "change", item(friend(people), "Rosalind"))
        yield from removed("me", "remove", friend(people))

    return script


def _pushes_have_versions(level: Level) -> Callable[[Evidence], Finding]:
    def judge(evidence: Evidence) -> Finding:
        pushes = [push for mark in ("add", "change", "remove") for push in evidence.pushes("me", mark)]
        if not pushes:
            return inconclusive("No push came, so nothing can be said of their versions.")
        without = [push for push in pushes if not push.ver]
        if without:
            return broken(level, f"{len(without)} of {len(pushes)} pushes have no version.", *without)
        return kept(f"{len(pushes)} pushes, each with a version.", *pushes)

    return judge


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.6.1/offered",
        Level.MUST,
        "A server that gives versions says so in its stream features.",
        "No client ever uses them: all fetch the whole roster at every login.",
        "A resource asks for the roster with an empty version.",
        "Where the roster has a version: the feature ver of urn:xmpp:features:rosterver.",
        _asks_unasked,
        _offered,
    ),
    ServerCase(
        "rfc6121/2.6.2/first-time",
        Level.MUST,
        "A client that has nothing yet, and says so by an empty version, gets everything and a version.",
        "Clients never come to have a version, or begin with an empty list.",
        "A resource asks for a roster of one entry with an empty version.",
        "The whole roster with a version.",
        _asks_first,
        _whole_with_version,
    ),
    ServerCase(
        "rfc6121/2.6.2/asked-without",
        Level.MUST,
        "A request without a version gets the whole roster, also from a resource that has used versions before.",
        "A client that has lost its copy gets no other one.",
        "A resource asks with an empty version, and then without any.",
        "The whole roster.",
        _asks_without,
        _whole,
    ),
    ServerCase(
        "rfc6121/2.6.2/pushed-unasked",
        Level.SHOULD,
        "Pushes have versions also for a resource that has asked for the roster without one.",
        "A client that begins to use versions in the middle of a session cannot.",
        "A resource asks without a version; an entry is added, changed and removed.",
        "A version on each push.",
        _is_pushed(None),
        _pushes_have_versions(Level.SHOULD),
    ),
    ServerCase(
        "rfc6121/2.6.3/version-on-pushes",
        Level.MUST,
        "Every push to a resource that uses versions has one.",
        "The client's version grows old, so that it fetches everything at its next login.",
        "A resource asks with an empty version; an entry is added, changed and removed.",
        "A version on each push.",
        _is_pushed(""),
        _pushes_have_versions(Level.MUST),
    ),
    ServerCase(
        "rfc6121/2.6.3/unknown-version",
        Level.MUST,
        "A version that the server does not know is answered with the whole roster.",
        "A client with a copy from elsewhere keeps it for ever.",
        "A resource asks with a version that nobody has given.",
        "The whole roster.",
        _asks_with_unknown,
        _whole,
    ),
)
