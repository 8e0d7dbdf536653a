"""What it costs merely to send the same bytes through Twisted: a server that says as many bytes as it is told to.

The sizes of an operation are taken from a run against a real server (:class:`Trace`); then the same number of bytes
goes over the same connections in the same order, through ``transport.write`` of an empty Twisted server.

Tests: ``tests/bench/peers/test_peer_floor.py``.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from bench.clients.costing import Tree
from bench.peers.servers import Measured
from bench.peers.talker import Talker

__all__ = ["Step", "Trace", "floor_server", "replay"]


class Step(NamedTuple):
    """``size`` bytes are sent by a connection; then each of ``answers`` gets so many.  A connection of a number that
    is ``new`` is opened first.
    """

    connection: int
    size: int
    answers: dict[int, int]
    new: bool = False


class Trace:
    """Listens to talkers; ``steps`` are what they have done since it was cleared."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._numbers: dict[Talker, int] = {}  # which keeps them: an id of Python's may come again
        self._fresh: set[int] = set()

    def hear(self, talker: Talker, size: int) -> None:
        """So many bytes were sent by it, or came (then the size is negative)."""
        if talker not in self._numbers:
            self._numbers[talker] = len(self._numbers)
            self._fresh.add(self._numbers[talker])
        number = self._numbers[talker]
        if size > 0:
            self.steps.append(Step(number, size, {}, number in self._fresh))
            self._fresh.discard(number)
        elif self.steps:
            answers = self.steps[-1].answers
            answers[number] = answers.get(number, 0) - size

    def clear(self) -> None:
        """Forget the steps; who was there stays."""
        self.steps = []


@contextmanager
def floor_server() -> Iterator[Measured]:
    """The empty server, as a process of its own."""
    command = [sys.executable, "-m", "bench.peers.floor_side"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Measured("floor", port, Tree([process.pid]))
        finally:
            process.terminate()


class Replay:
    """Plays steps over connections of its own; those that are not new are there from the beginning."""

    def __init__(self, port: int, steps: Sequence[Step]) -> None:
        self._port = port
        self._steps = steps
        self._sockets: dict[int, socket.socket] = {}
        self._requests: dict[int, int] = {}
        numbers = {number for step in steps for number in (step.connection, *step.answers)}
        self._numbers = {number: place for place, number in enumerate(sorted(numbers))}
        self._new = {step.connection for step in steps if step.new}
        for number in sorted(numbers - self._new):
            self._open(number)

    def _open(self, number: int) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"I%d\n" % self._numbers[number])
        self._sockets[number] = connection
        if connection.recv(1) != b".":
            raise ConnectionError("The empty server did not answer.")

    def once(self, _: int = 0) -> None:
        """One operation."""
        for step in self._steps:
            if step.new:
                self._open(step.connection)
            answers = ",".join(f"{self._numbers[number]}:{size}" for number, size in step.answers.items())
            order = f"{answers}\n".encode()
            self._sockets[step.connection].sendall(b" " * max(0, step.size - len(order)) + order)
            for number, size in step.answers.items():
                self._take(self._sockets[number], size)
        for number in self._new:
            self._sockets.pop(number).close()

    @staticmethod
    def _take(connection: socket.socket, size: int) -> None:
        while size:
            data = connection.recv(min(size, 1 << 20))
            if not data:
                raise ConnectionError("The empty server has gone.")
            size -= len(data)

    def close(self) -> None:
        """Leave."""
        for connection in self._sockets.values():
            connection.close()


@contextmanager
def replay(port: int, steps: Sequence[Step]) -> Iterator[Replay]:
    """One that is ready."""
    player = Replay(port, steps)
    try:
        yield player
    finally:
        player.close()
