"""The server's side of TLS: a test CA made at start, or the files of --cert and --key.

The test CA certifies whatever name a client asks for (SNI), the first time it is asked: a wildcard such as ``*.test``
would not do, since clients refuse it.  No private key that is made here touches the disk.  TLS 1.2 is the oldest
version that is spoken.  Faults strike at the client's first message, which is when the certificate is chosen; they
need the test CA.

Tests: ``tests/net/test_tls.py``, ``tests/net/test_tls_faults.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, runtime_checkable

import trustme
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL import SSL
from twisted.internet import ssl
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
)
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from zope.interface import implementer

from rosterkit.config import Config
from rosterkit.errors import ConfigError
from rosterkit.net.pem import Identity, load_identity

__all__ = ["Authority", "ServerSide", "Tls", "prepare"]

#: What the first certificate of the test CA is for, beside the served domains and the interface.
ALWAYS_NAMED = ("localhost", "127.0.0.1", "::1")
#: How many certificates for other names are remembered; a name that comes again later gets a new one.
REMEMBERED_NAMES = 256
#: Whom a certificate of the fault ``tls-other-name`` is for.
OTHER_NAME = "other-name.invalid"

_CUT = "tls-cut"
_LONG_AGO = datetime(2020, 1, 1), datetime(2020, 2, 1)  # from and to
_HOST_NAME = re.compile(rb"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){0,20}\Z")


@runtime_checkable
class Strikable(Protocol):
    """A protocol above TLS that knows of faults."""

    def tls_fault(self, name: str) -> str | None:
        """The fault that strikes the handshake, in which the client asks for the host ``name``, "" for none."""


@implementer(IOpenSSLServerConnectionCreator)
class ServerSide:
    """Makes the server's end of each TLS connection; ``startTLS`` and ports for direct TLS take it.

    A protocol above it that is :class:`Strikable` is asked in each handshake.
    """

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """A connection with the server's certificate."""
        connection = SSL.Connection(self._context, None)
        connection.set_app_data(protocol)
        return connection


class Authority:
    """A certificate authority for tests, new each time, with P-256 keys.  ``pem`` is its certificate."""

    def __init__(self) -> None:
        self._ca = trustme.CA(organization_name="rosterkit test CA", key_type=trustme.KeyType.ECDSA)
        self.pem = self._ca.cert_pem.bytes()

    def server_side(self, names: Iterable[str]) -> ServerSide:
        """A server's side with a certificate for ``names`` (domains and IP addresses), and for each other host name
        with one of its own, made when a client first asks for it.

        Raises :class:`ConfigError` for a name that cannot stand in a certificate.
        """
        names = list(dict.fromkeys(name.strip("[]") for name in names))

        @lru_cache(REMEMBERED_NAMES)
        def other(name: str, fault: str | None) -> SSL.Context:
            try:
                return _context(self.identity(*([name] if name else names), fault=fault))
            except ConfigError:  # no certificate can bear the name, so one that everybody gets has to do
                return _context(self.identity(*names, fault=fault))

        def choose(connection: SSL.Connection) -> None:
            if connection.get_context() is not first:
                return  # it is a second hello on the same connection
            name, fault = _asked(connection)
            if fault != _CUT and (fault is not None or (name and name not in names)):
                connection.set_context(other(name, fault))

        first = _context(self.identity(*names), choose)
        return ServerSide(first)

    def identity(self, *names: str, fault: str | None = None) -> Identity:
        """A fresh certificate for ``names`` and its key, wrong in the way of ``fault``.

        Raises :class:`ConfigError` as :meth:`server_side`.
        """
        ca = self._unknown if fault == "tls-unknown-ca" else self._ca
        since, until = _LONG_AGO if fault == "tls-expired" else (None, None)
        if fault == "tls-other-name":
            names = (OTHER_NAME,)
        try:
            leaf = ca.issue_cert(
                *names,
                organization_name="rosterkit",
                key_type=trustme.KeyType.ECDSA,
                not_before=since,
                not_after=until,
            )
        except UnicodeError as error:
            raise ConfigError(
                f"The test CA cannot make a certificate for {', '.join(names)}: {error}. "
                "Serve another --domain, or bring a certificate with --cert and --key."
            ) from error
        key = load_pem_private_key(leaf.private_key_pem.bytes(), password=None)
        assert isinstance(key, EllipticCurvePrivateKey)
        return Identity(load_pem_x509_certificates(leaf.cert_chain_pems[0].bytes()), key)

    @cached_property
    def _unknown(self) -> trustme.CA:
        """One whose certificate is given to nobody."""
        return trustme.CA(organization_name="a CA that nobody knows", key_type=trustme.KeyType.ECDSA)


class Tls:
    """What listening with TLS needs.  ``context`` is the server's side; ``ca_file`` is None without a test CA."""

    def __init__(self, context: ServerSide, authority: Authority | None = None) -> None:
        self.context = context
        self.ca_file: Path | None = None
        self._authority = authority
        self._folder: TemporaryDirectory[str] | None = None

    def publish(self, path: Path | None) -> None:
        """Write the CA's certificate to ``path`` (mode 0644), or into a folder that :meth:`close` removes.

        Raises :class:`ConfigError` where it cannot be written.
        """
        if self._authority is None:
            return
        try:
            if path is None:
                self._folder = TemporaryDirectory(prefix="rosterkit-")
                path = Path(self._folder.name, "ca.pem")
            _write_whole(path, self._authority.pem)
        except OSError as error:
            self.close()
            raise ConfigError(
                f"The test CA's certificate cannot be written to {path or error.filename}: {error.strerror}. "
                "Name another place with --ca-file."
            ) from error
        self.ca_file = path

    def wrap(self, factory: IProtocolFactory, clock: IReactorTime | None = None) -> TLSMemoryBIOFactory:
        """``factory`` for a port where TLS comes first; without ``clock`` it lives on the installed reactor."""
        return TLSMemoryBIOFactory(self.context, False, factory, clock)

    def client(self, hostname: str) -> IOpenSSLClientConnectionCreator | ssl.CertificateOptions:
        """A client's side for ``hostname``: it trusts the test CA alone, or anybody where there is no test CA.

        Whether a certificate that somebody brings is good for its domains is theirs to know.
        """
        if self._authority is None:
            return ssl.CertificateOptions(raiseMinimumTo=ssl.TLSVersion.TLSv1_2)
        return ssl.optionsForClientTLS(hostname, trustRoot=ssl.Certificate.loadPEM(self._authority.pem))

    def close(self) -> None:
        """Remove the temporary folder, if there is one; again is a no-op."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def prepare(config: Config) -> Tls:
    """TLS as ``config`` asks for it; raises :class:`ConfigError` where the files are missing, wrong or not a pair.

    The CA's certificate is not on disk before :meth:`Tls.publish`, which belongs after listening: whoever finds the
    port taken must not overwrite the file of the server that has it.
    """
    if config.cert is not None and config.key is not None:
        return Tls(ServerSide(_brought(config.cert, config.key)))
    authority = Authority()
    return Tls(authority.server_side((*ALWAYS_NAMED, *config.domains, config.interface)), authority)


def _brought(cert: Path, key: Path) -> SSL.Context:
    try:
        return _context(load_identity(cert, key))
    except SSL.Error as error:
        raise ConfigError(
            f"--cert {cert} with --key {key} is refused by OpenSSL: {_said(error)}. Make new ones."
        ) from error


def _context(identity: Identity, choose: Callable[[SSL.Connection], None] | None = None) -> SSL.Context:
    """A server's context; ``choose`` may give a connection another one when the client has told the name (SNI)."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_TICKET | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.use_certificate(identity.chain[0])
    for certificate in identity.chain[1:]:
        context.add_extra_chain_cert(certificate)
    context.use_privatekey(identity.key)
    if choose is not None:
        context.set_tlsext_servername_callback(choose)
    return context


def _asked(connection: SSL.Connection) -> tuple[str, str | None]:
    """The host name that a client asks for, "" where it is none, and the fault that strikes its handshake.

    One that is cut off has heard nothing of the server in TLS, and will not.
    """
    sent = (connection.get_servername() or b"").lower()
    name = sent.decode() if _HOST_NAME.match(sent) else ""
    protocol = connection.get_app_data()
    connection.set_app_data(None)
    above = getattr(protocol, "wrappedProtocol", None)
    fault = above.tls_fault(name) if isinstance(above, Strikable) else None
    if fault == _CUT:
        protocol.transport.abortConnection()  # below TLS, which is in the middle of something
    return name, fault


def _said(error: SSL.Error) -> str:
    """The reasons of an OpenSSL error, which come as (library, function, reason)."""
    return "; ".join(reason for _, _, reason in error.args[0]) or "no reason given"


def _write_whole(path: Path, pem: bytes) -> None:
    """Write so that a reader finds the file whole or not at all, whatever the umask."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(pem)
    draft.chmod(0o644)
    draft.replace(path)
