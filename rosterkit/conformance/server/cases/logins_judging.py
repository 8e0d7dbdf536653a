"""What judges of logins share: how an attempt has ended, and whether two can be told apart.

Tests: ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from collections.abc import Collection

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import Judge, broken, kept
from rosterkit.conformance.server.cases.streams_seen import condition_of, error, goes_on, last_words, sasl, step_of
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["LINE", "fails_with", "last_step", "succeeds", "told_apart"]

#: The line on which scripts log in by hand.
LINE = "raw"


def last_step(evidence: Evidence, mark: str, line: str = LINE) -> Seen | None:
    """The server's last step in what was tried under ``mark``."""
    return next(reversed(sasl(evidence, line, mark)), None)


def _unanswered(evidence: Evidence, mark: str, level: Level) -> Finding:
    """Neither success nor failure came."""
    said = error(evidence, LINE, mark)
    if said is not None:
        return broken(level, f"The login is answered with the end of the stream: {condition_of(said)}.", said)
    if goes_on(evidence, LINE):
        return broken(Level.MUST, "The login got no answer.")
    return broken(level, f"The login got no answer. {last_words(evidence, LINE)}")


def fails_with(mark: str, allowed: Collection[str], words: str) -> Judge:
    """A judge: what was tried under ``mark`` has to fail, and should with one of the conditions that are allowed."""

    def judge(evidence: Evidence) -> Finding:
        last = last_step(evidence, mark)
        if last is None:
            return _unanswered(evidence, mark, Level.SHOULD)
        step = step_of(last)
        if step == "success":
            return broken(Level.MUST, "The login succeeded.", last)
        if step == "challenge":
            return broken(Level.MUST, "The server goes on with the login.", last)
        if step not in allowed:
            return broken(Level.SHOULD, f"The login fails with {step}, not with {' or '.join(allowed)}.", last)
        return kept(f"{words} with {step}.", last)

    return judge


def succeeds(evidence: Evidence, mark: str, level: Level) -> Finding | None:
    """What is wrong with what was tried under ``mark``, which should have succeeded."""
    last = last_step(evidence, mark)
    if last is None:
        return _unanswered(evidence, mark, level)
    if step_of(last) != "success":
        return broken(level, f"The login did not succeed: {step_of(last)}.", last)
    return None


def told_apart(
    evidence: Evidence, one: tuple[str, str], other: tuple[str, str], names: Collection[str]
) -> Finding | None:
    """What tells two attempts apart, of which somebody should learn nothing; each is a line and a mark.

    ``names`` are those that were tried, which a text may repeat.
    """
    first, second = (sasl(evidence, *where) for where in (one, other))
    steps = [", then ".join(map(step_of, seen)) or "no answer" for seen in (first, second)]
    if steps[0] != steps[1]:
        words = f"A wrong password is answered with {steps[0]}, an unknown name with {steps[1]}."
        return broken(Level.SHOULD, words, *first, *second)
    if [_without(seen, names) for seen in first] != [_without(seen, names) for seen in second]:
        words = f"A wrong password and an unknown name are both answered with {steps[0]}, and with different texts."
        return broken(Level.SHOULD, words, *first, *second)
    return None


def _without(seen: Seen, names: Collection[str]) -> bytes:
    data = seen.entry.data
    for name in names:
        data = data.replace(name.encode(), b"*")
    return data
