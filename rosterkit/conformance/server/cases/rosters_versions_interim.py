"""Pushes that stand for a changed roster: which, in what order, and with which versions (RFC 6121 §2.6.3).

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_judging import quoted
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, friends, removed
from rosterkit.conformance.server.cases.rosters_versions_changed import (
    MANY,
    away_case,
    has_right_roster,
    regroups_and_adds,
)
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    away,
    came_whole,
    entered,
    interim,
    is_current,
    is_right,
    with_pushes,
)
from rosterkit.conformance.server.evidence import Evidence, is_push, pushed_item
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Look, Script, fetched
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# While the client was away


def _renames_one(people: People) -> Script:
    yield from edited("me", "event", item(friend(people), "Another"))


def _changes_one_thrice(people: People) -> Script:
    for number in range(3):
        yield from edited("me", f"event-{number}", item(friend(people), f"Another {number}"))


def _told_what_changed(evidence: Evidence) -> Finding:
    if came_whole(evidence, "again"):
        words = f"One entry of {MANY} has changed, and the whole roster came."
        return broken(Level.SHOULD, words, *evidence.answers("again"))
    return has_right_roster(evidence)


def _told_once(evidence: Evidence) -> Finding:
    pushes = interim(evidence, "back", "again")
    jid, count = Counter(pushed_item(push).jid for push in pushes).most_common(1)[0] if pushes else ("", 0)
    if count > 1:
        return broken(
            Level.SHOULD, f"{quoted(jid)} has changed more than once, and was pushed {count} times.", *pushes
        )
    return has_right_roster(evidence)


def _result_first(evidence: Evidence) -> Finding:
    answer, pushes = evidence.answer("again"), interim(evidence, "back", "again")
    if answer is not None and pushes and pushes[0].number < answer.number:
        words = "A push came before the result that says that there will be pushes."
        return broken(Level.SHOULD, words, pushes[0], answer)
    return has_right_roster(evidence)


# Cut off between pushes


def _changes_three(people: People) -> Script:
    """The entry that changes first changes again at last."""
    one, two, three = friends(people, 3)
    yield from edited("me", "event-1", item(one, "Another"))
    yield from edited("me", "event-2", item(two, "Another"))
    yield from removed("me", "event-3", three)
    yield from edited("me", "event-4", item(one, "Yet another"))


def _comes_back_after_each(people: People) -> Script:
    """A client that has taken the first push only comes again, and one that has taken two, and so on."""
    yield from away(people, MANY, _changes_three)
    pushes = [seen for seen in (yield Look("back")) if is_push(seen)]
    for count, push in enumerate(pushes[:3], 1):
        if push.ver is not None:
            yield from entered(f"back-{count}", people.me)
            yield from fetched(f"back-{count}", f"again-{count}", push.ver)


def _true_when_cut(evidence: Evidence) -> Finding:
    pushes = interim(evidence, "back", "again")
    if not pushes:
        return has_right_roster(evidence)
    cached = evidence.roster("cached") or {}

    def findings() -> Iterator[Finding | None]:
        yield is_right(evidence, "back", "again", cached)
        for count in range(1, len(pushes)):
            if evidence.mark(f"again-{count}") is None:
                continue
            copy = with_pushes(cached, pushes[:count])
            wrong = is_right(evidence, f"back-{count}", f"again-{count}", copy)
            if wrong is not None:
                yield wrong._replace(words=f"Cut off after push {count} of {len(pushes)}: {wrong.words}")

    return first(
        findings(), f"After each of {len(pushes)} pushes the version is true of what the client has.", *pushes
    )


def _current_at_last(evidence: Evidence) -> Finding:
    pushes = interim(evidence, "back", "again")
    mark, line = f"again-{len(pushes)}", f"back-{len(pushes)}"
    if not pushes or evidence.mark(mark) is None:
        return has_right_roster(evidence)
    copy = with_pushes(evidence.roster("cached") or {}, pushes)
    return first(
        [is_right(evidence, line, mark, copy), is_current(evidence, line, mark, pushes[-1].ver)],
        "The last push has the version of the roster.",
        *pushes,
    )


CASES: tuple[ServerCase, ...] = (
    away_case(
        "few-changes",
        Level.SHOULD,
        "Few changes to a long roster come as pushes, not as the whole roster.",
        "One new name costs the transfer of all contacts.",
        f"one of {MANY} entries gets another name",
        _renames_one,
        "An empty result, and one push.",
        _told_what_changed,
    ),
    away_case(
        "told-once",
        Level.SHOULD,
        "An entry that has changed several times meanwhile is pushed once.",
        "The client shows names that are out of date already, one after the other.",
        "one entry gets three names, one after the other",
        _changes_one_thrice,
        "The whole roster, or one push with the last name.",
        _told_once,
    ),
    away_case(
        "result-first",
        Level.SHOULD,
        "The pushes with what has changed come behind the empty result.",
        "Clients that begin with the result lose what came before it.",
        "an entry gets a group, and another one is added",
        regroups_and_adds,
        "The whole roster, or an empty result and then the pushes.",
        _result_first,
    ),
    ServerCase(
        "rfc6121/2.6.3/cut-between-pushes",
        Level.MUST,
        "The version of each push with what has changed is true of a client that has taken it and none behind it.",
        "A connection that breaks at the wrong moment leaves the client with a wrong list for ever.",
        "Three entries change; clients that have taken only some of the pushes come again with the last version.",
        "The right roster for each of them.",
        _comes_back_after_each,
        _true_when_cut,
    ),
    ServerCase(
        "rfc6121/2.6.3/current-at-last",
        Level.SHOULD,
        "The last push with what has changed has the version of the roster.",
        "A client that was told everything is told again at every login.",
        "Three entries change; a client that has taken all of the pushes comes again with the last version.",
        "A result without a query, and no push.",
        _comes_back_after_each,
        _current_at_last,
    ),
)
