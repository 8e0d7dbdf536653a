"""Plays of cases for servers: with our own server as it is, and told again as another server's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TypeAlias

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.catalogue import SERVER_CASES
from rosterkit.conformance.server.evidence import Evidence, evidence_of
from rosterkit.conformance.server.people import People
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

#: What stands in the journal in the place of an entry.
Change: TypeAlias = Callable[[Entry], Iterable[Entry]]

_BY_ID = {case.id: case for case in SERVER_CASES}


def case_of(name: str) -> ServerCase:
    """The case with the id ``rfc6121/NAME``."""
    return _BY_ID[f"rfc6121/{name}"]


def found(case: ServerCase) -> Finding:
    """What our own server, as it is now, gets in a case."""
    return judged(case, play_in_memory(case).evidence())


def is_right(case: ServerCase, finding: Finding) -> bool:
    """Whether that is as it should be."""
    return finding.verdict is (Verdict.INFO if case.level is Level.MAY else Verdict.PASS)


# Told again


@cache
def _played(case: ServerCase) -> tuple[People, Sequence[Entry]]:
    play = play_in_memory(case)
    return play.people, play.entries


def retold(case: ServerCase, change: Change) -> Evidence:
    """The evidence of a play with our own server in which ``change`` stands for each entry."""
    people, entries = _played(case)
    made = [one for entry in entries for one in change(entry)]
    return evidence_of(people, [one._replace(number=number) for number, one in enumerate(made, 1)])


def is_changed(case: ServerCase, evidence: Evidence) -> bool:
    """Whether anything is in that play which was not so in ours."""
    _, entries = _played(case)
    return [seen.entry.data for seen in evidence.seen] != [entry.data for entry in entries]


def refound(name: str, change: Change) -> Finding:
    """What the case ``rfc6121/NAME`` finds in a play that is told again, and in which something is changed."""
    case = case_of(name)
    evidence = retold(case, change)
    assert is_changed(case, evidence)
    return judged(case, evidence)


def as_said(entry: Entry) -> Iterator[Entry]:
    """Nothing is changed."""
    yield entry


def without(pattern: str, *lines: str) -> Change:
    """What the server has said is lost where it fits ``pattern``, on these lines or on all."""
    lost = re.compile(pattern.encode())

    def change(entry: Entry) -> Iterator[Entry]:
        here = entry.direction == "in" and (not lines or entry.session in lines)
        if not (here and lost.search(entry.data)):
            yield entry

    return change


def rewritten(pattern: str, by: str) -> Change:
    """What the server has said is said otherwise."""

    def change(entry: Entry) -> Iterator[Entry]:
        data = re.sub(pattern.encode(), by.encode(), entry.data) if entry.direction == "in" else entry.data
        yield entry._replace(data=data)

    return change
