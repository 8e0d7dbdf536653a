"""A client's stream from the first byte to stanzas, on a host of its own, on TCP and in a WebSocket's messages.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.fuzz.answers import Answers
from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.mutations import cut
from bench.fuzz.streams import client_stream, framed_stream, made, mutated_stream
from bench.fuzz.targets.host import Place, settings_of
from bench.fuzz.targets.target import agree, check_end, comparable, pieces, raw_case
from bench.fuzz.xml_check import Document
from rosterkit.core.stanza import Stanza
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN
from rosterkit.wire.framed import FramedStream, messages
from rosterkit.wire.negotiate import ClientStream
from rosterkit.wire.stream import End, Output, StartTls, VisitorIq, Write

__all__ = ["Framed", "Negotiating"]

_STARTTLS = b"xmpp-tls'/>"
_PLAINTEXT, _ANONYMOUS = 1, 8
_SECURED = 32  # the bit that says that TLS is there


class Negotiating:
    """The first step's actor holds the switches, bit by bit; every step is a piece."""

    name = "negotiation"
    share = 0.13
    deep = "bound", 0.15

    def make(self, chance: Chance) -> Case:
        """A client's stream, cut anywhere."""
        mutated = chance.random() < 0.95
        bits = chance.choice((1, 3, 2 | _SECURED, 2, 15, 8 | _SECURED, 31, chance.randrange(64)))
        must = not bits & (_PLAINTEXT | _SECURED)
        parts = client_stream(chance, starttls=must, anonymous=bool(bits & _ANONYMOUS))
        data = b"".join(mutated_stream(parts, chance) if mutated else made(parts, chance))
        begin, tag, rest = data.partition(_STARTTLS) if must else (b"", b"", data)
        parts_of_it = [*cut(begin + tag, chance), *cut(rest, chance)]  # what stands in one packet with it is dropped
        return Case(tuple(Step(bits, piece) for piece in parts_of_it), int(mutated))

    def from_bytes(self, data: bytes) -> Case:
        """The bytes are the stream."""
        return raw_case(data)

    def play(self, case: Case) -> Played:
        """Send it in pieces, and again in one."""
        bits = case.steps[0].actor if case.steps else 0
        cut_up, outputs = _played(bits, pieces(case))
        _, others = _played(bits, [b"".join(pieces(case))])
        if not any(
            isinstance(output, StartTls) for output in (*outputs, *others)
        ):  # what it cuts off depends on packets
            agree("in pieces or whole", comparable(outputs), comparable(others))
        return Played(tuple(_phases(cut_up, outputs)))


class Framed:
    """The same in messages: every step is one."""

    name = "framed"
    share = 0.05
    deep = "bound", 0.15

    def make(self, chance: Chance) -> Case:
        """A client's stream as messages."""
        mutated = chance.random() < 0.95
        bits = chance.choice((1, 2 | _SECURED, 15, 8 | _SECURED))
        parts = framed_stream(chance, anonymous=bool(bits & _ANONYMOUS))
        found = mutated_stream(parts, chance) if mutated else made(parts, chance)
        return Case(tuple(Step(bits, message) for message in found), int(mutated))

    def from_bytes(self, data: bytes) -> Case:
        """Messages with a NUL between them."""
        bits = data[0] if data else 0
        return Case(tuple(Step(bits, part) for part in data[1:].split(b"\0")), 1)

    def play(self, case: Case) -> Played:
        """Send the messages, and hold every answer against RFC 7395 §3.3."""
        bits = case.steps[0].actor if case.steps else 0
        stream = FramedStream(Place(settings_of(bits)), bool(bits & _SECURED))
        outputs: list[Output] = []
        for message in pieces(case):
            given = stream.receive(message)
            check_end(outputs, given)
            for output in given:
                if isinstance(output, Write):
                    _check_messages(output.data)
                elif isinstance(output, StartTls):
                    stream.tls_started()
            outputs += given
        return Played(tuple(_phases(stream, outputs)))


def _played(bits: int, parts: Iterable[bytes]) -> tuple[ClientStream, list[Output]]:
    stream, answers = ClientStream(Place(settings_of(bits)), bool(bits & _SECURED)), Answers()
    outputs: list[Output] = []
    for part in parts:
        given = stream.receive(part)
        check_end(outputs, given)
        for output in given:
            if isinstance(output, Write):
                answers.read(output.data)
            elif isinstance(output, StartTls):
                stream.tls_started()
        outputs += given
    ended = bool(outputs) and isinstance(outputs[-1], End)
    written = b"".join(output.data for output in outputs if isinstance(output, Write))
    if ended and written and not answers.closed:
        raise WrongError("The stream is over, and its end was not written.")
    last = stream.fail(STREAM_SYSTEM_SHUTDOWN)
    if answers.closed and last:
        raise WrongError(f"An error was written after the end: {last!r:.200}")
    answers.read(last)
    if not answers.closed:
        raise WrongError("An error did not end the stream.")
    return stream, outputs


def _phases(stream: ClientStream, outputs: list[Output]) -> Iterable[str]:
    if stream.domain is not None:
        yield "opened"
    if stream.account is not None:
        yield "logged in"
    if stream.jid is not None:
        yield "bound"
    if any(isinstance(output, Stanza) for output in outputs):
        yield "stanzas"
    if any(isinstance(output, VisitorIq) for output in outputs):
        yield "visitors"
    if outputs and isinstance(outputs[-1], End) and outputs[-1].error is not None:
        yield outputs[-1].error.condition


def _check_messages(data: bytes) -> None:
    """Each is one whole document with its namespaces."""
    for message in messages(data):
        document = Document()
        document.feed(message, final=True)
        if document.error is not None or document.root is None or not document.root[0].startswith("{"):
            raise WrongError(f"A message is no document with a namespace: {document.error}: {message!r:.300}")
