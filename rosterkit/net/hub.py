"""The hub: inputs become effects, effects are committed once a reactor turn, and only then do bytes leave.

A turn holds the inputs that were read in one round of the reactor.  At its end everything to save goes to the store
in one transaction; then each link's bytes are written at once.  When the commit fails, every input that wanted to
save something is taken back and answered with ``internal-server-error``; the others of that turn are done again
without them.

Tests: ``tests/net/test_hub.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.core.effects import Close, Effect, Push, Save, SaveAccount, Send, SendRoster
from rosterkit.core.jid import Jid
from rosterkit.core.server import Command, RosterServer
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Link
from rosterkit.core.world import World
from rosterkit.errors import (
    INTERNAL_SERVER_ERROR,
    STREAM_INTERNAL_SERVER_ERROR,
    StoreError,
    StreamError,
)
from rosterkit.store import Store
from rosterkit.wire import encode

__all__ = ["Hub", "Network", "Peer"]

_log = Logger()

#: The most inputs of one turn.  Each may hold a whole roster until the commit; more of them are committed in between.
_MOST_INPUTS = 100


class Peer(Protocol):
    """What a link writes to.  ``write`` only collects; ``flush`` lets the bytes leave."""

    def write(self, *pieces: bytes) -> bool:
        """Collect one stanza, in pieces; True where nothing was waiting before."""

    def flush(self) -> None:
        """Send what was collected."""

    def close(self, error: StreamError) -> None:
        """Send what was collected, the error and the end of the stream, then hang up."""

    def hang_up(self) -> None:
        """Send what was collected, then close the connection."""


class _Said(NamedTuple):
    """Bytes of the stream's own (not of a stanza), in their place among the stanzas."""

    peer: Peer
    data: bytes


class _HungUp(NamedTuple):
    """The end of a connection, after everything before it."""

    peer: Peer


_Happening: TypeAlias = Effect | _Said | _HungUp


class _Input(NamedTuple):
    """One input of a turn, kept until the commit so that it can be done again."""

    method: Callable[..., Sequence[_Happening]]
    link: Link | None
    stanza: Stanza | None
    arguments: tuple[Any, ...]


class Network:
    """One network: its rules, its store and the turn that is open."""

    def __init__(self, world: World, store: Store, clock: IReactorTime) -> None:
        self.world = world
        self.server = RosterServer(world)
        self.server.load(store.load())
        self._store = store
        self._clock = clock
        self._inputs: list[_Input] = []
        self._effects: list[_Happening] = []
        self._end_call: IDelayedCall | None = None

    def account(self, address: Jid) -> Account | None:
        """The account with this bare JID."""
        return self.world.accounts.get(address.bare)

    def open(self, link: Link) -> None:
        """A link is ready: its resource is bound, or its component has shaken hands."""
        self._input(self.server.open, link, None, (link,))

    def receive(self, link: Link, stanza: Stanza) -> None:
        """A stanza was read from a link."""
        self._input(self.server.receive, link, stanza, (link, stanza))

    def lose(self, link: Link) -> None:
        """A link's stream is over; again is no error."""
        self._input(self.server.lose, None, None, (link,))

    def command(self, command: Command) -> None:
        """Do what somebody who runs the server wants; StoreError where it could not be stored.

        Commits the turn at once, so that the caller knows.
        """
        self.end_turn()
        effects = self.server.command(command, self._clock.seconds())
        try:
            self._store.append(_saves(effects))
        except StoreError:
            self.server.roll_back()
            raise
        self.server.commit()
        _apply(effects)

    def say(self, peer: Peer, data: bytes) -> None:
        """Write bytes of the stream's own after everything that was caused so far."""
        self._input(_caused, None, None, (_Said(peer, data),))

    def hang_up(self, peer: Peer) -> None:
        """Close a connection after everything that was caused so far has been sent."""
        self._input(_caused, None, None, (_HungUp(peer),))

    def end_turn(self) -> None:
        """Commit what the inputs so far have changed and let their effects happen; without inputs a no-op."""
        if self._end_call is not None and self._end_call.active():
            self._end_call.cancel()
        self._end_call = None
        effects, inputs = self._effects, self._inputs
        self._effects, self._inputs = [], []
        saves = _saves(effects)
        if saves:
            try:
                self._store.append(saves)
            except StoreError as error:
                _log.error("Nothing was stored, and whoever asked is told so: {error}", error=error)
                self.server.roll_back()
                effects = self._again(inputs)
        self.server.commit()
        _apply(effects)

    def _input(
        self,
        method: Callable[..., Sequence[_Happening]],
        link: Link | None,
        stanza: Stanza | None,
        arguments: tuple[Any, ...],
    ) -> None:
        entry = _Input(method, link, stanza, arguments)
        self._schedule()
        try:
            self._effects += method(*arguments, self._clock.seconds())
        except Exception:  # noqa: BLE001  # a bug in the rules must cost one session and not the server
            _log.failure("The rules failed on {entry!r}; its session is closed.", entry=entry)
            self.server.roll_back()
            self._effects = self._repeat(self._inputs)
            if link is not None:
                self._effects += self.server.lose(link, self._clock.seconds())
                self._effects.append(Close(link, STREAM_INTERNAL_SERVER_ERROR))
            return
        self._inputs.append(entry)
        if len(self._inputs) >= _MOST_INPUTS:
            self.end_turn()

    def _schedule(self) -> None:
        if self._end_call is None:
            self._end_call = self._clock.callLater(0, self.end_turn)

    def _repeat(self, inputs: Iterable[_Input]) -> list[_Happening]:
        """Do the inputs of a turn again that was taken back whole."""
        effects: list[_Happening] = []
        for entry in inputs:
            effects += entry.method(*entry.arguments, self._clock.seconds())
        return effects

    def _again(self, inputs: Iterable[_Input]) -> list[_Happening]:
        """Do the inputs again that save nothing; answer ``internal-server-error`` to the others."""
        done: list[_Happening] = []
        for entry in inputs:
            effects = self._repeat((entry,))
            if _saves(effects):
                self.server.roll_back()
                effects = [*self._refuse(entry)]
            self.server.commit()
            done += effects
        return done

    def _refuse(self, entry: _Input) -> list[Effect]:
        if entry.link is not None and entry.stanza is not None:
            reason = INTERNAL_SERVER_ERROR.saying("The change could not be stored; nothing has changed.")
            self.world.reply(entry.link, entry.stanza, reason)
        return self.world.take()


class Hub:
    """All the networks of a process; nothing crosses from one to another."""

    def __init__(self) -> None:
        self.networks: list[Network] = []

    def serving(self, domain: str) -> Network | None:
        """The network of a local domain; the first made, where two have the same."""
        return next((n for n in self.networks if domain in n.world.domains), None)

    def expecting(self, domain: str) -> Network | None:
        """The network that a component for ``domain`` may join."""
        return next((n for n in self.networks if domain in n.world.expected), None)


def _saves(effects: Iterable[_Happening]) -> list[Save | SaveAccount]:
    return [effect for effect in effects if isinstance(effect, Save | SaveAccount)]


def _caused(happening: _Happening, now: float) -> tuple[_Happening, ...]:
    """The input that is its own effect."""
    return (happening,)


def _apply(happenings: Sequence[_Happening]) -> None:
    """Let what was committed happen, in its order, then flush each peer once."""
    waiting: list[Peer] = []
    for happening in happenings:
        act = _ACTS.get(type(happening))
        if act is not None:
            act(happening, waiting)
    for peer in waiting:
        peer.flush()


def _send(effect: Send, waiting: list[Peer]) -> None:
    peer: Peer = effect.link.peer
    if peer.write(encode.stanza(effect.stanza, effect.to)):
        waiting.append(peer)


def _push(effect: Push, waiting: list[Peer]) -> None:
    for session, data in encode.pushes(effect):
        if session.peer.write(data):
            waiting.append(session.peer)


def _send_roster(effect: SendRoster, waiting: list[Peer]) -> None:
    if effect.session.peer.write(*encode.roster_result(effect)):
        waiting.append(effect.session.peer)


def _say(said: _Said, waiting: list[Peer]) -> None:
    if said.peer.write(said.data):
        waiting.append(said.peer)


def _close(effect: Close, waiting: list[Peer]) -> None:
    effect.link.peer.close(effect.error)


def _hang_up(hung_up: _HungUp, waiting: list[Peer]) -> None:
    hung_up.peer.hang_up()


#: What each happening does; saves have been done before.
_ACTS: Mapping[type, Callable[[Any, list[Peer]], None]] = {
    Send: _send,
    Push: _push,
    SendRoster: _send_roster,
    Close: _close,
    _Said: _say,
    _HungUp: _hang_up,
}
