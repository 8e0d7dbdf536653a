"""A peer as a Twisted service: from a PeerConfig to contacts that a real server reaches.

Tests: ``tests/peer/test_peer_service.py``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred, fail, inlineCallbacks, maybeDeferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit import __version__
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Stanza
from rosterkit.core.world import Settings
from rosterkit.entries import Component
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN, ConfigError, RosterkitError
from rosterkit.net.contacts import read_contacts
from rosterkit.net.control.api import make_routes, make_site
from rosterkit.net.hub import Hub
from rosterkit.net.outlet import Injected, kind_of
from rosterkit.net.readiness import Ready, listen, write_ready_file
from rosterkit.net.seed import Seed, SeedContact, new_version
from rosterkit.net.service import MAIN
from rosterkit.peer.calls import add_calls
from rosterkit.peer.connecting import PATIENCE, ComponentConnection, pause
from rosterkit.peer.link import ServerLink
from rosterkit.peer.network import PeerNetwork
from rosterkit.peer.privileges import Privileges
from rosterkit.peer_config import PeerConfig
from rosterkit.wire import encode
from rosterkit.xmpp.reconnecting import Connect

__all__ = ["PeerService", "make_peer_service"]

_log = Logger()

#: The contacts have no clients but robots: nobody logs in, registers or keeps a version of a roster.
_SETTINGS = Settings(versioning=False, registration=False, history=0)


class PeerService(Service):
    """The peer.  ``ready`` fires with its ready line when the server has taken the component and all ports listen.

    It fails with :class:`ConfigError`, or with :class:`~rosterkit.errors.NotTakenError` where the server does not
    take it; nothing runs then.  ``connect`` is the network's where it is not given.  Stopping lets every contact go
    offline, then ends the stream.
    """

    def __init__(
        self,
        config: PeerConfig,
        reactor: Any,
        connect: Connect | None = None,
        backoff: Callable[[int], float] = pause,
    ) -> None:
        self.config = config
        self.hub = Hub()
        self.ready: Deferred[Ready] = Deferred()
        self.network: PeerNetwork | None = None
        self._reactor = reactor
        self._said: Ready | None = None
        self._ports: list[IListeningPort] = []
        privileges = Privileges(config.domain, self._send, self._note, reactor)
        self.link = ServerLink(config.domain, privileges)
        self.connection = ComponentConnection(
            Component(config.domain, config.secret),
            config.place,
            connect or HostnameEndpoint(reactor, config.host, config.port, timeout=PATIENCE).connect,
            wait=config.wait,
            limit=config.max_stanza,
            backoff=backoff,
            told=self._note,
            reactor=reactor,
        )
        self.link.setHandlerParent(self.connection)
        #: The calls of the control API, whether or not there is a port for them.
        self.routes = make_routes(self.hub, reactor, _no_port, lambda _: None, lambda: self._said)
        add_calls(self.routes, privileges)

    def startService(self) -> None:
        """Listen, then connect; the outcome is told by ``ready``."""
        super().startService()  # type: ignore[no-untyped-call]
        starting: Deferred[Ready] = ensureDeferred(self._start())
        starting.addErrback(self._failed)
        starting.chainDeferred(self.ready)

    def stopService(self) -> Deferred[None]:
        """Say goodbye and close; fires when the connection is gone."""
        super().stopService()  # type: ignore[no-untyped-call]
        return self._stop()

    async def _start(self) -> Ready:
        config = self.config
        self.network = make_network(config, self.link, self._reactor)
        self.hub.add(self.network)
        control = None
        if config.control_port is not None:
            site = make_site(self.routes, config.control_token)
            port = await listen(self._reactor, config.interface, "--control-port", config.control_port, site)
            self._ports.append(port)
            control = {"host": config.interface, "port": port.getHost().port}
        self.connection.startService()
        await self.connection.taken
        self._said = {
            "rosterkit": __version__,
            "pid": os.getpid(),
            "domain": config.domain,
            "component": {"host": config.host, "port": config.port},
            "control": control,
        }
        if config.ready_file is not None:
            write_ready_file(config.ready_file, self._said)
        return self._said

    @inlineCallbacks
    def _stop(self) -> Any:
        yield DeferredList([maybeDeferred(port.stopListening) for port in self._ports], consumeErrors=True)
        self._ports.clear()
        network, self.network = self.network, None
        if network is not None:
            network.farewell()
            network.end(STREAM_SYSTEM_SHUTDOWN)
        yield self.connection.stopService()
        if network is not None:
            network.close()

    @inlineCallbacks
    def _failed(self, failure: Failure) -> Any:
        yield self._stop()
        if failure.check(RosterkitError) is None:
            _log.failure("The peer could not start", failure)
        return failure

    def _send(self, stanza: Stanza) -> None:
        """Write a stanza of the component's own, in its place among those of the contacts."""
        if self.network is not None:
            data = encode.stanza(stanza, stanza.to.full if stanza.to is not None else None)
            self.network.cause(Injected(self.link, kind_of(stanza), data, None))

    def _note(self, text: str) -> None:
        if self.network is not None:
            self.network.note("session", text, self.link)


def make_peer_service(config: PeerConfig, reactor: Any = None) -> PeerService:
    """The service for ``config``; without ``reactor`` it runs on the installed one."""
    if reactor is None:
        from twisted.internet import reactor as installed

        reactor = installed
    return PeerService(config, reactor)


def make_network(config: PeerConfig, link: ServerLink, reactor: Any) -> PeerNetwork:
    """The network that ``config`` describes, joined to the server by ``link``."""
    contacts = tuple(_alone(contact, config) for contact in read_contacts(config.contacts))
    seed = Seed(MAIN, (config.domain,), contacts=contacts, settings=_SETTINGS, journal=config.journal)
    return PeerNetwork(seed, link, reactor, config.shared)


def _alone(contact: SeedContact, config: PeerConfig) -> SeedContact:
    """The contact, who knows nobody at its beginning; ConfigError where it is at another domain."""
    domain = config.domain
    if contact.jid.domain != domain or not contact.jid.local:
        raise ConfigError(
            f"--contacts: {config.contacts}: {contact.jid.bare} cannot be a contact of the component {domain}: "
            f"write NAME@{domain}, or change --component."
        )
    return replace(contact, roster=Roster.new(new_version()))


def _no_port(_network: object) -> Deferred[Any]:
    return fail(ConfigError("A peer has no ports for clients."))
