"""What judges of rosters share: answers to sets, what is pushed, and what a new resource is given.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_rosters_judging.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken
from rosterkit.conformance.server.cases.rosters_steps import LOOK
from rosterkit.conformance.server.evidence import Evidence, Held, is_push, pushed_item
from rosterkit.conformance.server.judging import condition_of, there
from rosterkit.conformance.verdicts import Finding, Level

__all__ = [
    "all_pushes",
    "answered",
    "difference",
    "entry",
    "in_words",
    "quiet",
    "quoted",
    "refused",
    "same",
    "stored",
    "told_by_push",
    "unchanged",
]

_LONGEST = 60


def entry(
    jid: str, name: str | None = None, groups: Sequence[str] = (), state: str = "none", ask: bool = False
) -> Held:
    """An entry as it should be."""
    return Held(jid, name, tuple(groups), state, ask, False)


# Entries in words


def quoted(value: Any) -> str:
    """A value in a sentence, not too long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def in_words(held: Held | None) -> str:
    """What an entry says; of one that is not there, that."""
    if held is None:
        return "no entry"
    name = f"the name {quoted(held.name)}" if held.name else "no name"
    groups = f"the groups {quoted(sorted(held.groups))}" if held.groups else "no groups"
    ask = " and ask=subscribe" if held.ask else ""
    return f"{name}, {groups} and subscription={quoted(held.subscription)[1:-1]}{ask}"


def _value(held: Held | None) -> tuple[str, frozenset[str], str, bool] | None:
    """What makes an entry what it is: no name is as good as an empty one, groups have no order (§2.1.2.6)."""
    if held is None:
        return None
    return _composed(held.name or ""), frozenset(map(_composed, held.groups)), held.subscription, held.ask


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def same(one: Held | None, other: Held | None) -> bool:
    """Whether two entries say the same."""
    return _value(one) == _value(other)


def difference(found: Mapping[str, Held], wanted: Mapping[str, Held]) -> str | None:
    """The first entry in which two rosters differ, in words: what is found and what should be."""
    for jid in dict.fromkeys((*wanted, *found)):
        if not same(found.get(jid), wanted.get(jid)):
            return f"{quoted(jid)} has {in_words(found.get(jid))}, and should have {in_words(wanted.get(jid))}"
    return None


# Answers


def answered(evidence: Evidence, mark: str = "event", level: Level = Level.MUST) -> Finding | None:
    """A set that is right gets a result (§2.3.2)."""
    answer = evidence.answer(mark)
    if answer is None:
        return broken(level, f"The set {mark!r} got no answer.")
    if answer.type != "result":
        return broken(level, f"The set {mark!r} was refused with {condition_of(answer)}.", answer)
    return None


def refused(
    evidence: Evidence, conditions: Collection[str] = (), level: Level = Level.MUST, mark: str = "event"
) -> Finding | None:
    """What must not be done is answered with an error, with one of these conditions where there are any."""
    answer = evidence.answer(mark)
    if answer is None:
        return broken(Level.MUST, "There was no answer; it should have been an error.")
    if answer.type != "error":
        return broken(Level.MUST, "The answer was a result; it should have been an error.", answer)
    if conditions and answer.condition not in conditions:
        words = f"It was refused with {condition_of(answer)}; it should have been {' or '.join(conditions)}."
        return broken(level, words, answer)
    return None


# What is pushed


def all_pushes(evidence: Evidence, *lines: str) -> list[Seen]:
    """Every push that came on these lines in the whole play."""
    return [seen for seen in evidence.seen if seen.session in lines and seen.direction == "in" and is_push(seen)]


def told_by_push(evidence: Evidence, line: str, wanted: Held, mark: str = "event") -> Finding | None:
    """A push on ``line`` says that an entry is now as ``wanted``; the last one counts (§2.1.6)."""
    pushes = evidence.pushes(line, mark, wanted.jid)
    if not pushes:
        return broken(Level.MUST, f"No push on the line {line} said what has become of the entry.")
    item = pushed_item(pushes[-1])
    if same(item, wanted):
        return None
    words = f"The push on the line {line} has {in_words(item)}; it should have {in_words(wanted)}."
    return broken(Level.MUST, words, pushes[-1])


def quiet(evidence: Evidence, lines: Iterable[str], mark: str = "event") -> Finding | None:
    """Where nothing has changed, nothing is pushed."""
    for line in lines:
        pushes = evidence.pushes(line, mark)
        if pushes:
            return broken(Level.MUST, f"Nothing had to change, and there was a push on the line {line}.", pushes[0])
    return None


# What is stored


def _ungiven(evidence: Evidence, mark: str) -> Finding:
    """There is no result to a request for the roster."""
    answer = evidence.answer(mark)
    words = "no answer" if answer is None else condition_of(answer)
    return broken(Level.MUST, f"A new resource that asked for the roster got {words}.", *there(answer))


def stored(evidence: Evidence, wanted: Held, mark: str = LOOK) -> Finding | None:
    """A new resource finds the entry as ``wanted`` in the roster that it is given under ``mark``."""
    roster, answer = evidence.roster(mark), evidence.answer(mark)
    if roster is None or answer is None:
        return _ungiven(evidence, mark)
    held = roster.get(wanted.jid)
    if held is None:
        return broken(Level.MUST, f"The roster that a new resource is given has no entry {wanted.jid}.", answer)
    if not same(held, wanted):
        words = f"A new resource is given {in_words(held)}; it should be {in_words(wanted)}."
        return broken(Level.MUST, words, answer)
    return None


def unchanged(evidence: Evidence, before: str = "me-roster", after: str = LOOK) -> Finding | None:
    """The roster is what it was."""
    was, found, answer = evidence.roster(before), evidence.roster(after), evidence.answer(after)
    if found is None or answer is None:
        return _ungiven(evidence, after)
    words = difference(found, was or {})
    return broken(Level.MUST, f"The roster has changed, and should not: {words}.", answer) if words else None
