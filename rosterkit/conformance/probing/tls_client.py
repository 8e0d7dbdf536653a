"""A tester's end of TLS: whose certificates it trusts, for which name, and what went wrong in words.

What is checked is the domain that is tested, whatever host was connected to (RFC 6120 §13.7.2.1); the server is told
it too (SNI).  TLS 1.2 is the oldest version that is spoken.

Tests: ``tests/conformance/test_tls_client.py``.
"""

from __future__ import annotations

import re
from pathlib import Path

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from rosterkit.errors import ConfigError
from rosterkit.xmpp import certificates
from rosterkit.xmpp.certificates import reasons_of

__all__ = ["client_side", "explained"]

# What OpenSSL says where the other side does not speak TLS.
_NO_TLS = (
    "wrong version number",
    "packet length too long",
    "record layer failure",
    "http request",
    "unknown protocol",
)


def client_side(domain: str, ca_file: Path | None, verify: bool) -> IOpenSSLClientConnectionCreator:
    """A client's end of TLS connections that are for ``domain``, as often as needed.

    The platform's authorities are trusted, or those in ``ca_file`` (PEM, one or more) alone; without ``verify``
    anybody is.  Raises :class:`ConfigError` for a file that cannot be used and a domain that no certificate can bear.
    """
    name = domain.strip("[]")
    try:
        name.encode("idna")
    except UnicodeError as error:
        raise ConfigError(f"--domain {domain} cannot stand in a certificate: {error}.") from error
    return certificates.client_side(domain, ca_file, direct=False, named="--ca-file") if verify else _Anybody(name)


@implementer(IOpenSSLClientConnectionCreator)
class _Anybody:
    """Takes every certificate; tells the server its name all the same, or it could not choose one."""

    def __init__(self, name: str) -> None:
        self._context = SSL.Context(SSL.TLS_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
        self._name = name

    def clientConnectionForTLS(self, _protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """A connection for one handshake."""
        connection = SSL.Connection(self._context, None)
        if not re.fullmatch(r"[0-9.]+|.*:.*", self._name):  # an address is no name (RFC 6066 §3)
            connection.set_tlsext_host_name(self._name.encode("idna"))
        return connection


def explained(error: BaseException | None, domain: str) -> str | None:
    """The sentence for a TLS connection that ended with ``error``; None where TLS is not to blame."""
    if type(error).__module__.partition(".")[0] == "service_identity":
        return (
            f"The server's certificate is not for {domain}. Check --domain and --host, or do without verification "
            "with --no-verify."
        )
    if not isinstance(error, SSL.Error):
        return None
    reasons = reasons_of(error)
    if "unexpected eof" in reasons:  # the connection was closed, which is another matter
        return None
    if "certificate verify failed" in reasons:
        return (
            f"The server's certificate for {domain} is not trusted: no authority that is trusted here has signed it, "
            "or it has expired. Name its authority with --ca-file FILE, or do without verification with --no-verify."
        )
    if "unrecognized name" in reasons:
        return f"The server has no certificate for {domain} ({reasons}). Check --domain."
    if any(sign in reasons for sign in _NO_TLS):
        return f"What answers there does not speak TLS ({reasons}). Check --transport and --port."
    return f"TLS with the server failed ({reasons or 'no reason given'}). Look into its log."
