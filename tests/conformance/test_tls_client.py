"""A tester's end of TLS: whom it trusts, what it tells the server, and what it says when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.test.iosim import connect, makeFakeClient, makeFakeServer

from rosterkit.conformance.probing.tls_client import client_side, explained
from rosterkit.errors import ConfigError
from rosterkit.net.tls import Authority, ServerSide


class End(Protocol):
    """One end above TLS; ``reason`` is how it was lost."""

    read = b""
    reason: Failure | None = None

    def connectionMade(self) -> None:
        """Say something, so that there is a handshake."""
        self.transport.write(b"hello")  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        """The other end is heard."""
        self.read += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is over."""
        self.reason = reason


def met(server_side: Any, client_side: Any) -> tuple[End, End]:
    """Server and client after their handshake, in memory."""
    server, client, clock = End(), End(), Clock()
    below = [
        TLSMemoryBIOFactory(side, side is client_side, _only(end), clock).buildProtocol(None)
        for side, end in ((server_side, server), (client_side, client))
    ]
    pump = connect(below[0], makeFakeServer(below[0]), below[1], makeFakeClient(below[1]))
    for _ in range(3):  # Twisted collects small writes for a moment
        pump.flush()
        clock.advance(0)
    return server, client


def _only(end: End) -> Factory:
    """Gives this one."""
    return Factory.forProtocol(lambda: end)


@pytest.fixture
def authority() -> Authority:
    """A CA."""
    return Authority()


@pytest.fixture
def ca_file(authority: Authority, tmp_path: Path) -> Iterator[Path]:
    """Its certificate on disk."""
    path = tmp_path / "ca.pem"
    path.write_bytes(b"# for tests\n" + authority.pem)
    yield path


@pytest.mark.parametrize("domain", ["capulet.test", "b\u00fccher.test", "127.0.0.1", "[::1]"])
def test_a_certificate_for_the_domain_is_good(domain: str, authority: Authority, ca_file: Path) -> None:
    """Of an authority in the file, for a name in any script and for an address."""
    server, client = met(authority.server_side([domain]), client_side(domain, ca_file, verify=True))
    assert server.read == client.read == b"hello"


@pytest.mark.parametrize("verify", [True, False])
def test_the_server_is_told_the_domain(verify: bool, authority: Authority, ca_file: Path) -> None:
    """RFC 6066 §3: one that serves many can choose, whether or not somebody looks at what it chooses."""
    side = authority.server_side(["other.test"])
    names: list[Any] = []
    real = side.serverConnectionForTLS

    def seen(protocol: Any) -> SSL.Connection:
        connection = real(protocol)
        names.append(connection)
        return connection

    side.serverConnectionForTLS = seen  # type: ignore[method-assign]
    met(side, client_side("capulet.test", ca_file, verify))
    assert names[0].get_servername() == b"capulet.test"


@pytest.mark.parametrize("fault", ["tls-unknown-ca", "tls-expired", "tls-other-name"])
def test_what_is_not_to_be_trusted(fault: str, authority: Authority, ca_file: Path) -> None:
    """An unknown authority, an old certificate and another name are refused with a sentence, or not looked at."""
    identity = authority.identity("capulet.test", fault=fault)
    context = SSL.Context(SSL.TLS_METHOD)
    context.use_certificate(identity.chain[0])
    context.use_privatekey(identity.key)
    _, client = met(ServerSide(context), client_side("capulet.test", ca_file, verify=True))
    assert client.reason is not None
    said = explained(client.reason.value, "capulet.test")
    assert said is not None
    assert "--no-verify" in said
    assert ("is not for capulet.test" in said) is (fault == "tls-other-name")
    server, client = met(ServerSide(context), client_side("capulet.test", ca_file, verify=False))
    assert server.read == client.read == b"hello"


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    """It is refused before anything is connected, by the option's name."""
    with pytest.raises(ConfigError, match=r"--ca-file .* cannot be read: No such file"):
        client_side("capulet.test", tmp_path / "ca.pem", verify=True)


def test_a_domain_that_no_certificate_can_bear() -> None:
    """It is refused by the option's name."""
    with pytest.raises(ConfigError, match="--domain"):
        client_side("x" * 64 + ".test", None, verify=True)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SSL.Error([("SSL routines", "", "wrong version number")]), "does not speak TLS"),
        (SSL.Error([("SSL routines", "", "tlsv1 unrecognized name")]), "no certificate for capulet.test"),
        (SSL.Error([("SSL routines", "", "certificate verify failed")]), "--ca-file FILE"),
        (SSL.Error([("SSL routines", "", "no shared cipher")]), "failed (no shared cipher)"),
        (SSL.Error(), "failed (no reason given)"),
        (SSL.Error([("SSL routines", "", "unexpected eof while reading")]), None),
        (ConnectionResetError(), None),
        (None, None),
    ],
)
def test_ends_of_connections_in_words(error: BaseException | None, said: str | None) -> None:
    """What TLS is to blame for is said; what it is not is somebody else's to say."""
    found = explained(error, "capulet.test")
    assert found is None if said is None else said in (found or "")
