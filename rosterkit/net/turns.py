"""Turns: inputs become effects, effects are committed once a reactor turn, and only then does anything happen.

A turn holds the inputs that were read in one round of the reactor.  At its end everything to save goes to the store
in one transaction; then each link's bytes are written at once.  When the commit fails, every input that wanted to
save something is taken back and answered with ``internal-server-error``; the others of that turn are done again
without them.

Tests: ``tests/net/test_turns.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.core.commands import Command
from rosterkit.core.effects import Close, Effect, Save, SaveAccount, Send, SendRoster
from rosterkit.core.jid import Jid
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Link
from rosterkit.core.world import World
from rosterkit.errors import INTERNAL_SERVER_ERROR, STREAM_INTERNAL_SERVER_ERROR, StoreError
from rosterkit.net.outlet import Happening, HungUp, Peer, Said, let_happen
from rosterkit.store import Store

__all__ = ["Turns"]

_log = Logger()

#: The most inputs of one turn.  Each may hold a whole roster until the commit; more of them are committed in between.
_MOST_INPUTS = 100
_SAVED = (Save, SaveAccount)


class _Input(NamedTuple):
    """One input of a turn, kept until the commit so that it can be done again."""

    method: Callable[..., Sequence[Happening]]
    link: Link | None
    stanza: Stanza | None
    arguments: tuple[Any, ...]


class Turns:
    """One network's rules, its store and the turn that is open.

    ``happen`` lets effects that were committed take place, in their order.  ``now`` gives the time in seconds for the
    rules; without it that of ``reactor``.
    """

    def __init__(
        self, world: World, store: Store, reactor: IReactorTime, now: Callable[[], float] | None = None
    ) -> None:
        self.world = world
        self.server = RosterServer(world)
        self.server.load(store.load())
        self.happen: Callable[[Sequence[Happening]], None] = let_happen
        self._store = store
        self._reactor = reactor
        self._now = now or reactor.seconds
        self._inputs: list[_Input] = []
        self._effects: list[Happening] = []
        self._end_call: IDelayedCall | None = None

    @property
    def pending(self) -> bool:
        """Whether there are inputs that are not committed."""
        return bool(self._inputs)

    def account(self, address: Jid) -> Account | None:
        """The account with this bare JID."""
        return self.world.accounts.get(address.bare)

    def open(self, link: Link) -> None:
        """A link is ready: its resource is bound, or its component has shaken hands."""
        self._input(self.server.open, link, None, (link,))

    def receive(self, link: Link, stanza: Stanza, alone: bool = False) -> None:
        """A stanza was read from a link; ``alone`` where nothing has come together with it.

        An answer to that one stanza need not wait for the end of the turn, where nothing else does.
        """
        self._input(self.server.receive, link, stanza, (link, stanza), alone)

    def lose(self, link: Link) -> None:
        """A link's stream is over; again is no error."""
        self._input(self.server.lose, None, None, (link,))

    def command(self, command: Command) -> list[Effect]:
        """Do what somebody who runs the server wants, and give what it led to; StoreError where it was not stored.

        Commits the turn at once, so that the caller knows.
        """
        self.end_turn()
        effects = self.server.command(command, self._now())
        try:
            self._store.append(_saves(effects))
        except StoreError:
            self.server.roll_back()
            raise
        self.server.commit()
        self.happen(effects)
        return effects

    def say(self, peer: Peer, data: bytes) -> None:
        """Write bytes of the stream's own after everything that was caused so far."""
        self.cause(Said(peer, data))

    def cause(self, happening: Happening) -> None:
        """Let something happen after everything that was caused so far."""
        self._input(_caused, None, None, (happening,))

    def hang_up(self, peer: Peer) -> None:
        """Close a connection after everything that was caused so far has been sent."""
        self.cause(HungUp(peer))

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
        self.happen(effects)

    def abandon(self) -> None:
        """Forget the inputs that are not committed and what they led to; nobody hears of it."""
        if self._end_call is not None and self._end_call.active():
            self._end_call.cancel()
        self._end_call = None
        self._inputs, self._effects = [], []
        self.server.roll_back()

    def _input(
        self,
        method: Callable[..., Sequence[Happening]],
        link: Link | None,
        stanza: Stanza | None,
        arguments: tuple[Any, ...],
        alone: bool = False,
    ) -> None:
        try:
            effects = method(*arguments, self._now())
        except Exception:  # noqa: BLE001  # a bug in the rules must cost one session and not the server
            entry = _Input(method, link, stanza, arguments)
            _log.failure("The rules failed on {entry!r}; its session is closed.", entry=entry)
            self._schedule()
            self.server.roll_back()
            self._effects = self._repeat(self._inputs)
            if link is not None:
                self._effects += self.server.lose(link, self._now())
                self._effects.append(Close(link, STREAM_INTERNAL_SERVER_ERROR))
            return
        if alone and self._end_call is None and _is_answer(effects, link):
            self.server.commit()
            self.happen(effects)
            return
        self._schedule()
        self._effects += effects
        self._inputs.append(_Input(method, link, stanza, arguments))
        if len(self._inputs) >= _MOST_INPUTS:
            self.end_turn()

    def _schedule(self) -> None:
        if self._end_call is None:
            self._end_call = self._reactor.callLater(0, self.end_turn)

    def _repeat(self, inputs: Iterable[_Input]) -> list[Happening]:
        """Do the inputs of a turn again that was taken back whole."""
        effects: list[Happening] = []
        for entry in inputs:
            effects += entry.method(*entry.arguments, self._now())
        return effects

    def _again(self, inputs: Iterable[_Input]) -> list[Happening]:
        """Do the inputs again that save nothing; answer ``internal-server-error`` to the others."""
        done: list[Happening] = []
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


def _is_answer(effects: Sequence[Happening], link: Link | None) -> bool:
    """Whether all that an input leads to is one answer to its own link, or nothing: then there is nothing to store,
    and nobody else to whom it could be written together with something else.
    """
    if len(effects) != 1:
        return not effects
    effect = effects[0]
    if isinstance(effect, Send):
        return effect.link is link
    return isinstance(effect, SendRoster) and effect.session is link


def _saves(effects: Iterable[Happening]) -> list[Save | SaveAccount]:
    return [effect for effect in effects if isinstance(effect, _SAVED)]


def _caused(happening: Happening, now: float) -> tuple[Happening, ...]:
    """The input that is its own effect."""
    return (happening,)
