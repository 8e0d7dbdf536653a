"""A play on a fake wire: a script written by hand, a time that a test moves, somebody at the other end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock

from rosterkit.conformance.case import Case
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.runner.acting import Patience
from rosterkit.conformance.runner.memory import PASSWORD
from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script
from rosterkit.conformance.verdicts import Level, passed
from rosterkit.core.credentials import Credentials
from rosterkit.net.c2s import ClientFactory
from rosterkit.net.network import Network
from rosterkit.wire.negotiate import Settings
from rosterkit.wire.passwords import derive

_SETTINGS = Settings(1_048_576, True, True, False, allow_plaintext=True, starttls=False)
_CREDENTIALS: Credentials = derive(PASSWORD, b"a play by hand")

#: Short, different from each other, and no fraction of the others' sums.
PATIENCE = Patience(login=30.0, stanza=10.0, order=7.0, case=200.0)


def made(script: Callable[[Scene], Script]) -> Case:
    """A case with this script, whose judge finds nothing wrong."""
    words = ("The rule.", "What follows.", "What is done.", "What is wanted.")
    return Case("rfc6121/2.1.6/by-hand", Level.MUST, *words, script, lambda _: passed("Right."))


class Person:
    """The client's side as a test wants it; ``asked`` is what the play has wanted of it, call by call."""

    def __init__(
        self, *, takes_orders: bool = True, answers: bool = True, tells: bool = False, switches: bool = True
    ) -> None:
        self.takes_orders, self.answers, self.tells, self.switches = takes_orders, answers, tells, switches
        self.declines = not takes_orders
        self.asked: list[tuple[Any, ...]] = []
        self.play: Play | None = None

    def bring(self, me: str) -> None:
        """The play wants a login."""
        self.asked.append(("bring", me))

    def give(self, line: str, sentence: str) -> None:
        """The play has an order."""
        self.asked.append(("give", json.loads(line), sentence))

    def tell(self, me: str) -> None:
        """The play wants to be told the roster."""
        self.asked.append(("tell", me))

    def heard(self, answered: bool) -> None:
        """Something came of an order."""
        self.asked.append(("heard", answered))

    def unheard(self) -> None:
        """Nothing came of an order."""
        self.asked.append(("unheard",))

    def leave(self) -> None:
        """The play is over."""
        self.asked.append(("leave",))


class _Transport:
    """The server's end of a wire."""

    disconnecting = False

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """There is nothing to delay."""

    def write(self, data: bytes) -> None:
        """To the client."""
        self.written += data

    def writeSequence(self, pieces: list[bytes]) -> None:
        """To the client."""
        self.write(b"".join(pieces))

    def loseConnection(self) -> None:
        """The server has said all."""
        self.closed = True

    abortConnection = loseWriteConnection = loseConnection


class Wire:
    """One client's connection to a network, carried by hand; ``heard`` is all that the client was sent."""

    def __init__(self, network: Network, clock: Clock, client: ScriptedClient) -> None:
        self.client = client
        self.heard = b""
        self._factory = ClientFactory(lambda _: network, _SETTINGS, clock)
        self._connect()

    def _connect(self) -> None:
        self._begins = len(self.heard)
        self._transport = _Transport()
        self._connection = self._factory.buildProtocol(None)
        self._connection.makeConnection(self._transport)  # type: ignore[no-untyped-call]
        self.client.connect()

    @property
    def is_wanted_again(self) -> bool:
        """Whether the server has ended the stream so that the client should come back."""
        return self._transport.closed and b"<system-shutdown " in self.heard[self._begins :]

    def come_back(self) -> None:
        """Close the connection and open another."""
        self.drop()
        self._connect()

    def carry(self) -> bool:
        """Everything that is under way now; whether there was anything."""
        data, self._transport.written[:] = bytes(self._transport.written), b""
        self.heard += data
        if data:
            self.client.receive(data)
        sent = self.client.take()
        if sent:
            self._connection.dataReceived(sent)
        return bool(data or sent)

    def drop(self) -> None:
        """The client's side closes."""
        self._connection.connectionLost()
        self.client.lost()


class Playing:
    """A play of ``script`` under way; ``got`` is for the script to put down what its steps gave.

    ``play`` is the play, ``person`` the client's side, ``clock`` its time.
    """

    def __init__(
        self,
        script: Callable[[Scene, list[Any]], Script],
        person: Person | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self.got: list[Any] = []
        self.clock = Clock()
        self.person = person or Person()
        self.scene = Scene("rfc6121/2.1.6/by-hand", "0", "c-2-1-6-by-hand@case.test")
        self.ended: list[Play] = []
        case = made(lambda scene: script(scene, self.got))
        self.play = Play(case, self.scene, _CREDENTIALS, self.clock, self.person, self.ended.append, patience)
        self.wires: list[Wire] = []
        self.person.play = self.play
        self.play.begin()

    def login(self, bare: str | None = None, client: type[ScriptedClient] = ScriptedClient, **kinds: str) -> Wire:
        """A client of the account (by default that of the case) connects, and all that is under way is carried."""
        wire = Wire(self.play.network, self.clock, client(bare or self.scene.me, PASSWORD, {}, **kinds))
        self.wires.append(wire)
        self.carry()
        return wire

    def carry(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(1000):
            self.clock.advance(0)
            due = any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls())
            moved = [wire.carry() for wire in self.wires]
            if not due and not any(moved):
                return
        raise AssertionError("It never rests.")

    def wait(self, seconds: float) -> None:
        """So much time passes."""
        self.clock.advance(seconds)
        self.carry()

    def notes(self, key: str) -> list[Any]:
        """What the play has noted under ``key``."""
        return [seen.step[key] for seen in self.play.seen if key in seen.step]
