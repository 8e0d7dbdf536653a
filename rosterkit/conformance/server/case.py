"""A case for servers, and how its play is judged.

Tests: ``tests/conformance/test_server_case.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from rosterkit.conformance.case import Rule
from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script
from rosterkit.conformance.verdicts import (
    Finding,
    Level,
    Oracle,
    failed,
    inconclusive,
    info,
    passed,
    unsupported,
)

__all__ = [
    "BYTES",
    "STARTTLS",
    "TRANSPORTS",
    "Judge",
    "ServerCase",
    "broken",
    "case_under",
    "judged",
    "kept",
    "shown",
]

Judge: TypeAlias = Callable[[Evidence], Finding]

#: The ways in which a server may be reached: TLS on the way, TLS first, messages of a WebSocket, TCP without TLS.
TRANSPORTS = frozenset({"starttls", "tls", "websocket", "plain"})
#: Where a stream is bytes that may be cut anywhere, and begins with a header.
BYTES = TRANSPORTS - {"websocket"}
#: Where TLS is part of the stream.
STARTTLS = frozenset({"starttls"})


@dataclass(frozen=True, slots=True)
class ServerCase(Rule):
    """One case for servers.

    ``accounts`` is how many accounts of the server it plays, ``component`` whether contacts of another server take
    part, which a component stands for.  ``transports`` are those of :data:`TRANSPORTS` over which it means anything.
    ``alone`` says that no other play may be under way: it does something to what plays share.
    """

    script: Callable[[People], Script]
    judge: Judge
    accounts: int = 1
    component: bool = False
    transports: frozenset[str] = TRANSPORTS
    alone: bool = False

    @property
    def needs(self) -> str:
        """What a run must have for it, in words."""
        accounts = "an account" if self.accounts == 1 else f"{self.accounts} accounts"
        component = ", and a component beside it" if self.component else ""
        over = f"; --transport {' or '.join(sorted(self.transports))}" if self.transports != TRANSPORTS else ""
        return f"{accounts} of the server{component}{over}."


def case_under(
    begin: str,
    id_: str,
    rule: str,
    consequence: str,
    done: str,
    wanted: str,
    script: Callable[[People], Script],
    judge: Judge,
    level: Level = Level.MUST,
    **needs: Any,
) -> ServerCase:
    """A case whose id begins with ``begin``; ``needs`` are other fields.  For modules whose cases are much alike."""
    return ServerCase(f"{begin}{id_}", level, rule, consequence, done, wanted, script, judge, **needs)


def kept(words: str, *seen: Seen) -> Finding:
    """The rule was followed; ``seen`` is what shows it."""
    return passed(words, Oracle.WIRE, *(one.number for one in seen))


def broken(level: Level, words: str, *seen: Seen) -> Finding:
    """The rule was broken: FAIL where it is a MUST, NON-STRICT where it is a SHOULD, INFO where it is a MAY."""
    return failed(level, words, Oracle.WIRE, *(one.number for one in seen))


def shown(words: str, *seen: Seen) -> Finding:
    """The RFC leaves it open; ``words`` says what the server does."""
    return info(words, Oracle.WIRE, *(one.number for one in seen))


_ENDED = "The server has ended the line {line} after what was done as {mark!r}: {why}"
_SILENT = "The server answers nothing any more on the line {line} after what was done as {mark!r}."
_SHARED = "The component's connection, which the plays of other cases share, was lost: {why} Run this case again."


def judged(case: ServerCase, evidence: Evidence) -> Finding:
    """The finding of a play: the judge's, unless the play did not get as far as the judge.

    A server that ends a line, or answers nothing on it any more, after the case has begun has not followed the rule:
    FAIL where that is a MUST, else NON-STRICT.  Before that nobody knows, nor which play was the reason where the
    component's line is lost and the case was not played alone.
    """
    ended, silence, stuck = evidence.ended(), evidence.silence(), evidence.stuck()
    if ended is not None and ended.session == COMPONENT and not case.alone:
        return inconclusive(_SHARED.format(why=ended.step["over"]))
    if ended is not None:
        return _gone(case, evidence, ended, _ENDED)
    if silence is not None:
        return _gone(case, evidence, silence, _SILENT)
    if stuck is not None:
        text = stuck.step["stuck"]
        return unsupported(text) if stuck.step.get("unsupported") else inconclusive(text)
    return case.judge(evidence)


def _gone(case: ServerCase, evidence: Evidence, note: Seen, words: str) -> Finding:
    """What a line that is gone, or silent, says of the case."""
    marks = [seen.step["mark"] for seen in evidence.steps("mark") if seen.number < note.number]
    why = note.step.get("over", "")
    if not marks:
        return inconclusive(f"The line {note.session} was gone before the case had begun. {why}".strip())
    level = Level.MUST if case.level is Level.MUST else Level.SHOULD
    return broken(level, words.format(line=note.session, mark=marks[-1], why=why), note)
