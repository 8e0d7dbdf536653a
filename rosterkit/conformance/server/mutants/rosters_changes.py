"""Mutants that tell a client wrongly what has changed since its version (RFC 6121 §2.6.3).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import history, requests, roster_iq
from rosterkit.core.effects import Push
from rosterkit.core.history import Entry
from rosterkit.core.roster import Roster

__all__ = ["MUTANTS"]

_GET = ("get", roster_iq.QUERY)


def _changes(make: Any) -> Any:
    """What has changed since a version is ``made`` of the roster, the version and what the server says."""

    def change(original: Any) -> Any:
        def changes_since(roster: Roster, version: str) -> list[Entry] | None:
            return make(roster, version, original(roster, version))  # type: ignore[no-any-return]

        return changes_since

    return change


def _unknown_is_current(roster: Roster, version: str, changes: list[Entry] | None) -> list[Entry] | None:
    known = any(entry.version == version for entry in roster.log)
    return changes if changes is not None or known else []


def _never_current(roster: Roster, version: str, changes: list[Entry] | None) -> list[Entry] | None:
    return None if version == roster.version else changes


def _always_whole(_roster: Roster, _version: str, changes: list[Entry] | None) -> list[Entry] | None:
    return None if changes else changes


def _last_left_out(_roster: Roster, _version: str, changes: list[Entry] | None) -> list[Entry] | None:
    return changes[:-1] if changes and len(changes) > 1 else changes


def _without_removals(roster: Roster, _version: str, changes: list[Entry] | None) -> list[Entry] | None:
    return [one for one in changes if one.contact in roster.items] if changes is not None else None


def _with_last_version(roster: Roster, _version: str, changes: list[Entry] | None) -> list[Entry] | None:
    return [Entry(roster.version, one.contact) for one in changes] if changes is not None else None


def _with_versions_of_first(roster: Roster, version: str, changes: list[Entry] | None) -> list[Entry] | None:
    """Each contact stands once, at its first change."""
    if not changes:
        return changes
    start = next(number for number, entry in enumerate(roster.log) if entry.version == version)
    firsts: dict[str, Entry] = {}
    for entry in roster.log[start + 1 :]:
        firsts.setdefault(entry.contact, entry)
    return list(firsts.values())


def _every_step(roster: Roster, version: str, changes: list[Entry] | None) -> Sequence[Entry] | None:
    if not changes:
        return changes
    start = next(number for number, entry in enumerate(roster.log) if entry.version == version)
    return roster.log[start + 1 :]


def _readded_is_unchanged(original: Any) -> Any:
    """An entry that was removed and is there again counts as if nothing had been."""

    def since(log: Any, version: str) -> Any:
        changes = original(log, version)
        counts = [entry.contact for entry in log]
        return [one for one in changes if counts.count(one.contact) < 3] if changes is not None else None

    return since


def _pushes_first(original: Any) -> Any:
    def get(world: Any, session: Any, iq: Any) -> Any:
        before = len(world._effects)
        answer = original(world, session, iq)
        new = world._effects[before:]
        world._effects[before:] = sorted(new, key=lambda effect: not isinstance(effect, Push))
        return answer

    return get


def _uninterested(original: Any) -> Any:
    """Only who is given something is told of later changes."""

    def get(world: Any, session: Any, iq: Any) -> Any:
        interested = session.interested
        version = iq.child.get("ver")
        answer = original(world, session, iq)
        if version and version == session.account.roster.version:
            session.interested = interested
        return answer

    return get


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "unknown-is-current",
        "2.6.3",
        "A version that the server does not know is answered as if nothing had changed.",
        Patch(Roster, "changes_since", _changes(_unknown_is_current)),
    ),
    mutant(
        "never-current",
        "2.6.3",
        "The roster comes whole although nothing has changed.",
        Patch(Roster, "changes_since", _changes(_never_current)),
    ),
    mutant(
        "current-is-uninterested",
        "2.6.3",
        "A resource that was told that nothing has changed gets no pushes.",
        Patch(requests.OWN, _GET, _uninterested),
    ),
    mutant(
        "always-whole",
        "2.6.3",
        "The roster comes whole when anything has changed.",
        Patch(Roster, "changes_since", _changes(_always_whole)),
    ),
    mutant(
        "last-change-left-out",
        "2.6.3",
        "Of several changes the last is not told.",
        Patch(Roster, "changes_since", _changes(_last_left_out)),
    ),
    mutant(
        "removals-left-out",
        "2.6.3",
        "Removals are not told to who was away.",
        Patch(Roster, "changes_since", _changes(_without_removals)),
    ),
    mutant(
        "readded-is-unchanged",
        "2.6.3",
        "An entry that has changed more than once is not told.",
        Patch(history, "since", _readded_is_unchanged),
    ),
    mutant(
        "every-step-told",
        "2.6.3",
        "An entry is told as often as it has changed.",
        Patch(Roster, "changes_since", _changes(_every_step)),
    ),
    mutant(
        "pushes-before-result",
        "2.6.3",
        "The pushes with what has changed come before the empty result.",
        Patch(requests.OWN, _GET, _pushes_first),
    ),
    mutant(
        "pushes-with-last-version",
        "2.6.3",
        "Each of the pushes with what has changed has the version of the roster.",
        Patch(Roster, "changes_since", _changes(_with_last_version)),
    ),
    mutant(
        "pushes-with-first-version",
        "2.6.3",
        "What has changed is pushed with the version of each entry's first change.",
        Patch(Roster, "changes_since", _changes(_with_versions_of_first)),
    ),
)
