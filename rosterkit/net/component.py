"""Component connections (XEP-0114), the accepting side.

Tests: ``tests/net/test_component.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from twisted.internet.interfaces import IAddress, IReactorTime

from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Component
from rosterkit.errors import STREAM_CONFLICT, STREAM_HOST_UNKNOWN, StreamError
from rosterkit.net.connection import Connection, ConnectionFactory
from rosterkit.net.network import Network
from rosterkit.wire.handshake import ComponentStream
from rosterkit.wire.negotiate import End, Settings, Write

__all__ = ["ComponentConnection", "ComponentFactory"]


class ComponentFactory(ConnectionFactory):
    """Makes the connections of the component port; ``find`` gives the network that expects a domain."""

    def __init__(
        self,
        find: Callable[[str], Network | None],
        settings: Settings,
        reactor: IReactorTime,
    ) -> None:
        super().__init__(reactor)
        self.find = find
        self.settings = settings

    def buildProtocol(self, addr: IAddress | None) -> ComponentConnection:
        """A connection for somebody who has just come."""
        return ComponentConnection(self)


class ComponentConnection(Connection):
    """One component's connection; it is also the host whom its own handshake asks."""

    def __init__(self, factory: ComponentFactory) -> None:
        super().__init__(factory)
        self.settings = factory.settings
        self._find = factory.find

    def _begin(self) -> None:
        self.stream: ComponentStream = ComponentStream(self)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come; what they ask for is done in their order."""
        if self._closing:
            return
        self.heard_at = self._reactor.seconds()
        for output in self.stream.receive(data):
            if isinstance(output, Stanza):
                if self.network is not None and self.link is not None:
                    self.network.receive(self.link, output)
            elif isinstance(output, Write):
                self.say(output.data)
            elif isinstance(output, End):
                self.end()

    @property
    def jid(self) -> str | None:
        """The domain for which it answers, once it does."""
        return self.link.domain if isinstance(self.link, Component) else None

    # What the handshake asks its host

    def secret(self, domain: str) -> str | None:
        """The shared secret of ``domain``, or None where no such component is expected."""
        network = self._find(domain)
        return network.seed.components.get(domain) if network is not None else None

    def attach(self, domain: str) -> StreamError | None:
        """Let the component answer for ``domain``, unless another does."""
        self.join(self._find(domain))
        if self.network is None:
            return STREAM_HOST_UNKNOWN
        if domain in self.network.world.components:
            return STREAM_CONFLICT.saying(f"A component for {domain} is connected already.")
        link = Component(domain)
        link.peer = self
        self.network.open(link)
        self.link = link
        self.in_turns = True
        return None

    def new_id(self) -> str:
        """An unguessable id for a stream."""
        return secrets.token_hex(16)
