"""What judges of servers share: states that are found, changes that are pushed, and what comes before what.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_judging.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken, kept
from rosterkit.conformance.server.evidence import Evidence, pushed_item
from rosterkit.conformance.server.tables import State
from rosterkit.conformance.verdicts import Finding, Level, inconclusive

__all__ = ["begins", "first", "in_order", "pushed", "state_found", "state_words"]


def begins(evidence: Evidence, state: State, contact: str) -> Finding | None:
    """Why nothing can be said, where the server has not come to the state from which the case begins."""
    roster = evidence.roster("begin")
    held = roster.get(contact) if roster is not None else None
    found = held.state if held is not None else ("none", False)
    if found != (state.subscription, state.ask):
        return inconclusive(
            f"The case begins in {state.name}, and what led there has led to {state_words(*found)} instead."
        )
    return None


def state_words(subscription: str, ask: bool, pending_in: bool = False) -> str:
    """A state in words."""
    words = [f"subscription={subscription}"]
    words += ["ask=subscribe"] if ask else []
    words += ["a request that waits"] if pending_in else []
    return " with ".join((words[0], " and ".join(words[1:]))) if words[1:] else words[0]


def state_found(evidence: Evidence, look: str, contact: str, state: State) -> Finding | None:
    """What is wrong with the state that a new resource finds on the line ``look`` (see ``looked``)."""
    roster = evidence.roster(f"{look}-roster")
    if roster is None:
        return broken(Level.MUST, "The request for the roster afterwards got no result.")
    held = roster.get(contact)
    subscription, ask = held.state if held is not None else ("none", False)
    requests = evidence.presences(look, f"{look}-presence", "subscribe", contact)
    found = (subscription, ask, bool(requests))
    if found == (state.subscription, state.ask, state.pending_in):
        return None
    answer = evidence.answer(f"{look}-roster")
    return broken(
        Level.MUST,
        f"Afterwards it is {state_words(*found)}, and should be {state.name}.",
        *([answer] if answer else []),
        *requests,
    )


def pushed(evidence: Evidence, line: str, contact: str, before: State, after: State) -> Finding | None:
    """A change that the roster shows is pushed, with what it shows then (§2.1.6, §3).

    Where nothing is left but a request that waits, no push need say so: such entries should not be pushed (§A.1).
    """
    if (before.subscription, before.ask) == (after.subscription, after.ask):
        return None
    if after.pending_in and not after.visible:
        return None
    pushes = evidence.pushes(line, "event", contact)
    if not pushes:
        return broken(Level.MUST, f"The entry has changed to {after.name}, and no push on the line {line} says so.")
    item = pushed_item(pushes[-1])
    if item.state != (after.subscription, after.ask):
        return broken(
            Level.MUST, f"The push says {state_words(*item.state)}, and the state is {after.name}.", pushes[-1]
        )
    return None


def in_order(evidence: Evidence, line: str, contact: str, delivered: Sequence[Seen]) -> Finding | None:
    """What is delivered comes before the push that it causes (§3.1.6, §3.2.3, §3.3.3)."""
    pushes = evidence.pushes(line, "event", contact)
    if delivered and pushes and delivered[0].number > pushes[0].number:
        return broken(
            Level.MUST, f"The push came before the {delivered[0].type} that caused it.", pushes[0], delivered[0]
        )
    return None


def first(findings: Iterable[Finding | None], words: str, *seen: Seen) -> Finding:
    """The first finding that there is; where there is none, that the rule was kept."""
    return next((finding for finding in findings if finding is not None), None) or kept(words, *seen)
