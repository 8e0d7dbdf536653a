"""Plays in memory: a client object at one end of a fake wire, the server's own connection at the other, no sockets.

Time is a Clock: while nothing is under way it jumps to the next thing that is due, so that waiting costs nothing.

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, MutableMapping
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import Logger

from rosterkit.conformance.case import Case
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.runner.acting import USUAL, Patience
from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.runner.server_end import SETTINGS, ServerEnd
from rosterkit.conformance.scene import CASE_DOMAIN, Scene
from rosterkit.core.credentials import Credentials
from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.net.network import Network
from rosterkit.wire.passwords import derive

__all__ = ["PASSWORD", "MakeClient", "play_in_memory"]

_log = Logger()
PASSWORD = "secret"
#: One for all plays: what they cost is the derivation.
_CREDENTIALS: Credentials = derive(PASSWORD, b"conformance case")

#: Makes a client of an account (a bare JID) with a password and what earlier ones have stored.
MakeClient = Callable[[str, str, MutableMapping[str, Any]], ScriptedClient]


class _MemoryActor:
    """The client's side: it comes when it is wanted and does what it is ordered."""

    answers = True
    tells = False
    switches = True

    def __init__(self, make: MakeClient, clock: Clock, orders: str) -> None:
        self.play: Play | None = None
        self.takes_orders = orders != "none"
        self.declines = not self.takes_orders
        self._tells_roster = orders == "report"
        self._make = make
        self._clock = clock
        self._stored: dict[str, Any] = {}
        self._client: ScriptedClient | None = None
        self._connection: ClientConnection | None = None
        self._begin_wire()
        self._wanted: str | None = None

    def bring(self, me: str) -> None:
        if self._connection is None:
            self._connect(me)
        elif self._transport.closed:
            self._wanted = me  # when the client has seen the end of the stream that it has

    def _connect(self, me: str) -> None:
        self._wanted = None
        if self._client is None or self._client.me != me:
            self._client = self._make(me, PASSWORD, self._stored)
        assert self.play is not None
        network = self.play.network
        self._begin_wire()
        factory = ClientFactory(lambda domain: _serving(network, domain), SETTINGS, self._clock)
        self._connection = factory.buildProtocol(None)
        self._connection.makeConnection(self._transport)  # type: ignore[no-untyped-call]
        self._careful(self._client.connect)

    def _begin_wire(self) -> None:
        self._written = bytearray()
        self._transport = ServerEnd(self._written.extend)

    def give(self, line: str, sentence: str) -> None:
        client, play = self._client, self.play
        if client is None or play is None:
            return
        if not self._tells_roster and json.loads(line)["do"] == "roster":
            play.hear(json.dumps({"done": json.loads(line)["order"], "error": "It does not tell its roster."}))
        else:
            self._careful(lambda: play.hear(client.order(line)))

    def heard(self, answered: bool) -> None:
        """It answers always."""

    def unheard(self) -> None:
        """It answers always."""

    def tell(self, me: str) -> None:
        """There is no such command."""

    def leave(self) -> None:
        self._transport.closed = True

    def pump(self) -> bool:
        """Carry what is on the wire; whether there was something."""
        connection, client, transport, written = self._connection, self._client, self._transport, self._written
        if connection is None or client is None:
            return False
        data = bytes(written)
        written.clear()
        if data:
            self._careful(lambda: client.receive(data))
        sent = client.take() if self._client is client else b""
        if sent and not transport.closed:
            connection.dataReceived(sent)
        if transport.closed or client.ended:
            if not written:
                self._disconnect(client)
            return True
        return bool(data or sent)

    def _disconnect(self, client: ScriptedClient | None) -> None:
        """The connection is gone; ``client`` hears of it, where there is still one."""
        connection, self._connection = self._connection, None
        self._transport.closed = True
        if connection is not None:
            connection.connectionLost()
        if client is not None:
            client.lost()
        if self._wanted is not None:
            self._connect(self._wanted)

    def _careful(self, act: Callable[[], Any]) -> None:
        """A client that raises has crashed: its connection is gone, and another begins with what it has stored."""
        try:
            act()
        except Exception as error:  # noqa: BLE001  # clients that crash are among those that are judged
            _log.debug("The client has crashed: {error}", error=repr(error))  # it would hold the whole play
            self._client = None
            self._disconnect(None)


def _serving(network: Network, domain: str) -> Network | None:
    return network if domain in network.world.domains else None


def play_in_memory(
    case: Case,
    make: MakeClient = ScriptedClient,
    seed: str = "0",
    orders: str = "report",
    patience: Patience = USUAL,
) -> Play:
    """The play of ``case`` with a client that ``make`` makes, when it is over.

    ``orders`` says what drives it: ``report`` takes every order, ``edit`` all but to tell its roster, ``none`` none.
    """
    clock = Clock()
    scene = Scene(case.id, seed, f"{case.account}@{CASE_DOMAIN}")
    actor = _MemoryActor(make, clock, orders)
    play = actor.play = Play(case, scene, _CREDENTIALS, clock, actor, lambda _: None, patience)
    play.begin()
    while not play.over:
        if actor.pump():
            continue
        calls = clock.getDelayedCalls()
        if not calls:
            play.give_up("Nothing is under way any more.")
        else:
            clock.advance(max(0.0, min(call.getTime() for call in calls) - clock.seconds()))
    actor.play = None
    return play
