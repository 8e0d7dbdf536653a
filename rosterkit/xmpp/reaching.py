"""Where an account's server is, and a connection to it (RFC 6120 §3.2, RFC 2782, XEP-0368).

Tests: ``tests/xmpp/test_reaching.py``.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IProtocolFactory
from twisted.logger import Logger

from rosterkit.wire.sasl_client import LoginError

__all__ = ["DIRECT_TLS_PORT", "PORT", "Resolver", "Route", "Server", "find", "in_order"]

PORT = 5222
DIRECT_TLS_PORT = 5223

_log = Logger()
_SRV = 33  # the type of record (RFC 2782)


class Server(NamedTuple):
    """A host to connect to; ``host`` is a name or an IP address, without brackets."""

    host: str
    port: int


class Resolver(Protocol):
    """What is asked for SRV records: :mod:`twisted.names.client`, or one of its resolvers."""

    def lookupService(self, name: str) -> Deferred[Any]:
        """Fires with answers, authority and additional records."""


class Route:
    """The way to the server of ``domain``.

    With ``host`` or ``port`` it is there (``host`` is the domain if it is missing).  Else it is where the domain's
    SRV records say, and where it has none at ``server``: the domain's own address and the usual port.  ``context``
    puts TLS on each connection from the first byte on.  ``timeout`` (seconds) is for one host.
    """

    def __init__(
        self,
        domain: str,
        host: str | None = None,
        port: int | None = None,
        *,
        context: IOpenSSLClientConnectionCreator | None = None,
        resolver: Resolver | None = None,
        timeout: float = 30.0,
        reactor: Any,
    ) -> None:
        self._domain = domain
        self.server = Server((host or domain).strip("[]"), port or (PORT if context is None else DIRECT_TLS_PORT))
        self._fixed = host is not None or port is not None
        self._context = context
        self._resolver = resolver
        self._timeout = timeout
        self._reactor = reactor

    def __str__(self) -> str:
        return f"{self.server.host} port {self.server.port}" if self._fixed else self._domain

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        """Fires with the protocol; hosts are tried in order, and the last one's failure is the result.

        Cancelling it ends the attempt.  Fails with :class:`LoginError` where the domain says that it has no server.
        """
        return ensureDeferred(self._connect(factory))

    async def _connect(self, factory: IProtocolFactory) -> Any:
        servers = [self.server]
        if not self._fixed:
            servers = await find(self._domain, self._context is not None, self._resolver) or servers
        for server in servers[:-1]:
            try:
                return await self._endpoint(server).connect(factory)
            except (CancelledError, ConnectingCancelledError):
                raise
            except Exception as error:  # noqa: BLE001  # whatever it is, the next host may be better
                _log.info("{host} port {port} cannot be reached: {error}", **server._asdict(), error=error)
        return await self._endpoint(servers[-1]).connect(factory)

    def _endpoint(self, server: Server) -> Any:
        endpoint: Any = HostnameEndpoint(self._reactor, server.host, server.port, timeout=self._timeout)
        return endpoint if self._context is None else wrapClientTLS(self._context, endpoint)


async def find(domain: str, direct_tls: bool, resolver: Resolver | None = None) -> list[Server]:
    """The servers of ``domain`` in the order in which to try them; none where no SRV record says.

    A lookup that fails counts as none (RFC 6120 §3.2.1).  Raises :class:`LoginError` where the record says that
    there is no such service.
    """
    if _has_no_records(domain):
        return []
    service = "xmpps-client" if direct_tls else "xmpp-client"
    name = f"_{service}._tcp.{domain.encode('idna').decode()}"
    try:
        answers, _, _ = await (resolver or _system_resolver()).lookupService(name)
    except CancelledError:
        raise
    except Exception as error:  # noqa: BLE001  # no resolver, no network, no such name: all the same here
        _log.info("No SRV record for {name}: {error}", name=name, error=error)
        return []
    records = [answer.payload for answer in answers if answer.type == _SRV]
    if len(records) == 1 and not records[0].target.name.strip(b"."):
        raise LoginError(f"{domain} says in its DNS ({name}) that it has no such service. Check the JID.")
    return [Server(record.target.name.decode("ascii"), record.port) for record in in_order(records)]


def in_order(records: Iterable[Any], draw: Callable[[], float] = random.random) -> list[Any]:
    """SRV records by priority, those of one priority drawn by their weight (RFC 2782); ``draw`` gives [0, 1)."""
    left = sorted(records, key=lambda record: (record.priority, record.weight))
    ordered = []
    while left:
        group = [record for record in left if record.priority == left[0].priority]
        at = draw() * sum(map(_weight, group))
        chosen = group[0]
        for chosen in group:
            at -= _weight(chosen)
            if at < 0:
                break
        left.remove(chosen)
        ordered.append(chosen)
    return ordered


def _weight(record: Any) -> float:
    """Zero is hardly ever drawn beside others, and as often as the next among zeros."""
    return float(record.weight or 0.01)


def _has_no_records(domain: str) -> bool:
    """IP addresses and this host itself."""
    if domain == "localhost" or domain.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(domain.strip("[]"))
    except ValueError:
        return False
    return True


def _system_resolver() -> Resolver:
    from twisted.names import client

    found: Resolver = client  # importing it is slow, and most applications name a host
    return found
