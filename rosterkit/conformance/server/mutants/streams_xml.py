"""Mutants that read bytes wrongly: what XMPP forbids is taken, what is right is not (RFC 6120 §4.1, §11).

Most do something to what a client has sent before the stream reads it, as a careless parser would.

Tests: ``tests/conformance/test_server_streams_xml.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core.effects import Effect
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Link, Session
from rosterkit.errors import STREAM_BAD_FORMAT
from rosterkit.wire.reader import Event
from rosterkit.wire.stream import Output, ServerStream

__all__ = ["MUTANTS"]

_Function: TypeAlias = Callable[..., Any]
_TAG = re.compile(rb"<(/?)([^\s<>/!?]+)([^<>]*?)(/?)>")
_UNKNOWN = re.compile(rb"&(?!(?:lt|gt|amp|apos|quot|#\w+);)\w+;")


def _mutant(name: str, section: str, breaks: str, *patches: Patch) -> Mutant:
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{section}",))


# What is forbidden and is taken


def _read_as(read: Callable[[bytes], bytes]) -> Patch:
    """What a client sends is read as something else."""

    def change(original: _Function) -> _Function:
        return lambda self, data: original(self, read(data))

    return Patch(ServerStream, "receive", change)


def _without(pattern: bytes, instead: bytes = b"") -> Patch:
    return _read_as(lambda data: re.sub(pattern, instead, data))


def _mended(data: bytes) -> bytes:
    """Each end tag gets the name of what is open."""
    names: list[bytes] = []

    def tag(found: re.Match[bytes]) -> bytes:
        end, name, _, empty = found.groups()
        if end:
            return b"</%b>" % (names.pop() if names else name)
        if not empty:
            names.append(name)
        return found[0]

    return _TAG.sub(tag, data)


# What is allowed and is not taken


def _dies_of_space(original: _Function) -> _Function:
    def receive(self: ServerStream, data: bytes) -> list[Output]:
        outputs: list[Output] = (
            self._end(STREAM_BAD_FORMAT) if self.ready and data[:1].isspace() else original(self, data)
        )
        return outputs

    return receive


def _packets_are_stanzas(original: _Function) -> _Function:
    return lambda self, data: original(self, data) if data.rstrip().endswith(b">") else []


def _waits_for_the_next(original: _Function) -> _Function:
    def receive(self: ServerStream, data: bytes) -> list[Output]:
        outputs: list[Output] = [*self.__dict__.pop("held", ()), *original(self, data)]
        if outputs and isinstance(outputs[-1], Stanza):
            self.__dict__["held"] = [outputs.pop()]
        return outputs

    return receive


def _one_a_packet(original: _Function) -> _Function:
    def stanzas(self: ServerStream, events: Iterable[Event]) -> list[Output]:
        outputs: list[Output] = original(self, list(events)[:1])
        return outputs

    return stanzas


def _finishes_halves(original: _Function) -> _Function:
    def lose(self: RosterServer, link: Link, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(link, Session):
            outputs = link.peer.stream.receive(b"</body></message>")
            for stanza in (output for output in outputs if isinstance(output, Stanza)):
                effects += self.receive(link, stanza, now)
        effects += original(self, link, now)
        return effects

    return lose


MUTANTS: tuple[Mutant, ...] = (
    _mutant("skips-comments", "11.1", "It skips comments.", _without(rb"<!--.*?-->")),
    _mutant("skips-instructions", "11.1", "It skips processing instructions.", _without(rb"<\?(?!xml\s).*?\?>")),
    _mutant("skips-doctypes", "11.1", "It skips document types.", _without(rb"<!DOCTYPE.*?\]>")),
    _mutant(
        "skips-entities",
        "11.1",
        "It skips entities that it does not know.",
        _read_as(lambda data: _UNKNOWN.sub(b"", data)),
    ),
    _mutant("mends-tags", "11.3", "It closes what is open, whatever an end tag says.", _read_as(_mended)),
    _mutant("drops-prefixes", "11.3", "It drops prefixes.", _without(rb"<(/?)(?!stream:)\w+:", rb"<\1")),
    _mutant(
        "mends-characters",
        "11.6",
        "It puts a sign in the place of bytes that are no UTF-8.",
        _read_as(lambda data: data.decode("utf-8", "replace").encode()),
    ),
    _mutant(
        "any-encoding", "11.6", "It does not look at the encoding that is declared.", _without(rb" encoding='[^']*'")
    ),
    _mutant(
        "packets-are-stanzas",
        "4.1",
        "It loses what does not come in one packet.",
        Patch(ServerStream, "receive", _packets_are_stanzas),
    ),
    _mutant(
        "waits-for-the-next",
        "4.1",
        "It handles a stanza when the next bytes come.",
        Patch(ServerStream, "receive", _waits_for_the_next),
    ),
    _mutant(
        "one-a-packet", "4.1", "It handles one stanza of a packet.", Patch(ServerStream, "_stanzas", _one_a_packet)
    ),
    _mutant(
        "finishes-halves",
        "4.1",
        "It handles half a message when the connection breaks off.",
        Patch(RosterServer, "lose", _finishes_halves),
    ),
    _mutant(
        "dies-of-space",
        "11.7",
        "It ends a stream over white space between stanzas.",
        Patch(ServerStream, "receive", _dies_of_space),
    ),
)
