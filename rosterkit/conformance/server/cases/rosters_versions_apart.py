"""No two states of a roster have one version (RFC 6121 §2.6.2, §2.6.3).

The same state may have the same version again, as where versions are made of the roster's content.

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import difference, quoted
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, friends
from rosterkit.conformance.server.cases.rosters_versions_steps import away, entered, is_right, version_of
from rosterkit.conformance.server.evidence import Evidence, Held
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, fetched
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _edits(people: People) -> Sequence[str]:
    """Two entries come; one is renamed and has its name back; groups change; one goes and comes again."""
    one, two = friends(people, 2)
    family, work = people.groups[:2]
    return [
        item(one, "Rosaline"),
        item(two, "Petruchio", (family,)),
        item(one, "Rosalind"),
        item(one, "Rosaline"),
        item(two, "Petruchio", (work,)),
        item(one, subscription="remove"),
        item(one, "Rosaline"),
        item(two, subscription="remove"),
        item(one, subscription="remove"),
    ]


def _edits_and_asks(people: People) -> Script:
    """After each edit the roster is asked for with an empty version."""
    yield from entered("me", people.me)
    yield from version_of("me", "state-0")
    for number, xml in enumerate(_edits(people), 1):
        yield from edited("me", f"edit-{number}", xml)
        yield from fetched("me", f"state-{number}", "")


def _versions(evidence: Evidence) -> Iterator[tuple[str, Mapping[str, Held], str]]:
    """Every version that was given, the roster that it was given for, and in which part of the play."""
    for number in range(len(_edits(evidence.people)) + 1):
        roster = evidence.roster(f"state-{number}")
        if roster is None:
            continue
        for push in evidence.pushes("me", f"edit-{number}"):
            if push.ver is not None:
                yield push.ver, roster, f"edit-{number}"
        version = evidence.version(f"state-{number}")
        if version is not None:
            yield version, roster, f"state-{number}"


def _apart(evidence: Evidence) -> Finding:
    met: dict[str, tuple[Mapping[str, Held], str]] = {}
    for version, roster, part in _versions(evidence):
        known, where = met.setdefault(version, (roster, part))
        wrong = difference(roster, known)
        if wrong is not None:
            words = f"The version {quoted(version)} was given in {where!r} and in {part!r}, for two rosters: {wrong}."
            return broken(Level.MUST, words)
    return kept(f"{len(met)} versions, and each means one roster.")


def _adds(people: People) -> Script:
    yield from edited("me", "event", item(friend(people), "Rosaline"))


def _comes_with_first(people: People) -> Script:
    yield from away(people, 0, _adds)


def _has_right_roster(evidence: Evidence) -> Finding:
    return first([is_right(evidence, "back", "again", evidence.roster("cached") or {})], "The client has the entry.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.6.3/one-version-one-roster",
        Level.MUST,
        "No version is given for two rosters that differ.",
        "A client is told that it is up to date, and its list is wrong until somebody makes another change.",
        "Entries are added, changed, changed back, removed and added again; the roster is asked for after each edit.",
        "For each version one roster, also for those of pushes.",
        _edits_and_asks,
        _apart,
    ),
    ServerCase(
        "rfc6121/2.6.3/first-entry",
        Level.MUST,
        "The version of an empty roster is not that of the roster with the first entry.",
        "A new user's first contact does not come to any other device.",
        "A client gets an empty roster with its version; an entry is added; a client comes with that version.",
        "The whole roster, or a push with the entry.",
        _comes_with_first,
        _has_right_roster,
    ),
)
