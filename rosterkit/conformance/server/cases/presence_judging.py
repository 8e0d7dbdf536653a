"""What judges of presence share: who heard it, who was spared it, and whether it is whole.

Somebody who hears (``who``) is a contact at the component, by its bare JID, or the label of a client's line.

Tests: ``tests/conformance/test_server_presence_judging.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import Judge, broken
from rosterkit.conformance.server.cases.content_judging import lost
from rosterkit.conformance.server.evidence import Evidence, bare
from rosterkit.conformance.server.judging import begins
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["begun", "heard", "kind", "kinds", "reached", "reached_whole", "spared", "told_nothing", "whole"]

#: The types of presence that tell whether somebody is there.
_TELLING = (None, "unavailable")


def begun(judge: Judge, evidence: Evidence) -> Finding:
    """What ``judge`` says; inconclusive where the contacts are not in the states from which the case begins."""
    for note in evidence.steps("befriended"):
        for contact, state in note.step["befriended"].items():
            finding = begins(evidence, STATES[state], contact)
            if finding is not None:
                return finding
    return judge(evidence)


# Who heard


def heard(
    evidence: Evidence,
    who: str,
    mark: str,
    type_: str | None = "*",
    sender: str | None = None,
    until: str | None = None,
) -> list[Seen]:
    """The presence that came for ``who`` in a part of the play; the rest is as for ``Evidence.presences``."""
    if who not in evidence.people.at_component:
        return evidence.presences(who, mark, type_, sender, until)
    return [one for one in evidence.presences(COMPONENT, mark, type_, sender, until) if bare(one.to) == who]


def reached(
    evidence: Evidence,
    mark: str,
    whom: Iterable[str],
    type_: str | None = None,
    line: str = "me",
    level: Level = Level.MUST,
) -> Iterator[Finding | None]:
    """What is wrong where presence of the full JID of ``line`` has not come to each of ``whom``."""
    full = evidence.jid(line)
    for who in whom:
        if heard(evidence, who, mark, type_, full):
            continue
        unnamed = [
            one for one in heard(evidence, who, mark, type_, full.partition("/")[0]) if "/" not in (one.sender or "")
        ]
        if unnamed:
            words = (
                f"The {kind(type_)} that came {_where(evidence, who)} is from {unnamed[0].sender}, not from {full}."
            )
            yield broken(level, words, *unnamed)
        else:
            yield broken(level, f"No {kind(type_)} from {full} came {_where(evidence, who)}.")


def spared(
    evidence: Evidence,
    mark: str,
    whom: Iterable[str],
    types: Sequence[str | None] = _TELLING,
    sender: str | None = None,
    level: Level = Level.MUST,
    until: str | None = None,
) -> Iterator[Finding | None]:
    """What is wrong where presence has come to one of ``whom`` that should not.

    ``sender`` is whose presence, by default any resource of the user.
    """
    for who in whom:
        for type_ in types:
            seen = heard(evidence, who, mark, type_, sender or evidence.people.me, until)
            if seen:
                words = f"{kind(type_).capitalize()} from {seen[0].sender} came {_where(evidence, who)}."
                yield broken(level, words, *seen)


def told_nothing(evidence: Evidence, prober: str, mark: str = "probe", whose: str | None = None) -> Finding | None:
    """What is wrong where the answer to a probe tells whether somebody is there (§4.3.2)."""
    told = [
        one
        for one in heard(evidence, prober, mark, "*", whose or evidence.people.me)
        if one.type is None or (one.type == "unavailable" and "/" in (one.sender or ""))
    ]
    if not told:
        return None
    return broken(Level.MUST, f"The probe was answered with {kind(told[0].type)} from {told[0].sender}.", *told)


def kind(type_: str | None) -> str:
    """A type of presence in words."""
    if type_ is None:
        return "available presence"
    return "unavailable presence" if type_ == "unavailable" else f"presence of type {type_}"


def kinds(seen: Iterable[Seen]) -> str:
    """The types of what answers a probe, in words."""
    return " and ".join(kind(one.type) for one in seen) or "silence"


def _where(evidence: Evidence, who: str) -> str:
    return f"for {who}" if who in evidence.people.at_component else f"on the line {who}"


# What is in it


def reached_whole(
    evidence: Evidence, who: str, mark: str, children: str, type_: str | None = None
) -> Iterator[Finding | None]:
    """What is wrong where presence of ``me`` has not come to ``who``, or without some of ``children``."""
    yield from reached(evidence, mark, (who,), type_)
    yield whole(evidence, who, mark, children, type_)


def whole(evidence: Evidence, who: str, mark: str, children: str, type_: str | None = None) -> Finding | None:
    """What is wrong where the presence that came for ``who`` lacks some of ``children``."""
    for one in heard(evidence, who, mark, type_, evidence.people.me):
        names = lost(one, children)
        if names:
            words = f"The {kind(type_)} came {_where(evidence, who)} without its {', '.join(names)} as sent."
            return broken(Level.MUST, words, one)
    return None
