"""A network of this process: its turns, its time, its connections, and what is remembered of them.

Tests: ``tests/net/test_network.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from rosterkit.core.effects import Effect
from rosterkit.core.faults import FaultTable
from rosterkit.core.journal import Called, Journal
from rosterkit.core.server import RosterServer
from rosterkit.core.stage import Stage
from rosterkit.core.stanza import Stanza
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN, StreamError
from rosterkit.net.clock import NetworkClock, Timer
from rosterkit.net.outlet import Happening, Peer, WatchedOutlet, kind_of
from rosterkit.net.seed import Seed, new_version
from rosterkit.net.turns import Turns
from rosterkit.store import Store
from rosterkit.store.memory import NoStore
from rosterkit.wire import encode, passwords
from rosterkit.wire.struck import without_secrets

__all__ = ["Network", "Party"]

_log = Logger()

#: How many turns contacts may answer each other before whoever asked hears that it is done.
_MOST_TURNS = 100
_RESET = STREAM_SYSTEM_SHUTDOWN.saying("The network begins anew.")


class Party(Peer, Protocol):
    """A connection of the network, as the journal and the control API see it.

    ``label`` is its name in the network (``c1``), ``account`` a bare JID from the login on, ``jid`` a full one from
    bind on; that of a component is its domain.
    """

    label: str

    @property
    def account(self) -> str | None:
        """Who has logged in."""

    @property
    def jid(self) -> str | None:
        """Which resource is bound."""

    def leave(self, error: StreamError) -> None:
        """End the stream with ``error``; what happens to it afterwards is nothing to the network any more."""


class Network(Turns):
    """One network.  ``journal`` is None where nothing is remembered; then nothing of that costs anything.

    ``connections`` are those that have named a domain of the network, by label, in the order of their coming.
    ``beginning`` tells it from every other network, earlier ones of its name and earlier processes too.
    """

    def __init__(self, seed: Seed, reactor: IReactorTime, store: Store | None = None) -> None:
        self.seed = seed
        self.name = seed.name
        self.own_port = seed.own_port
        self.beginning = new_version()
        self.durable = store is not None
        self.clock = NetworkClock(reactor)
        super().__init__(seed.world(), store or NoStore(), reactor, self.clock.seconds)
        #: The mechanisms of which some stored accounts have no keys: imported ones, until they have a new password.
        self.without = passwords.without_keys(one.credentials for one in self.world.accounts.values())
        self.connections: dict[str, Party] = {}
        self.journal = Journal(seed.journal) if seed.journal else None
        self.stage: Stage | None = None
        self.faults = FaultTable()
        self._labels = itertools.count(1)
        self._waking: Timer | None = None
        self._acting = False
        if self.journal is not None:
            self._outlet = WatchedOutlet(self._perform)
            self.happen = self._happen
        self._sow()

    @property
    def claims(self) -> Iterable[str]:
        """The domains by which it is found: its own, and those of its components."""
        return (*self.seed.domains, *self.seed.components)

    # Connections

    def attach(self, connection: Party) -> None:
        """A connection has named one of the domains; it gets its label."""
        connection.label = f"c{next(self._labels)}"
        self.connections[connection.label] = connection

    def detach(self, connection: Party) -> None:
        """A connection is gone; again is no error."""
        self.connections.pop(connection.label, None)

    def record(
        self,
        connection: Party,
        direction: str,
        kind: str,
        data: bytes,
        fault: str | None = None,
        withheld: bool = False,
    ) -> None:
        """Remember what has passed on a connection, without the secrets in it."""
        if self.journal is not None:
            self.journal.add(
                self.clock.seconds(),
                connection.label,
                connection.account,
                connection.jid,
                direction,
                kind,
                without_secrets(data),
                fault,
                withheld,
            )

    def note(self, kind: str, text: str, connection: Party | None = None, account: str | None = None) -> None:
        """Remember what was done or decided, as a sentence."""
        if self.journal is None:
            return
        label, jid = (connection.label, connection.jid) if connection is not None else (None, None)
        account = connection.account if connection is not None else account
        self.journal.add(self.clock.seconds(), label, account, jid, "note", kind, text=text)

    def note_call(self, call: Called) -> None:
        """Remember a call of the control API that has changed the network."""
        if self.journal is not None:
            text = f"{call.method} {call.path} was called."
            self.journal.add(self.clock.seconds(), None, None, None, "note", "call", text=text, call=call)

    # The network as a whole

    def reset(self) -> None:
        """Begin anew as :class:`Seed` says: streams end with ``system-shutdown``, time begins at 0 again.

        Not for a network that is kept in a store.
        """
        assert not self.durable
        self.end(_RESET)
        self.faults = FaultTable()  # whose ids begin anew, as those of a network that was just made
        if self.journal is not None:
            self.journal.clear()
        self.world = self.seed.world()
        self.server = RosterServer(self.world)
        self._sow()

    def end(self, error: StreamError) -> None:
        """End every stream with ``error``; nothing that is done on one of them matters afterwards, no timer runs."""
        self.end_turn()
        for connection in list(self.connections.values()):
            connection.leave(error)
        self.connections.clear()
        self.abandon()
        self.stage = self._waking = None
        self.faults.clear()
        self.clock.reset()

    def close(self) -> None:
        """Let nobody wait any more for what will not come; the network is not used after it."""
        self.clock.reset()
        if self.journal is not None:
            self.journal.close()

    def _sow(self) -> None:
        if not self.durable:
            self.server.load(
                (account.jid.bare, account.credentials, account.roster) for account in self.seed.accounts
            )
        if self.journal is None:
            return
        self.stage = Stage(self.world, self._overhear)
        for domain in self.seed.remote:
            self.stage.serve(domain)
        self._begin(self.stage)

    # Scripted contacts

    def _begin(self, stage: Stage) -> None:
        """Let the contacts of the seed begin."""
        for contact in self.seed.contacts:
            stage.add_contact(contact.jid, contact.script, self.clock.seconds(), contact.roster)
        self.play()

    def play(self) -> None:
        """Let the scripted contacts do what is due, as inputs of the turn; they act again after its commit."""
        stage = self.stage
        if stage is None or self._acting:  # a commit in between: whoever acts goes on with what it has led to
            return
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        if stage.wakes_at is not None and stage.wakes_at <= self.clock.seconds():
            self._act(stage)
        if stage.wakes_at is not None:
            self._waking = self.clock.at(stage.wakes_at, self.play)

    def settle(self) -> None:
        """Commit, and let the contacts act on it, until nothing is due now; bounded where they never rest."""
        for _ in range(_MOST_TURNS):
            self.end_turn()
            if not self.pending:
                return

    def _act(self, stage: Stage) -> None:
        self._acting = True
        try:
            for made in stage.run(self.clock.seconds()):
                arguments = tuple(argument for argument in made[1:] if argument is not None)
                self._input(getattr(self.server, made.method), made.link, made.stanza, arguments)
        except Exception:  # noqa: BLE001  # a mistake in a contact must not cost the network
            _log.failure("A scripted contact failed by a mistake of rosterkit; please report it.")
        finally:
            self._acting = False

    def _happen(self, happenings: Sequence[Happening]) -> None:
        self._outlet.let_happen(happenings)
        if self.stage is not None and self.stage.wakes_at is not None:
            self.play()

    def _perform(self, effect: Effect) -> None:
        if self.stage is not None:
            self.stage.deliver(effect)

    def _overhear(self, full: str, direction: str, stanza: Stanza, to: str | None) -> None:
        """What a scripted contact says or is told."""
        if self.journal is not None:
            bare = full.partition("/")[0]
            data = encode.stanza(stanza, to)
            self.journal.add(self.clock.seconds(), None, bare, full, direction, kind_of(stanza), data)
