"""The empty server: it parses and stores nothing, and writes what it is told to, by Twisted's own transport.

``I3`` makes a connection number 3; a line ``0:120,3:80`` has 120 bytes written to number 0 and 80 to number 3.

Tests: ``tests/bench/peers/test_peer_floor.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

__all__ = ["Empty"]

_BYTES = b"x" * (1 << 22)


class Empty(Protocol):
    """One connection; ``everybody`` are those that have a number."""

    everybody: dict[bytes, Empty]
    _rest = b""

    def connectionMade(self) -> None:
        """As a server for XMPP has it."""
        self.transport.setTcpNoDelay(True)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        """Orders."""
        if not data.endswith(b"\n"):
            self._rest += data
            return
        for line in (self._rest + data).splitlines():
            order = line.strip()
            if order.startswith(b"I"):
                self.everybody[order[1:]] = self
                self.transport.write(b".")  # type: ignore[union-attr]
            elif order:
                self._obey(order)
        self._rest = b""

    def _obey(self, order: bytes) -> None:
        for answer in order.split(b","):
            number, _, size = answer.partition(b":")
            self.everybody[number].transport.write(_BYTES[: int(size)])  # type: ignore[union-attr]


def main() -> None:
    """Say the port, and serve until the end."""
    loop: Any = reactor
    factory: Any = Factory.forProtocol(Empty)
    Empty.everybody = {}
    port = loop.listenTCP(0, factory, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    loop.run()


if __name__ == "__main__":
    main()
