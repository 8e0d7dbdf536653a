"""An empty Twisted echo server on a free loopback port, which it prints: the floor for every other figure."""

from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol


class Echo(Protocol):
    """Says what it hears."""

    def connectionMade(self) -> None:
        """Somebody is there."""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        """Something was said."""
        self.transport.write(data)


if __name__ == "__main__":
    port = reactor.listenTCP(0, Factory.forProtocol(Echo), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()
