"""What judges of the cases of RFC 6121 §3 look for: stanzas, pushes and entries that are there or are not.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken, kept
from rosterkit.conformance.server.cases.content_judging import lost
from rosterkit.conformance.server.cases.subscriptions_moves import CHILDREN
from rosterkit.conformance.server.evidence import Evidence, pushed_item
from rosterkit.conformance.server.judging import absent, condition_of, present, shown_of, state_words, there
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.server.tables import State
from rosterkit.conformance.verdicts import Finding, Level

__all__ = [
    "ordered",
    "pushed_gone",
    "requests",
    "routed",
    "stands",
    "told_back",
    "unpushed",
    "whole",
]


# Requests


def requests(evidence: Evidence, line: str, mark: str = "event") -> list[Seen]:
    """The requests of ``remote`` that came on a line."""
    return evidence.presences(line, mark, "subscribe", evidence.people.remote)


def routed(evidence: Evidence) -> list[Seen]:
    """The user's requests that came at the component."""
    return evidence.presences(COMPONENT, "event", "subscribe", evidence.people.me)


def told_back(evidence: Evidence) -> str:
    """What an error on the user's line says, in words."""
    errors = evidence.presences("me", "event", "error")
    return f"with {condition_of(errors[0])}" if errors else "with nothing"


def whole(asked: Seen, words: str) -> Finding:
    """A request has come with all of :data:`CHILDREN`, as they were."""
    names = lost(asked, CHILDREN)
    if names:
        return broken(Level.MUST, f"It came without its {', '.join(names)}, or with another in the place.", asked)
    return kept(words, asked)


# Pushes, and the roster


def pushed_gone(evidence: Evidence, lines: Iterable[str], contact: str) -> Iterator[Finding | None]:
    """On each of ``lines`` the last push about ``contact`` says that nothing is left: none, or removed (§3, §A.1)."""
    for line in lines:
        pushes = evidence.pushes(line, "event", contact)
        yield present(pushes, f"No push on the line {line} says what has become of the entry.", Level.SHOULD)
        found = pushed_item(pushes[-1]).state
        if found not in (("none", False), ("remove", False)):
            yield broken(Level.MUST, f"The push on the line {line} says {state_words(*found)}.", pushes[-1])


def unpushed(
    evidence: Evidence, line: str, contact: str | None, words: str, level: Level = Level.MUST
) -> Finding | None:
    """A push came, about ``contact`` or, where that is None, about anybody."""
    return absent(evidence.pushes(line, "event", contact), words, level)


def ordered(evidence: Evidence, line: str, type_: str, contact: str) -> Finding | None:
    """The stanza that came is delivered before the push that it causes; both have to be there (§3.1.6)."""
    notices = evidence.presences(line, "event", type_, contact)
    pushes = evidence.pushes(line, "event", contact)
    if not notices or not pushes:
        missing = " and ".join([*([type_] if not notices else []), *(["push"] if not pushes else [])])
        return broken(Level.MUST, f"No {missing} came, so there is no order to see.")
    if notices[0].number > pushes[0].number:
        return broken(Level.MUST, f"The push came before the {type_}.", pushes[0], notices[0])
    return None


def stands(evidence: Evidence, mark: str, contact: str, state: State) -> Finding | None:
    """The roster that was fetched under ``mark`` shows something else than ``state`` for a contact."""
    answer = there(evidence.answer(mark))
    if evidence.roster(mark) is None:
        return broken(Level.MUST, f"The request for the roster as {mark!r} got no result.", *answer)
    found = shown_of(evidence.held(mark, contact))
    if found == state.shown:
        return None
    words, should = state_words(*found), state_words(*state.shown)
    return broken(Level.MUST, f"The roster shows {words}, and should show {should}.", *answer)
