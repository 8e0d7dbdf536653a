"""What judges of streams share: the server's header, an end with its reason, and what went through all the same.

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from lxml.etree import _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import Judge, broken, shown
from rosterkit.conformance.server.cases.streams_seen import (
    condition_of,
    error,
    features,
    goes_on,
    headers,
    last_words,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["delivered", "not_opened", "of_header", "refused", "returned", "what_came"]


def of_header(look: Callable[[Evidence, _Element, Seen], Finding]) -> Judge:
    """A judge of the server's first header on the line ``raw`` after the mark ``open``."""

    def judge(evidence: Evidence) -> Finding:
        found = headers(evidence, "raw", "open")
        if not found:
            return broken(
                Level.MUST, f"No stream header came in answer to the client's. {last_words(evidence, 'raw')}"
            )
        return look(evidence, *found[0])

    return judge


def not_opened(evidence: Evidence, line: str, mark: str, level: Level) -> Finding | None:
    """What is wrong where a stream should not have begun: the server has made its offers on it."""
    offers = features(evidence, line, mark)
    return broken(level, "The server takes it and offers its stream features.", *offers[:1]) if offers else None


def refused(
    evidence: Evidence, line: str, mark: str, allowed: Collection[str], level: Level = Level.MUST
) -> Finding | None:
    """What is wrong with the end of a line: none (``level``), without a reason, or with another than ``allowed``."""
    said = error(evidence, line, mark)
    if said is not None:
        condition = condition_of(said)
        wanted = " or ".join(allowed)
        right = condition in allowed
        return None if right else broken(Level.SHOULD, f"The stream ends with {condition}, not with {wanted}.", said)
    if goes_on(evidence, line):
        return broken(level, "The server lets the stream go on.")
    return broken(Level.SHOULD, f"The server does not say why. {last_words(evidence, line)}")


def delivered(evidence: Evidence, line: str, mark: str, level: Level = Level.MUST) -> Finding | None:
    """What is wrong where a message with the mark as its id may not arrive: it, or another of somebody, has.

    What a server says by itself counts for nothing.
    """
    nobody = ("", evidence.people.domain)

    def is_it(seen: Seen) -> bool:
        if seen.name != "message" or seen.type == "error":
            return False
        return seen.id == mark or (seen.sender or "").partition("/")[0] not in nobody

    came = evidence.came(line, mark, is_it)
    return broken(level, "The message was delivered all the same.", *came) if came else None


def returned(evidence: Evidence, line: str, mark: str) -> list[Seen]:
    """The errors about a message with the mark as its id."""
    return evidence.came(
        line, mark, lambda seen: seen.name == "message" and seen.type == "error" and seen.id in (mark, None)
    )


def what_came(evidence: Evidence, line: str, mark: str) -> Finding:
    """What a server does with a header about which the RFC leaves it free."""
    said, offers = error(evidence, line, mark), features(evidence, line, mark)
    if said is not None:
        return shown(f"The server ends the stream with {condition_of(said)}.", said)
    if offers:
        return shown("The server takes it and offers its stream features.", *offers[:1])
    return shown(f"The server offers nothing. {last_words(evidence, line)}")
