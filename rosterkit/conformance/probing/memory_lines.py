"""Lines to our own server in the same process, over wires that are a queue: no sockets, no reactor, no waiting.

Whatever passes in either direction stands in one queue, in its order, and :meth:`MemoryLines.pump` carries it until
nothing is left.  The server commits its turn behind each packet that it gets.  A listener is never called while the
server or a stream is at work, so it may send, enter, close and pump as it likes.

Tests: ``tests/conformance/test_memory_lines.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from rosterkit.conformance.probing.driven_line import DrivenLine
from rosterkit.conformance.probing.lines import Line, Listener, ProbeError
from rosterkit.conformance.runner.server_end import SETTINGS, ServerEnd
from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.net.component import ComponentConnection, ComponentFactory
from rosterkit.net.network import Network
from rosterkit.wire.entering import Account, Entering, Phase
from rosterkit.wire.initiating import Output
from rosterkit.wire.joining import Joining

__all__ = ["MemoryLines"]

_Connection: TypeAlias = ClientConnection | ComponentConnection


class MemoryLines:
    """The lines to ``network``, whose time is ``clock``.

    ``clients`` makes the server's ends for clients; without it they are those of a server with
    :data:`~rosterkit.conformance.runner.server_end.SETTINGS`.  The component is the first that the network expects.
    With ``starttls`` logins take STARTTLS first, on which both ends go on as if there were TLS.
    """

    is_settled = True
    is_spread = False

    def __init__(
        self,
        network: Network,
        clock: Clock,
        clients: ClientFactory | None = None,
        starttls: bool = False,
    ) -> None:
        self.network = network
        self._clock = clock
        self._starttls = starttls
        settings = SETTINGS._replace(allow_plaintext=not starttls, starttls=starttls)
        self._clients = clients or ClientFactory(self._serving, settings, clock)
        self._components = ComponentFactory(self._expecting, SETTINGS, clock)
        self._queue: deque[Callable[[], object]] = deque()
        self._hurried: list[_MemoryLine] = []

    def enter(
        self,
        label: str,
        account: Account,
        upto: Phase,
        listener: Listener,
        resource: str | None = None,
        **more: Any,
    ) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`; it logs in with PLAIN."""
        options = {"starttls": self._starttls, "mechanism": "PLAIN", "allow_plaintext_password": True, **more}
        machine = Entering(account, upto, resource=resource, **options)
        return self._connect(_MemoryLine(label, machine, listener, self), self._clients.buildProtocol(None))

    def join(self, label: str, listener: Listener) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`."""
        component = next(iter(self.network.seed.components.items()), None)
        if component is None:
            return fail(ProbeError("The network expects no component."))
        machine = Joining(*component)
        return self._connect(_MemoryLine(label, machine, listener, self), self._components.buildProtocol(None))

    def pump(self) -> None:
        """Carry what is on the wires until nothing is; what was said is heard when it returns."""
        while True:
            while self._queue:
                self._queue.popleft()()
            if self._clock.getDelayedCalls():
                self._clock.advance(0)
            if not self._queue:
                if not self._hurried:
                    return
                self._hurried.pop(0).give_up()

    # What its lines ask

    def later(self, act: Callable[[], object]) -> None:
        """Put something at the end of the queue."""
        self._queue.append(act)

    def hurry(self, line: _MemoryLine) -> None:
        """Cut a line when nothing is under way any more and it is still there."""
        self._hurried.append(line)

    def _connect(self, line: _MemoryLine, connection: _Connection) -> Deferred[Line]:
        line.connect(connection)
        self.pump()
        line.give_up()
        self.pump()
        return line.entered

    def _serving(self, domain: str) -> Network | None:
        return self.network if domain in self.network.world.domains else None

    def _expecting(self, domain: str) -> Network | None:
        return self.network if domain in self.network.world.expected else None


class _MemoryLine(DrivenLine):
    """One line."""

    def __init__(self, label: str, machine: Entering | Joining, listener: Listener, lines: MemoryLines) -> None:
        super().__init__(label, machine, listener)
        self._lines = lines
        self._wire = ServerEnd(self._hear_soon, self._hang_up)
        self._connected = False
        self._connection: _Connection

    def connect(self, connection: _Connection) -> None:
        """Join the two ends and begin."""
        self._connection = connection
        self._connected = True
        connection.makeConnection(self._wire)  # type: ignore[no-untyped-call]
        self._begin()

    def close(self) -> Deferred[None]:
        """End the stream; has fired, unless the line is being closed by what it says."""
        closed = super().close()
        self._lines.pump()
        return closed

    def give_up(self) -> None:
        """Nothing is under way any more."""
        if self.is_wanted:
            self._fail(f"The server does not get on: {self._machine.awaited} was waited for, and nothing comes.")
        elif self._connected and not self.is_open:
            self._abort()

    def _hear_soon(self, data: bytes) -> None:
        self._lines.later(partial(self._take, data))

    def _act(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            self._lines.later(partial(self._do, output))

    def _transmit(self, data: bytes) -> None:
        self._lines.later(partial(self._deliver, data))

    def _deliver(self, data: bytes) -> None:
        if self._connected:
            self._connection.dataReceived(data)
            self._lines.network.settle()

    def _start_tls(self) -> None:
        self._lines.later(self._secured)

    def _hang_up(self) -> None:
        """The connection is over when what was written is read."""
        self._lines.later(self._disconnect)

    def _hurry(self) -> None:
        self._lines.hurry(self)

    def _abort(self) -> None:
        self._wire.closed = True
        self._hang_up()

    def _disconnect(self) -> None:
        if not self._connected:
            return
        self._connected = False
        self._wire.closed = True
        self._connection.connectionLost()
        self._lines.network.settle()
        text = "is closed" if self._ended else "was closed by the server without an end of the stream"
        self._lines.later(partial(self._lost, f"The connection {text}."))  # behind what is still to be heard
