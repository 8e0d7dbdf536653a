"""What every target has, and what the checks of several share.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.mutations import cut
from rosterkit.core.stanza import Stanza
from rosterkit.wire.stream import End, Output, VisitorIq

__all__ = ["Target", "agree", "check_end", "comparable", "cut_up", "pieces", "raw_case"]


class Target(Protocol):
    """One door.  ``share`` is its part of all inputs, ``deep`` a phase and the least part that reaches it."""

    name: str
    share: float
    deep: tuple[str, float]

    def make(self, chance: Chance) -> Case:
        """A case, mostly with a mutation in it."""

    def from_bytes(self, data: bytes) -> Case:
        """The case that ``data`` is, for an engine that knows only bytes."""

    def play(self, case: Case) -> Played:
        """Send it.  Raises :class:`WrongError` where a promise is broken; any other exception is a broken one too."""


def pieces(case: Case) -> list[bytes]:
    """What is sent, step by step."""
    return [step.data for step in case.steps]


def cut_up(data: bytes, chance: Chance, mutated: bool) -> Case:
    """``data`` as a case, cut anywhere."""
    return Case(tuple(Step(0, piece) for piece in cut(data, chance)), int(mutated))


def raw_case(data: bytes) -> Case:
    """The rest of ``data``, cut as its first byte says; the actor is the second."""
    size, actor, stream = (data[0] or 1 << 20, data[1], data[2:]) if len(data) > 2 else (1 << 20, 0, b"")
    return Case(tuple(Step(actor, stream[at : at + size]) for at in range(0, len(stream), size)), 1)


def check_end(before: Sequence[Output], given: Sequence[Output]) -> None:
    """Raise where a stream that has ended before gives more, or goes on behind its end."""
    if before and isinstance(before[-1], End) and given:
        raise WrongError(f"Something came after the end: {given[0]!r:.200}")
    if any(isinstance(output, End) for output in given[:-1]):
        raise WrongError("Something came behind the end.")


def comparable(outputs: Sequence[Output]) -> list[object]:
    """Stanzas as what they say; writing may be cut otherwise."""
    return [_said(output) for output in outputs]


def _said(output: Output) -> object:
    if isinstance(output, Stanza):
        kind = type(output).__name__
        return kind, output.type, output.id, output.to, output.sender, output.body, output.fault
    if isinstance(output, VisitorIq):
        return "visitor", output.iq.type, output.iq.id, output.domain
    return output


def agree(what: str, one: Sequence[object], other: Sequence[object]) -> None:
    """Raise unless both are the same; the first difference is told."""
    if one == other:
        return
    for number, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            raise WrongError(f"{what}: item {number} is {left!r:.300} and {right!r:.300}.")
    raise WrongError(
        f"{what}: {len(one)} and {len(other)} items; the last are {one[-1:]!r:.300} and {other[-1:]!r:.300}."
    )
