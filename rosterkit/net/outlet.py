"""What leaves: effects that were committed become bytes for each peer, in their order, one flush for each.

Where a network is watched (it has a journal), every stanza passes the connection's own watch, one by one.

Tests: ``tests/net/test_turns.py``, ``tests/net/test_network.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from rosterkit.core.effects import Close, Effect, Push, Send, SendRoster
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.errors import StreamError
from rosterkit.wire import encode

__all__ = ["Happening", "HungUp", "Injected", "Peer", "Said", "WatchedOutlet", "kind_of", "let_happen"]


class Peer(Protocol):
    """What a link writes to.  ``write`` and ``emit`` only collect; ``flush`` lets the bytes leave."""

    def write(self, *pieces: bytes) -> bool:
        """Collect one stanza, in pieces; True where nothing was waiting before."""

    def emit(self, kind: str, data: bytes, fault: str | None = None) -> bool:
        """Collect one stanza of a watched network, as :meth:`write` does; ``kind`` is as in the journal.

        ``fault`` is the fault of which it is made.
        """

    def flush(self) -> None:
        """Send what was collected."""

    def close(self, error: StreamError) -> None:
        """Send what was collected, the error and the end of the stream, then hang up."""

    def hang_up(self) -> None:
        """Send what was collected, then close the connection."""


class Said(NamedTuple):
    """Bytes of the stream's own (not of a stanza), in their place among the stanzas."""

    peer: Peer
    data: bytes


class Injected(NamedTuple):
    """Bytes that no rule has caused, in their place among the stanzas; ``fault`` says why they are sent."""

    peer: Peer
    kind: str
    data: bytes
    fault: str | None


class HungUp(NamedTuple):
    """The end of a connection, after everything before it."""

    peer: Peer


Happening: TypeAlias = Effect | Said | Injected | HungUp


def let_happen(happenings: Sequence[Happening]) -> None:
    """Let what was committed happen, in its order, then flush each peer once."""
    _run(happenings, _ACTS)


class WatchedOutlet:
    """The same where a network is watched; what is for a link without a peer goes to ``stage`` (its robots)."""

    def __init__(self, stage: Callable[[Effect], None]) -> None:
        self._stage = stage
        self._acts: Mapping[type, Callable[[Any, list[Peer]], None]] = {
            **_ACTS,
            Send: self._send,
            Push: self._push,
            SendRoster: self._send_roster,
            Close: self._close,
            Said: self._say,
            Injected: self._inject,
        }

    def let_happen(self, happenings: Sequence[Happening]) -> None:
        """Let what was committed happen, in its order, then flush each peer once."""
        _run(happenings, self._acts)

    def _send(self, effect: Send, waiting: list[Peer]) -> None:
        peer: Peer | None = effect.link.peer
        if peer is None:
            self._stage(effect)
        elif peer.emit(kind_of(effect.stanza), encode.stanza(effect.stanza, effect.to)):
            waiting.append(peer)

    def _push(self, effect: Push, waiting: list[Peer]) -> None:
        for session, data in encode.pushes(effect):
            if session.peer.emit("push", data):
                waiting.append(session.peer)

    def _send_roster(self, effect: SendRoster, waiting: list[Peer]) -> None:
        peer: Peer = effect.session.peer
        if peer.emit("roster", b"".join(encode.roster_result(effect))):
            waiting.append(peer)

    def _close(self, effect: Close, waiting: list[Peer]) -> None:
        if effect.link.peer is None:
            self._stage(effect)
        else:
            effect.link.peer.close(effect.error)

    def _say(self, said: Said, waiting: list[Peer]) -> None:
        if said.peer.emit("stream", said.data):
            waiting.append(said.peer)

    def _inject(self, injected: Injected, waiting: list[Peer]) -> None:
        if injected.peer.emit(injected.kind, injected.data, injected.fault):
            waiting.append(injected.peer)


def kind_of(stanza: Stanza) -> str:
    """What the journal calls it."""
    return _KINDS[type(stanza)]


def _run(happenings: Sequence[Happening], acts: Mapping[type, Callable[[Any, list[Peer]], None]]) -> None:
    waiting: list[Peer] = []
    for happening in happenings:
        act = acts.get(type(happening))  # saves have been done before
        if act is not None:
            act(happening, waiting)
    for peer in waiting:
        peer.flush()


def _send(effect: Send, waiting: list[Peer]) -> None:
    peer: Peer | None = effect.link.peer  # None where a call of the control API speaks for an account
    if peer is not None and peer.write(encode.stanza(effect.stanza, effect.to)):
        waiting.append(peer)


def _push(effect: Push, waiting: list[Peer]) -> None:
    for session, data in encode.pushes(effect):
        if session.peer.write(data):
            waiting.append(session.peer)


def _send_roster(effect: SendRoster, waiting: list[Peer]) -> None:
    if effect.session.peer.write(*encode.roster_result(effect)):
        waiting.append(effect.session.peer)


def _say(said: Said, waiting: list[Peer]) -> None:
    if said.peer.write(said.data):
        waiting.append(said.peer)


def _close(effect: Close, waiting: list[Peer]) -> None:
    effect.link.peer.close(effect.error)


def _hang_up(hung_up: HungUp, waiting: list[Peer]) -> None:
    hung_up.peer.hang_up()


def _inject(injected: Injected, waiting: list[Peer]) -> None:
    if injected.peer.write(injected.data):
        waiting.append(injected.peer)


_KINDS: Mapping[type, str] = {Iq: "iq", Presence: "presence", Message: "message"}
_ACTS: Mapping[type, Callable[[Any, list[Peer]], None]] = {
    Send: _send,
    Push: _push,
    SendRoster: _send_roster,
    Close: _close,
    Said: _say,
    Injected: _inject,
    HungUp: _hang_up,
}
