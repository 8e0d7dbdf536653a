"""What judges of servers share: what came and should not, states that are found, and changes that are pushed.

What gives a finding gives what is wrong, and None where nothing is.

Tests: ``tests/conformance/test_server_judging.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken, kept
from rosterkit.conformance.server.evidence import Evidence, Held, pushed_item
from rosterkit.conformance.server.tables import State
from rosterkit.conformance.verdicts import Finding, Level, inconclusive

__all__ = [
    "absent",
    "begins",
    "condition_of",
    "first",
    "present",
    "pushed",
    "pushed_to",
    "shown_of",
    "state_found",
    "state_words",
    "there",
]


def present(seen: Sequence[Seen], words: str, level: Level = Level.MUST) -> Finding | None:
    """Nothing came, where something should."""
    return None if seen else broken(level, words)


def absent(seen: Sequence[Seen], words: str, level: Level = Level.MUST) -> Finding | None:
    """Something came, where nothing should."""
    return broken(level, words, *seen) if seen else None


def there(*seen: Seen | None) -> Iterator[Seen]:
    """Those that have come, to be shown with a finding."""
    return (one for one in seen if one is not None)


def condition_of(answer: Seen) -> str:
    """The condition of an error stanza, in words."""
    return answer.condition or "an error without a condition"


# States


def begins(evidence: Evidence, state: State, contact: str) -> Finding | None:
    """Why nothing can be said, where the server has not come to the state from which the case begins."""
    found = shown_of(evidence.held("begin", contact))
    if found != state.shown:
        return inconclusive(
            f"The case begins in {state.name}, and what led there has led to {state_words(*found)} instead."
        )
    return None


def shown_of(held: Held | None) -> tuple[str, bool]:
    """What an entry shows of the subscription; of one that is not there, that there is none."""
    return held.state if held is not None else ("none", False)


def state_words(subscription: str, ask: bool, pending_in: bool = False) -> str:
    """A state in words."""
    words = [f"subscription={subscription}"]
    words += ["ask=subscribe"] if ask else []
    words += ["a request that waits"] if pending_in else []
    return " with ".join((words[0], " and ".join(words[1:]))) if words[1:] else words[0]


def state_found(evidence: Evidence, look: str, contact: str, state: State) -> Finding | None:
    """What is wrong with the state that a new resource finds on the line ``look``, which is online."""
    mark = f"{look}-roster"
    if evidence.roster(mark) is None:
        return broken(Level.MUST, "The request for the roster afterwards got no result.")
    requests = evidence.presences(look, f"{look}-presence", "subscribe", contact)
    found = (*shown_of(evidence.held(mark, contact)), bool(requests))
    if found == (*state.shown, state.pending_in):
        return None
    words = f"Afterwards it is {state_words(*found)}, and should be {state.name}."
    return broken(Level.MUST, words, *there(evidence.answer(mark)), *requests)


def pushed_to(
    evidence: Evidence, lines: Iterable[str], contact: str, state: State, mark: str = "event"
) -> Iterator[Finding | None]:
    """On each of ``lines`` the last push about ``contact`` says ``state`` (§2.1.6)."""
    for line in lines:
        pushes = evidence.pushes(line, mark, contact)
        if not pushes:
            yield broken(Level.MUST, f"No push about the contact came on the line {line}.")
        elif (found := pushed_item(pushes[-1]).state) != state.shown:
            words = f"The push on the line {line} says {state_words(*found)}, and should say"
            yield broken(Level.MUST, f"{words} {state_words(*state.shown)}.", pushes[-1])


def pushed(evidence: Evidence, line: str, contact: str, before: State, after: State) -> Finding | None:
    """A change that the roster shows is pushed, with what it shows then (§2.1.6, §3).

    Where nothing is left but a request that waits, no push need say so: such entries should not be pushed (§A.1).
    """
    if before.shown == after.shown or (after.pending_in and not after.visible):
        return None
    return next(pushed_to(evidence, [line], contact, after), None)


def first(findings: Iterable[Finding | None], words: str, *seen: Seen) -> Finding:
    """The first finding that there is; where there is none, that the rule was kept."""
    return next((finding for finding in findings if finding is not None), None) or kept(words, *seen)
