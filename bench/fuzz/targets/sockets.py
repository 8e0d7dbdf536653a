"""The WebSocket below XMPP: the upgrade and the frames.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.frames import REQUEST, frames, request
from bench.fuzz.mutations import mutate_bytes
from bench.fuzz.streams import framed_stream, made
from bench.fuzz.targets.target import agree, cut_up, pieces, raw_case
from rosterkit.wire.websocket import Answer, Fault, Left, Message, Received, Refusal, WebSocket

__all__ = ["Sockets"]

_LIMIT = 10_000


class Sockets:
    """Every step is a piece of what comes over TCP."""

    name = "websocket"
    share = 0.05
    deep = "messages", 0.3

    def make(self, chance: Chance) -> Case:
        """A request and messages in frames, cut anywhere."""
        mutated = chance.random() < 0.95
        begin = request(chance) if mutated and chance.random() < 0.3 else REQUEST
        parts = made(framed_stream(chance)[: chance.randrange(1, 5)], chance)
        if chance.random() < 0.05:
            parts.append(b"x" * chance.choice((9_999, 10_000, 10_001, 70_000)))
        data = begin + b"".join(frames(part, chance) for part in parts)
        if mutated and chance.random() < 0.3:
            data = begin + mutate_bytes(data[len(begin) :], chance)
        return cut_up(data, chance, mutated)

    def from_bytes(self, data: bytes) -> Case:
        """The bytes come behind a right request, unless the second says otherwise."""
        case = raw_case(data)
        if case.steps and case.steps[0].actor % 4:
            return Case((Step(0, REQUEST), *case.steps), 1)
        return case

    def play(self, case: Case) -> Played:
        """Receive it in pieces, and again in one."""
        received, written = _received(pieces(case))
        others, same = _received([b"".join(pieces(case))])
        agree("in pieces or whole", *map(_settled, (received, others)))
        if not any(isinstance(one, Fault) for one in received):
            agree("answers in pieces or whole", [written], [same])
        return Played(tuple(_phases(received)))


def _settled(received: list[Received]) -> list[object]:
    """A message that is too long and no UTF-8 either is refused for what is found first, which depends on the cut."""
    ended = [one.error.condition if isinstance(one, Fault) else one for one in received]
    return ["refused" if one in ("policy-violation", "not-well-formed") else one for one in ended]


def _received(parts: Iterable[bytes]) -> tuple[list[Received], bytes]:
    """What was received, and the bytes that were written for it."""
    socket = WebSocket(_LIMIT)
    found: list[Received] = []
    written = b""
    for part in parts:
        for received in socket.receive(part):
            if found and isinstance(found[-1], Refusal | Fault | Left):
                raise WrongError(f"{received!r:.200} came after the end.")
            found.append(received)
            if isinstance(received, Answer | Refusal):
                written += received.data
            elif isinstance(received, Message):
                received.data.decode()  # it is UTF-8, whatever was sent
                if len(received.data) > _LIMIT:
                    raise WrongError(f"A message of {len(received.data)} bytes came.")
                written += socket.message(b"<a/>")
            elif isinstance(received, Fault | Left):
                written += socket.close()
    return found, written + socket.close()


def _phases(received: list[Received]) -> Iterable[str]:
    if received and isinstance(received[0], Answer):
        yield "upgraded"
    if any(isinstance(one, Message) for one in received):
        yield "messages"
    if received and not isinstance(received[-1], Answer | Message):
        yield type(received[-1]).__name__.lower()
