"""Who is pushed what, and in which order (RFC 6121 §2.1.6, §2.2, §2.3.2).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import all_pushes, entry, told_by_push
from rosterkit.conformance.server.cases.rosters_steps import (
    edited,
    friend,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Fence, Say, Script, fetched, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _adds(line: str, people: People) -> Script:
    yield from edited(line, "event", item(friend(people), "Rosaline", people.groups[:2]))


def _told_on(line: str) -> Callable[[Evidence], Finding]:
    """The judge of cases in which a line has to hear of the entry that was added."""

    def judge(evidence: Evidence) -> Finding:
        wanted = entry(friend(evidence.people), "Rosaline", evidence.people.groups[:2])
        return first([told_by_push(evidence, line, wanted)], f"The line {line} was told.")

    return judge


def _two_interested(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield from _adds("me", people)


def _alone(people: People) -> Script:
    yield from online("me", people.me)
    yield from _adds("me", people)


def _never_available(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me, presence=None)
    yield from _adds("me", people)


def _unavailable_again(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me)
    yield from told("me-2", stanzas.presence("unavailable"), "unavailable")
    yield from _adds("me", people)


def _has_not_asked(people: People) -> Script:
    yield from online("me", people.me)
    yield from online("me-2", people.me, roster=False)
    yield from _adds("me", people)


def _not_told(evidence: Evidence) -> Finding:
    pushes = all_pushes(evidence, "me-2")
    if pushes:
        words = "A resource that has not asked for the roster was pushed a change of it."
        return broken(Level.SHOULD, words, *pushes)
    return kept("The resource that has not asked for the roster was told nothing.")


def _asks_again(people: People) -> Script:
    yield from online("me", people.me)
    yield from fetched("me", "second")
    yield from fetched("me", "third")
    yield from _adds("me", people)


def _told_once(evidence: Evidence) -> Finding:
    pushes = evidence.pushes("me", "event", friend(evidence.people))
    if len(pushes) > 1:
        return broken(Level.SHOULD, f"One change was pushed {len(pushes)} times to one resource.", *pushes)
    return _told_on("me")(evidence)


def _asks_and_appears(people: People) -> Script:
    yield from online("before", people.me)
    yield from edited("before", "add", item(friend(people), "Rosaline"))
    yield from online("me", people.me, roster=False, presence=None)
    yield Say("me", stanzas.roster_get("event"), "event")
    yield Say("me", stanzas.presence())
    yield Fence()


def _roster_first(evidence: Evidence) -> Finding:
    answer = evidence.answer("event")
    if answer is None or answer.type != "result":
        return broken(Level.MUST, "The request for the roster got no result.", *there(answer))
    presences = evidence.presences("me", "event", None)
    if presences and presences[0].number < answer.number:
        words = "Presence came before the roster, which was asked for before."
        return broken(Level.SHOULD, words, presences[0], answer)
    return kept("The roster came first.", answer)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.6/every-interested-resource",
        Level.MUST,
        "A change is pushed to the other resources that have asked for the roster.",
        "What the user does on the phone is seen on the computer at the next login only.",
        "Two resources ask for the roster; one adds an entry.",
        "A push with the entry at the other.",
        _two_interested,
        _told_on("me-2"),
    ),
    ServerCase(
        "rfc6121/2.2/not-asked-not-told",
        Level.SHOULD,
        "A resource that has not asked for the roster is pushed nothing.",
        "A device on a slow line pays for what it has not wanted, and cannot know what a push means.",
        "A resource is available without having asked for the roster; another one adds an entry.",
        "No push at the first.",
        _has_not_asked,
        _not_told,
    ),
    ServerCase(
        "rfc6121/2.2/interested-without-presence",
        Level.MUST,
        "To ask for the roster is enough to get pushes: presence is not needed.",
        "An invisible client does not see what the user's other clients do.",
        "A resource asks for the roster and sends no presence; another one adds an entry.",
        "A push with the entry at the first.",
        _never_available,
        _told_on("me-2"),
    ),
    ServerCase(
        "rfc6121/2.2/interested-when-unavailable",
        Level.MUST,
        "A resource that has asked for the roster goes on getting pushes when it becomes unavailable.",
        "A user who hides for a while comes back with an old roster.",
        "A resource asks for the roster, is available and then unavailable; another one adds an entry.",
        "A push with the entry at the first.",
        _unavailable_again,
        _told_on("me-2"),
    ),
    ServerCase(
        "rfc6121/2.2/told-once",
        Level.SHOULD,
        "A resource that asks for the roster again is still told of each change once.",
        "Every change is shown, and noted, several times.",
        "A resource asks for the roster three times and then adds an entry.",
        "One push.",
        _asks_again,
        _told_once,
    ),
    ServerCase(
        "rfc6121/2.2/roster-then-presence",
        Level.SHOULD,
        "A client that asks for its roster and then becomes available gets the roster before any presence.",
        "Presence of people whom the client does not know yet is lost, or taken for that of strangers.",
        "A resource asks for the roster and becomes available in one breath, while another one is available.",
        "The result before the presence of either resource.",
        _asks_and_appears,
        _roster_first,
    ),
    ServerCase(
        "rfc6121/2.3.2/sender-too",
        Level.MUST,
        "The resource that has added an entry gets the push too.",
        "The client that made the change is the only one that does not show it.",
        "The only resource adds an entry.",
        "A push with the entry.",
        _alone,
        _told_on("me"),
    ),
)
