"""The client's side of TLS: whose certificates are trusted, and that they are for the account's domain.

What is checked is the domain of the JID, whatever host was connected to (RFC 6120 §13.7.2.1).  TLS 1.2 is the oldest
version that is spoken.

Tests: ``tests/xmpp/test_certificates.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from OpenSSL import SSL, crypto
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

from rosterkit.errors import ConfigError, RosterkitError

__all__ = ["TlsError", "client_side", "reasons_of", "refused"]

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
# What a network or a server that restarts does to a handshake; it may go well the next time.
_PASSING = ("unexpected eof", "internal error", "decryption failed", "bad record mac")


class TlsError(RosterkitError):
    """TLS that is required cannot be had, or the certificate is refused; the text says why and what to do next."""


def client_side(
    domain: str, ca_file: str | Path | None, direct: bool, named: str = "ca_file"
) -> IOpenSSLClientConnectionCreator:
    """A client's end of TLS connections that are for ``domain``, as often as needed.

    The platform's authorities are trusted, or those in ``ca_file`` (PEM, one or more) alone.  With ``direct`` the
    protocol is named in the handshake (XEP-0368 §4).  Raises :class:`ConfigError` for a file that cannot be used,
    which is ``named`` so where it can be changed.
    """
    trust = _trusted_in(Path(ca_file), named) if ca_file is not None else None
    made: IOpenSSLClientConnectionCreator = ssl.optionsForClientTLS(
        domain.strip("[]"),
        trustRoot=trust,
        acceptableProtocols=[b"xmpp-client"] if direct else None,
        extraCertificateOptions={"raiseMinimumTo": ssl.TLSVersion.TLSv1_2},
    )
    return made


def _trusted_in(path: Path, named: str) -> Any:
    """The certificates in a PEM file, as Twisted's trust root; raises :class:`ConfigError`."""
    try:
        found = _PEM.findall(path.read_bytes())
        certificates = [ssl.Certificate.loadPEM(pem) for pem in found]
    except OSError as error:
        raise ConfigError(f"{named} {path} cannot be read: {error.strerror}.") from error
    except (crypto.Error, ValueError) as error:
        raise ConfigError(f"{named} {path} holds a certificate that OpenSSL cannot read. Make it anew.") from error
    if not certificates:
        raise ConfigError(f"{named} {path} holds no certificate; give the PEM file of the authority to trust.")
    return ssl.trustRootFromCertificates(certificates)


def refused(error: BaseException | None, domain: str) -> TlsError | None:
    """What a connection that ended with ``error`` says about TLS; None where another attempt may go better."""
    if isinstance(error, SSL.Error):
        reasons = reasons_of(error)
        if not reasons or any(passing in reasons for passing in _PASSING):
            return None
        if "certificate verify failed" in reasons:
            return TlsError(
                f"The certificate of {domain} is not signed by an authority that is trusted here, or has expired. "
                "Name the right authority with ca_file."
            )
        return TlsError(f"TLS with {domain} failed: {reasons}. Check the port, and whether it speaks TLS at once.")
    if type(error).__module__.partition(".")[0] == "service_identity":
        return TlsError(f"The certificate that the server showed is not for {domain}. Check the JID and the host.")
    return None


def reasons_of(error: SSL.Error) -> str:
    """The reasons of an OpenSSL error, which come as (library, function, reason)."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(entry[2] for entry in entries if len(entry) == 3 and entry[2])
