"""What judges of delivery share: where a stanza came, where it did not, and what its sender heard of it.

Each gives what is wrong as a finding, and None where nothing is.

Tests: ``tests/conformance/test_server_delivery_judging.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import Judge, broken
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.names import CLIENT

__all__ = [
    "Aspect",
    "address_kept",
    "arrived",
    "body_of",
    "copies",
    "fate",
    "folded",
    "keeps",
    "kept_off",
    "named",
    "refusals",
    "refused",
    "unanswered",
]

#: Gives what is wrong, or None.
Aspect: TypeAlias = Callable[[Evidence], Finding | None]

_BODY = f"{{{CLIENT}}}body"
_UNAVAILABLE = "service-unavailable"


def keeps(words: str, *aspects: Aspect) -> Judge:
    """A judge: the first thing that is wrong, or ``words``."""
    return lambda evidence: first((aspect(evidence) for aspect in aspects), words)


def body_of(seen: Seen) -> str | None:
    """The text of the first body of a message."""
    return seen.element.findtext(_BODY) if seen.element is not None else None


def folded(address: str | None) -> str:
    """An address as it is compared: only a resource tells upper and lower case apart."""
    bare, slash, resource = (address or "").partition("/")
    return f"{bare.lower()}{slash}{resource}"


def named(seen: Seen | None) -> str:
    """What a stanza is called in a sentence: ``headline message``, ``presence``, ``get``."""
    if seen is None:
        return "stanza"
    if seen.name == "iq":
        return f"iq of type {seen.type}"
    kind = seen.type or ("normal" if seen.name == "message" else "available")
    return f"{kind} {seen.name}"


def copies(evidence: Evidence, line: str, mark: str, until: str | None = None) -> list[Seen]:
    """Where what was said under ``mark`` came on ``line`` in that part of the play.

    It has the same sender, kind and type, and of a message the same id or body, of an iq the same id.
    """
    said = evidence.said(mark)
    return evidence.came(line, mark, _copy_of(evidence, said), until) if said is not None else []


def _copy_of(evidence: Evidence, said: Seen) -> Callable[[Seen], bool]:
    sender = _bare(said.sender or evidence.jid(said.session or ""))

    def is_copy(seen: Seen) -> bool:
        if (seen.name, _type(seen)) != (said.name, _type(said)) or _bare(seen.sender) not in ("", sender):
            return False
        if said.name == "message":
            return seen.id == said.id is not None or body_of(seen) == body_of(said)
        return said.name == "presence" or seen.id == said.id

    return is_copy


def refusals(evidence: Evidence, mark: str) -> list[Seen]:
    """The errors that the sender got for what it said under ``mark``: with its id, or from where it was sent to."""
    said = evidence.said(mark)
    if said is None or said.session is None:
        return []
    if said.name == "iq" and said.type in ("get", "set"):
        return evidence.answers(mark)

    def is_refusal(seen: Seen) -> bool:
        ours = seen.id == said.id if seen.id is not None else _bare(seen.sender) == _bare(said.to)
        return seen.type == "error" and (ours or (seen.name, seen.sender) == (said.name, said.to))

    return evidence.came(said.session, mark, is_refusal)


def fate(evidence: Evidence, mark: str) -> str:
    """What the sender heard, as the end of a sentence."""
    heard = refusals(evidence, mark)
    if not heard:
        return "its sender was told nothing"
    if heard[0].type == "result":
        return "its sender got a result"
    return f"its sender got the error {heard[0].condition or 'without a condition'}"


def arrived(evidence: Evidence, mark: str, line: str, level: Level = Level.MUST) -> Finding | None:
    """It came on a line."""
    if copies(evidence, line, mark):
        return None
    name = named(evidence.said(mark))
    return broken(level, f"The {name} did not come on the line {line}; {fate(evidence, mark)}.")


def kept_off(
    evidence: Evidence, mark: str, lines: Sequence[str], level: Level = Level.MUST, until: str | None = None
) -> Finding | None:
    """It came on none of the lines."""
    for line in lines:
        seen = copies(evidence, line, mark, until)
        if seen:
            return broken(level, f"The {named(seen[0])} came on the line {line}, and should not.", *seen)
    return None


def address_kept(evidence: Evidence, mark: str, line: str) -> Finding | None:
    """Where it came on a line, it is addressed as it was sent."""
    said = evidence.said(mark)
    for seen in copies(evidence, line, mark):
        if said is not None and folded(seen.to) != folded(said.to):
            words = f"The {named(seen)} to {said.to} came with the address {seen.to}."
            return broken(Level.MUST, words, seen)
    return None


def unanswered(evidence: Evidence, mark: str, level: Level = Level.MUST) -> Finding | None:
    """Its sender heard nothing."""
    heard = refusals(evidence, mark)
    if not heard:
        return None
    words = f"The {named(evidence.said(mark))} was answered ({_condition(heard[0])}), and nothing should answer it."
    return broken(level, words, *heard)


def refused(
    evidence: Evidence,
    mark: str,
    level: Level = Level.MUST,
    conditions: Sequence[str] = (_UNAVAILABLE,),
    strict: Level = Level.SHOULD,
    accepted: Level | None = None,
) -> Finding | None:
    """Its sender got an error, which is a matter of ``level``; its condition is one of ``conditions`` (``strict``).

    ``accepted`` is how grave a result is, where that is another matter than silence.
    """
    heard, name = refusals(evidence, mark), named(evidence.said(mark))
    if not heard:
        return broken(level, f"The {name} was not answered, and should be refused.")
    if heard[0].type != "error":
        words = f"The {name} was answered with a result, and should be refused."
        return broken(accepted or level, words, heard[0])
    if heard[0].condition not in conditions:
        words = f"The {name} was refused with {_condition(heard[0])}, not with {' or '.join(conditions)}."
        return broken(strict, words, heard[0])
    return None


def _condition(seen: Seen) -> str:
    if seen.type != "error":
        return f"a {seen.type}"
    return seen.condition or "an error without a condition"


def _type(seen: Seen) -> str | None:
    return None if seen.name == "message" and seen.type == "normal" else seen.type


def _bare(address: str | None) -> str:
    return folded((address or "").partition("/")[0])
