"""A component's stream (XEP-0114), on a host of its own.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.fuzz import keys
from bench.fuzz.answers import Answers
from bench.fuzz.case import Case, Played, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.streams import component_stream, made, mutated_stream
from bench.fuzz.targets.host import ComponentPlace
from bench.fuzz.targets.target import agree, check_end, comparable, cut_up, pieces, raw_case
from bench.fuzz.xml_check import Document
from rosterkit.core.stanza import Stanza
from rosterkit.wire.handshake import ComponentStream
from rosterkit.wire.stream import End, Output, Write

__all__ = ["ShakingHands"]


class ShakingHands:
    """Every step is a piece."""

    name = "component"
    share = 0.05
    deep = "joined", 0.2

    def make(self, chance: Chance) -> Case:
        """A component's stream, cut anywhere."""
        mutated = chance.random() < 0.95
        parts = component_stream(chance)
        data = b"".join(mutated_stream(parts, chance) if mutated else made(parts, chance))
        return cut_up(data, chance, mutated)

    def from_bytes(self, data: bytes) -> Case:
        """The bytes are the stream."""
        return raw_case(data)

    def play(self, case: Case) -> Played:
        """Send it in pieces, and again in one."""
        place, outputs = _played(pieces(case))
        data = b"".join(pieces(case))
        _, others = _played([data])
        agree("in pieces or whole", comparable(outputs), comparable(others))
        if place.attached and not _proves(data):
            raise WrongError("A component has joined without the proof of its secret.")
        return Played(tuple(_phases(place, outputs)))


def _played(parts: Iterable[bytes]) -> tuple[ComponentPlace, list[Output]]:
    place, answers = ComponentPlace(), Answers()
    stream = ComponentStream(place)
    outputs: list[Output] = []
    for part in parts:
        given = stream.receive(part)
        check_end(outputs, given)
        outputs += given
    for output in outputs:
        if isinstance(output, Write):
            answers.read(output.data)
        elif isinstance(output, Stanza):
            _check(output)
    return place, outputs


def _proves(data: bytes) -> bool:
    """Whether there is the right handshake, however it is written, as expat reads it."""
    document = Document()
    document.feed(data)
    shown = [text.strip() for tag, _, text, _ in document.children if tag.endswith("}handshake")]
    return keys.handshake() in shown


def _check(stanza: Stanza) -> None:
    if stanza.sender is None or stanza.sender.domain != "far.test":
        raise WrongError(f"A component speaks as {stanza.sender}.")
    if stanza.to is None and stanza.fault is None:
        raise WrongError("A component's stanza is for nobody.")


def _phases(place: ComponentPlace, outputs: list[Output]) -> Iterable[str]:
    if outputs and not isinstance(outputs[-1], End):
        yield "opened"
    if place.attached:
        yield "joined"
    if any(isinstance(output, Stanza) for output in outputs):
        yield "stanzas"
    if outputs and isinstance(outputs[-1], End) and outputs[-1].error is not None:
        yield outputs[-1].error.condition
