"""Trust roots from files, and what a failed handshake says."""

from __future__ import annotations

from pathlib import Path

import pytest
from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet.error import ConnectionLost

from rosterkit.errors import ConfigError
from rosterkit.xmpp.certificates import client_side, refused


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot read"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes | None, said: str):
    """A missing, an empty and a broken file are refused by name."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as raised:
        client_side("localhost", path, direct=False)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("domain", ["localhost", "127.0.0.1", "[::1]", "exämple.test"])
def test_any_domain_of_a_jid(domain: str):
    """Names, addresses and international names can be checked."""
    assert client_side(domain, None, direct=True)


def openssl(*reasons: str) -> SSL.Error:
    """An OpenSSL error as pyOpenSSL raises it."""
    return SSL.Error([("SSL routines", "", reason) for reason in reasons])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (openssl("certificate verify failed"), "ca_file"),
        (openssl("wrong version number"), "wrong version number"),
        (openssl("tlsv1 alert protocol version"), "protocol version"),
        (VerificationError(errors=[]), "not for localhost"),
    ],
)
def test_what_cannot_get_better(error: Exception, said: str):
    """A certificate or a protocol that is refused will be refused again."""
    told = refused(error, "localhost")
    assert told is not None
    assert said in str(told)


@pytest.mark.parametrize(
    "error",
    [
        openssl("unexpected eof while reading"),
        openssl("tlsv1 alert internal error"),
        openssl(),
        SSL.SysCallError(-1, "Unexpected EOF"),
        SSL.ZeroReturnError(),
        ConnectionLost(),
        None,
    ],
)
def test_what_may_go_better(error: Exception | None):
    """A connection that broke off says nothing about TLS."""
    assert refused(error, "localhost") is None
