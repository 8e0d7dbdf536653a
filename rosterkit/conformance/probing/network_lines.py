"""Lines to a server at the other end of a network: where it is, how it is reached, and what is wrong with that.

Tests: ``tests/conformance/test_probe_lines.py``, ``tests/live/test_probe_lines_live.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError, ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from rosterkit.conformance.probing.lines import Line, Listener, ProbeError
from rosterkit.conformance.probing.network_line import Road, TcpLine, WebSocketLine
from rosterkit.conformance.probing.tls_client import client_side
from rosterkit.wire.conditions import shown
from rosterkit.wire.entering import Account, Entering, Phase
from rosterkit.wire.joining import Joining

__all__ = ["NetworkLines", "Target", "Transport"]

Transport: TypeAlias = Literal["starttls", "tls", "websocket", "plain"]


class Target(NamedTuple):
    """Where a server is and how it is reached.

    ``ca_file`` holds the authorities to trust (PEM), None is the system's; without ``verify`` every certificate is
    good.  ``component_host`` is ``host`` where it is None; without the three others there is no component.
    ``websocket_tls`` puts TLS below the WebSocket.
    """

    host: str
    port: int
    domain: str
    transport: Transport = "starttls"
    ca_file: Path | None = None
    verify: bool = True
    component_host: str | None = None
    component_port: int | None = None
    component_domain: str | None = None
    component_secret: str | None = None
    websocket_path: str = "/xmpp-websocket"
    websocket_tls: bool = False

    @property
    def has_tls(self) -> bool:
        """Whether its clients are protected."""
        return self.transport in ("starttls", "tls") or (self.transport == "websocket" and self.websocket_tls)


class NetworkLines:
    """The lines to ``target``; each has ``patience`` seconds to connect, and as many again to get where it should.

    Raises :class:`~rosterkit.errors.ConfigError` where TLS cannot be had from what ``target`` says.
    """

    is_settled = False  # a network takes its time
    is_spread = False

    def __init__(self, reactor: Any, target: Target, patience: float) -> None:
        self._reactor = reactor
        self._target = target
        self._patience = patience
        tls = client_side(target.domain, target.ca_file, target.verify) if target.has_tls else None
        self._place = _Place(target.host, target.port, "--host and --port")
        tls_first = target.has_tls and target.transport != "starttls"
        self._road = Road(reactor, str(self._place), target.domain, patience, tls, tls_first)

    def pump(self) -> None:
        """The reactor does it."""

    def enter(
        self,
        label: str,
        account: Account,
        upto: Phase,
        listener: Listener,
        resource: str | None = None,
        **more: Any,
    ) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`."""
        target = self._target
        options: dict[str, Any] = {
            "framed": target.transport == "websocket",
            "secured": self._road.tls_first,
            "starttls": target.transport == "starttls",
            "allow_plaintext_password": not target.has_tls,  # whoever chose no TLS has chosen that
        }
        machine = Entering(account, upto, resource=resource, **{**options, **more})
        line = TcpLine(label, machine, listener, self._road)
        if target.transport == "websocket":
            host = f"{target.domain}:{target.port}"
            line = WebSocketLine(label, machine, listener, self._road, host, target.websocket_path)
        return self._connect(line, self._place)

    def join(self, label: str, listener: Listener) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`."""
        target = self._target
        if target.component_port is None or target.component_domain is None or target.component_secret is None:
            return fail(ProbeError("There is no component. Name one with --component and --component-connect."))
        place = _Place(target.component_host or target.host, target.component_port, "--component-connect")
        road = Road(self._reactor, str(place), target.component_domain, self._patience)
        machine = Joining(target.component_domain, target.component_secret)
        return self._connect(TcpLine(label, machine, listener, road), place)

    def _connect(self, line: TcpLine, place: _Place) -> Deferred[Line]:
        endpoint = HostnameEndpoint(self._reactor, place.host.strip("[]"), place.port, timeout=self._patience)
        line.connecting = endpoint.connect(_One(line))
        line.connecting.addErrback(self._unconnected, line, place)
        return line.entered

    def _unconnected(self, failure: Failure, line: TcpLine, place: _Place) -> None:
        if line.is_wanted:  # or somebody has cancelled it
            line.entered.errback(ProbeError(_unreachable(failure, place, self._patience)))


class _Place(NamedTuple):
    """A port, and the options that name it."""

    host: str
    port: int
    options: str

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


class _One(Factory):
    """Gives one line to one connection."""

    noisy = False

    def __init__(self, line: TcpLine) -> None:
        self._line = line

    def buildProtocol(self, _addr: IAddress | None) -> TcpLine:
        """The line."""
        return self._line


def _unreachable(failure: Failure, place: _Place, patience: float) -> str:
    if failure.check(ConnectionRefusedError):
        return f"Nobody listens at {place}. Start the server, or check {place.options}."
    if failure.check(DNSLookupError):
        return f"There is no host of the name {shown(place.host)}. Check {place.options}."
    if failure.check(TimeoutError):
        return f"{place} does not take the connection within {patience:g} s. Check {place.options}, and firewalls."
    error = failure.value
    reason = error.osError if isinstance(error, ConnectError) and error.osError else failure.getErrorMessage()
    return f"There is no connection to {place}: {shown(str(reason)).rstrip('.')}. Check {place.options}."
