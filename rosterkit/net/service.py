"""A server as a Twisted service: from a Config to listening ports, proved and announced.

Tests: ``tests/net/test_service.py``.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from typing import Any

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, DeferredList, inlineCallbacks, maybeDeferred
from twisted.internet.interfaces import IListeningPort
from twisted.logger import Logger

from rosterkit import __version__
from rosterkit.config import Config
from rosterkit.control_settings import web_address
from rosterkit.core import jid
from rosterkit.core.commands import AddAccount
from rosterkit.core.credentials import Credentials
from rosterkit.core.roster import Roster
from rosterkit.core.world import Settings as WorldSettings
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN, RosterkitError
from rosterkit.net.addresses import Addresses
from rosterkit.net.c2s import ClientFactory
from rosterkit.net.component import ComponentFactory
from rosterkit.net.connection import Connection
from rosterkit.net.contacts import read_contacts
from rosterkit.net.control.api import make_routes, make_site
from rosterkit.net.control.site import ControlSite
from rosterkit.net.gate import Gate
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network
from rosterkit.net.patience import Patience
from rosterkit.net.proof import prove
from rosterkit.net.readiness import Ready, listen, write_ready_file
from rosterkit.net.seed import Seed, SeedAccount, new_version
from rosterkit.net.tls import Tls, prepare
from rosterkit.net.websocket import WebSocketFactory
from rosterkit.store import Store, open_store
from rosterkit.wire import passwords
from rosterkit.wire.negotiate import Settings

__all__ = ["MAIN", "Ready", "RosterService", "make_network", "make_service"]

_log = Logger()

#: The name of the network that the configuration describes.
MAIN = "main"


def make_network(config: Config, store: Store | None, reactor: Any) -> Network:
    """The network that ``config`` describes, called :data:`MAIN`, with what ``store`` holds.

    Without a store its accounts are its seed, to which a reset returns.
    """
    settings = WorldSettings(
        config.versioning,
        config.pre_approval,
        config.registration,
        config.history,
        config.anonymous,
        config.limits,
    )
    components = {component.domain: component.secret for component in config.components}
    seed = Seed(
        MAIN,
        config.domains,
        contacts=read_contacts(config.contacts),
        settings=settings,
        components=components,
        journal=config.journal,
    )
    if store is None:
        accounts = (
            SeedAccount(jid.parse(bare), _derive(password), Roster.new(new_version()))
            for bare, password in config.accounts
        )
        return Network(replace(seed, accounts=tuple(accounts)), reactor)
    network = Network(seed, reactor, store)
    for bare, password in config.accounts:
        _ensure_account(network, bare, password)
    return network


def _derive(password: str) -> Credentials:
    return passwords.derive(password, secrets.token_bytes(passwords.SALT_BYTES))


def _ensure_account(network: Network, bare: str, password: str) -> None:
    """A configured account exists with this password; what the store holds of it stays."""
    address = jid.parse(bare)
    known = network.account(address)
    if known is None or not passwords.matches(password, known.credentials):
        network.command(AddAccount(address, _derive(password)))


class RosterService(MultiService):
    """The server.  ``ready`` fires with a :data:`Ready` when it has proved itself by a connection of its own.

    It fails with a :class:`RosterkitError` when that cannot be; nothing listens then.  Stopping ends every stream
    with ``system-shutdown``.
    """

    def __init__(self, config: Config, reactor: Any) -> None:
        super().__init__()
        self.config = config
        self.hub = Hub(config.limits)
        self.ready: Deferred[Ready] = Deferred()
        self._reactor = reactor
        self._ports: list[IListeningPort] = []
        self._factories: list[ClientFactory | ComponentFactory] = []
        self._own_ports: dict[Network, tuple[IListeningPort, ClientFactory]] = {}
        self._said: Ready | None = None
        #: The calls of the control API, whether or not there is a port for them.
        self.routes = make_routes(self.hub, reactor, self._listen_for, self._unlisten, lambda: self._said)
        self._addresses = Addresses()
        self._gate = Gate(reactor)
        self._patience = Patience(config.limits, self._connections, reactor)
        self._store: Store | None = None
        self._tls: Tls | None = None

    def startService(self) -> None:
        """Load the store, listen, prove it; the outcome is told by ``ready``."""
        super().startService()
        starting: Deferred[Ready] = maybeDeferred(self._start)
        starting.addErrback(self._failed)
        starting.chainDeferred(self.ready)

    def stopService(self) -> Deferred[None]:
        """End every stream with ``system-shutdown``; fires when all is closed."""
        super().stopService()
        return self._stop()

    @inlineCallbacks
    def _start(self) -> Any:
        config = self.config
        self._tls = prepare(config)
        self._store = open_store(config.db, config.durability) if config.db is not None else None
        self._patience.begin()
        self.hub.add(make_network(config, self._store, self._reactor))
        c2s = yield self._listen("--c2s-port", config.c2s_port, self._clients(direct_tls=False))
        tls = component = websocket = websocket_tls = None
        if config.tls_port is not None:
            tls = yield self._listen("--tls-port", config.tls_port, self._clients(direct_tls=True))
        if config.websocket_port is not None:
            factory = self._websockets(direct_tls=False)
            websocket = yield self._listen("--websocket-port", config.websocket_port, factory)
        if config.websocket_tls_port is not None:
            factory = self._websockets(direct_tls=True)
            websocket_tls = yield self._listen("--websocket-tls-port", config.websocket_tls_port, factory)
        if config.component_port is not None:
            component = yield self._listen("--component-port", config.component_port, self._components())
        control = None
        if config.control_port is not None:
            control = yield self._listen("--control-port", config.control_port, self._control())
        self._tls.publish(config.ca_file)
        yield prove(self._reactor, c2s["host"], c2s["port"], config.domains[0])
        ready = self._ready(
            c2s=c2s, tls=tls, component=component, websocket=websocket, websocket_tls=websocket_tls, control=control
        )
        if config.ready_file is not None:
            write_ready_file(config.ready_file, ready)
        _log.info("Serving {domains} at {host} port {port}", domains=", ".join(config.domains), **c2s)
        if control is not None:
            _log.info("The inspector is at {address}/", address=web_address(control))
        return ready

    def _ready(self, **ports: object) -> Ready:
        ca_file = self._tls.ca_file if self._tls is not None else None
        self._said = {
            "rosterkit": __version__,
            "pid": os.getpid(),
            "domains": list(self.config.domains),
            **ports,
            "ca_file": str(ca_file) if ca_file is not None else None,
        }
        return self._said

    def _control(self) -> ControlSite:
        return make_site(self.routes, self.config.control_token)

    @inlineCallbacks
    def _listen_for(self, network: Network) -> Any:
        """Open a port for the clients of one network."""
        factory = self._clients(direct_tls=False)

        def find(domain: str) -> Network | None:
            is_there = self.hub.networks.get(network.name) is network
            return network if is_there and domain in network.world.domains else None

        factory.find = find
        heard = yield self._listen("own_port", 0, factory)
        self._own_ports[network] = (self._ports[-1], factory)
        return heard

    def _unlisten(self, network: Network) -> None:
        """Close the port of one network; who is connected and has named no domain yet is looked after to the end."""
        port, factory = self._own_ports.pop(network)
        self._ports.remove(port)
        ended = DeferredList([connection.ended for connection in factory.connections])
        ended.addCallback(lambda _: self._factories.remove(factory))
        maybeDeferred(port.stopListening).addErrback(lambda failure: _log.failure("A port stays open", failure))

    def _clients(self, direct_tls: bool) -> ClientFactory:
        context = self._tls.context if self._tls is not None else None
        settings = self._settings(starttls=not direct_tls)
        return ClientFactory(self.hub.serving, settings, self._reactor, context, direct_tls)

    def _websockets(self, direct_tls: bool) -> WebSocketFactory:
        """There is no STARTTLS on WebSocket: whoever opens a port without TLS wants logins there without it."""
        settings = self._settings(starttls=False)
        if not direct_tls:
            settings = settings._replace(allow_plaintext=True)
        return WebSocketFactory(self.hub.serving, settings, self._reactor, direct_tls=direct_tls)

    def _components(self) -> ComponentFactory:
        return ComponentFactory(self.hub.expecting, self._settings(starttls=False), self._reactor)

    def _settings(self, starttls: bool) -> Settings:
        config = self.config
        return Settings(
            limit=config.max_stanza,
            versioning=config.versioning,
            pre_approval=config.pre_approval,
            registration=config.registration,
            allow_plaintext=config.allow_plaintext,
            starttls=starttls,
            limits=config.limits,
        )

    @inlineCallbacks
    def _listen(self, option: str, port: int, factory: ClientFactory | ComponentFactory | ControlSite) -> Any:
        """Listen; what the ready line says of the port.  ConfigError where it is taken."""
        interface = self.config.interface
        listened: Any = factory
        if not isinstance(factory, ControlSite):
            factory.guard(self.config.limits, self._addresses, self._gate)
            self._factories.append(factory)
        if isinstance(factory, ClientFactory) and factory.direct_tls and self._tls is not None:
            listened = self._tls.wrap(factory)
        listening = yield listen(self._reactor, interface, option, port, listened)
        self._ports.append(listening)
        return {"host": interface, "port": listening.getHost().port}

    @inlineCallbacks
    def _stop(self) -> Any:
        self._patience.end()
        yield DeferredList([maybeDeferred(port.stopListening) for port in self._ports], consumeErrors=True)
        self._ports.clear()
        for network in self.hub.networks.values():
            network.end_turn()
        ended = [connection.ended for connection in self._connections()]
        for connection in self._connections():
            connection.close(STREAM_SYSTEM_SHUTDOWN)
        yield DeferredList(ended)
        for network in self.hub.networks.values():
            network.end_turn()
            network.close()
        if self._store is not None:
            self._store.close()
        if self._tls is not None:
            self._tls.close()

    def _connections(self) -> list[Connection]:
        return [connection for factory in self._factories for connection in factory.connections]

    @inlineCallbacks
    def _failed(self, failure: Any) -> Any:
        yield self._stop()
        if failure.check(RosterkitError) is None:
            _log.failure("The server could not start", failure)
        return failure


def make_service(config: Config, reactor: Any = None) -> RosterService:
    """The service for ``config``; without ``reactor`` it runs on the installed one."""
    if reactor is None:
        from twisted.internet import reactor as installed

        reactor = installed
    return RosterService(config, reactor)
