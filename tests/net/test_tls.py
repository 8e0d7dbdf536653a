"""TLS: what the test CA issues, who trusts it, and every way in which files of one's own can be wrong."""

from __future__ import annotations

import contextlib
import datetime
import os
import ssl
import stat
import warnings
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from OpenSSL import SSL
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.test.iosim import connect, makeFakeClient, makeFakeServer

from rosterkit.config import Config
from rosterkit.errors import ConfigError
from rosterkit.net.tls import Authority, Tls, prepare


def prepared(config: Config) -> Tls:
    """TLS for ``config`` with the CA's certificate on disk, as a server has it once it listens."""
    made = prepare(config)
    made.publish(config.ca_file)
    return made


@pytest.fixture
def tls(tmp_path: Path):
    """TLS with a test CA, as a server has it by default."""
    made = prepared(Config(domains=("bücher.example", "[::2]"), interface="::3", ca_file=tmp_path / "ca.pem"))
    yield made
    made.close()


def client_that_trusts(ca_file: Path) -> ssl.SSLContext:
    """A client that knows nothing of rosterkit but the file that it was told to trust."""
    return ssl.create_default_context(cafile=str(ca_file))


def shake_hands(server_side: Tls, client: ssl.SSLContext, hostname: str | None) -> str:
    """The TLS version that both ends agree on, in memory; raises as the client does."""
    server = server_side.context.serverConnectionForTLS(None)  # type: ignore[arg-type]
    server.set_accept_state()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client_end = client.wrap_bio(incoming, outgoing, server_hostname=hostname)
    for _ in range(10):
        try:
            client_end.do_handshake()
            return client_end.version() or ""
        except ssl.SSLWantReadError:
            server.bio_write(outgoing.read())
        with contextlib.suppress(SSL.WantReadError):
            server.do_handshake()
        incoming.write(server.bio_read(65536))
    raise AssertionError("the two ends do not come to an end")


class TestAuthority:
    """The CA that is made at start."""

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "xn--bcher-kva.example", "::2", "::3"])
    def test_its_certificate_is_for_loopback_the_interface_and_the_served_domains(self, tls: Tls, name: str):
        """A client that is told the CA file accepts every name and address that it can reach the server by."""
        assert tls.ca_file is not None
        assert shake_hands(tls, client_that_trusts(tls.ca_file), name) == "TLSv1.3"

    @pytest.mark.parametrize("name", ["a.test", "C-2-1-6.case.test", "example.org", "xn--mnchen-3ya.test"])
    def test_other_names_get_a_certificate_when_they_are_asked_for(self, tls: Tls, name: str):
        """Domains that appear while the server runs need nothing but the same CA, the second time too."""
        assert tls.ca_file is not None
        for _ in range(2):
            assert shake_hands(tls, client_that_trusts(tls.ca_file), name) == "TLSv1.3"

    def test_an_address_that_is_not_ours_is_not_certified(self, tls: Tls):
        """Nobody asks for an address by name, so the client sees that it is at the wrong one."""
        assert tls.ca_file is not None
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shake_hands(tls, client_that_trusts(tls.ca_file), "127.0.0.2")

    @pytest.mark.parametrize("name", ["ab--cd.test", "_xmpp.test", "a_b", "-"])
    def test_a_name_that_no_certificate_can_bear_gets_the_first_one(self, tls: Tls, name: str):
        """A strange name in a client's hello does no harm: it is answered, and the client decides."""
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        assert shake_hands(tls, client, name) == "TLSv1.3"

    def test_a_client_need_not_say_a_name(self, tls: Tls):
        """Without SNI the first certificate is used."""
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        assert tls.ca_file is not None
        client.load_verify_locations(tls.ca_file)
        assert shake_hands(tls, client, None) == "TLSv1.3"

    def test_every_authority_is_its_own(self, tls: Tls, tmp_path: Path):
        """Who trusts the CA of another process does not trust this one."""
        (tmp_path / "other.pem").write_bytes(Authority().pem)
        with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
            shake_hands(tls, client_that_trusts(tmp_path / "other.pem"), "localhost")

    @pytest.mark.parametrize(("version", "taken"), [("TLSv1_1", False), ("TLSv1_2", True)])
    def test_tls_1_2_is_the_oldest(self, tls: Tls, version: str, taken: bool):
        """An older client gets no connection, one with TLS 1.2 does."""
        assert tls.ca_file is not None
        client = client_that_trusts(tls.ca_file)
        client.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore"):  # that TLS 1.1 is old is the point
            client.minimum_version = client.maximum_version = ssl.TLSVersion[version]
        if taken:
            assert shake_hands(tls, client, "localhost") == "TLSv1.2"
        else:
            with pytest.raises(SSL.Error, match="unsupported protocol"):
                shake_hands(tls, client, "localhost")

    def test_its_keys_are_p_256(self):
        """Keys are made in well under a millisecond each, so that neither a start nor a new name costs anything."""
        key = Authority().identity("localhost").key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        assert isinstance(key.curve, ec.SECP256R1)

    def test_a_domain_that_no_certificate_can_name_is_refused(self):
        """The sentence names the domain and the way out."""
        with pytest.raises(ConfigError, match=r"ab--cd\.test.*--cert and --key"):
            prepared(Config(domains=("ab--cd.test",)))

    def test_our_own_client_trusts_it_alone(self, tls: Tls):
        """The context for connections of our own verifies the certificate and the name."""
        assert _connects(tls, tls.client("localhost"))
        assert not _connects(tls, tls.client("127.0.0.2"))
        assert not _connects(tls, prepared(Config()).client("localhost"))


class TestPublishing:
    """The CA file."""

    def test_everybody_may_read_it_and_no_key_is_in_it(self, tmp_path: Path):
        """Mode 0644 under any umask, a certificate and nothing else, and no draft is left beside it."""
        path = tmp_path / "ca.pem"
        before = os.umask(0o077)
        try:
            made = prepared(Config(ca_file=path))
        finally:
            os.umask(before)
        assert made.ca_file == path
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert b"PRIVATE" not in path.read_bytes()
        assert list(tmp_path.iterdir()) == [path]

    def test_a_named_file_stays_and_a_temporary_one_goes(self, tmp_path: Path):
        """Closing removes what was made without being asked for; closing again is a no-op."""
        named, unnamed = prepared(Config(ca_file=tmp_path / "ca.pem")), prepared(Config())
        assert unnamed.ca_file is not None
        assert unnamed.ca_file.is_file()
        for made in (named, unnamed, unnamed):
            made.close()
        assert not unnamed.ca_file.parent.exists()
        assert (tmp_path / "ca.pem").is_file()

    def test_an_earlier_file_is_replaced_whole(self, tmp_path: Path):
        """A second start writes its own CA over that of the first."""
        path = tmp_path / "ca.pem"
        path.write_text("old")
        made = prepared(Config(ca_file=path))
        assert shake_hands(made, client_that_trusts(path), "localhost")

    def test_a_place_that_cannot_be_written_is_refused(self, tmp_path: Path):
        """The sentence names the place, the reason and the option."""
        with pytest.raises(ConfigError, match=r"no/ca\.pem: No such file or directory\. Name.*--ca-file"):
            prepared(Config(ca_file=tmp_path / "no" / "ca.pem"))


class TestFilesOfOnesOwn:
    """--cert and --key."""

    @pytest.fixture
    def files(self, tmp_path: Path) -> Config:
        """A certificate with an intermediate CA, as a public authority gives them."""
        root = trustme.CA()
        leaf = root.create_child_ca().issue_cert("localhost")
        (tmp_path / "root.pem").write_bytes(root.cert_pem.bytes())
        (tmp_path / "cert.pem").write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
        (tmp_path / "key.pem").write_bytes(leaf.private_key_pem.bytes())
        return Config(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")

    def test_the_whole_chain_is_sent(self, files: Config, tmp_path: Path):
        """A client that trusts only the root finds its way over the intermediate certificate."""
        made = prepared(files)
        assert made.ca_file is None
        assert shake_hands(made, client_that_trusts(tmp_path / "root.pem"), "localhost") == "TLSv1.3"

    def test_our_own_client_asks_no_questions(self, files: Config):
        """Whether the certificate is good for its domains is not ours to judge."""
        made = prepared(files)
        assert _connects(made, made.client("example.org"))

    def test_rsa_is_taken_too(self, files: Config):
        """The kind of the key is free."""
        authority = trustme.CA()
        leaf = authority.issue_cert("localhost", key_type=trustme.KeyType.RSA)
        _write(files, leaf.cert_chain_pems[0].bytes() + authority.cert_pem.bytes(), leaf.private_key_pem.bytes())
        assert files.cert is not None
        assert shake_hands(prepared(files), client_that_trusts(files.cert), "localhost")

    def test_missing_files_are_named(self, files: Config, tmp_path: Path):
        """A path that is not there is refused with its option."""
        with pytest.raises(ConfigError, match=r"--cert .*/none cannot be read: No such file"):
            prepared(Config(cert=tmp_path / "none", key=files.key))
        with pytest.raises(ConfigError, match=r"--key .*/none cannot be read: No such file"):
            prepared(Config(cert=files.cert, key=tmp_path / "none"))

    def test_exchanged_files_are_noticed(self, files: Config):
        """The key given as the certificate is refused, and the other way round."""
        with pytest.raises(ConfigError, match=r"--cert .*key\.pem holds no certificate"):
            prepared(Config(cert=files.key, key=files.cert))
        with pytest.raises(ConfigError, match=r"--key .*cert\.pem holds no private key"):
            prepared(Config(cert=files.cert, key=files.cert))

    @pytest.mark.parametrize(
        "junk", [b"", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
    )
    def test_junk_is_refused(self, files: Config, junk: bytes):
        """A file that is not PEM is refused with a sentence, whatever is in it."""
        assert files.cert is not None
        files.cert.write_bytes(junk)
        with pytest.raises(ConfigError, match="holds no certificate in PEM"):
            prepared(files)

    def test_a_key_of_another_certificate_is_refused(self, files: Config):
        """Two files that do not belong together are both named."""
        assert files.key is not None
        files.key.write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes())
        with pytest.raises(
            ConfigError, match=r"key\.pem is not the key of the first certificate in --cert .*cert\.pem"
        ):
            prepared(files)

    def test_a_key_of_a_kind_that_tls_has_not_is_refused(self, files: Config):
        """A key for something else is named as that."""
        key = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        assert files.key is not None
        files.key.write_bytes(key)
        with pytest.raises(ConfigError, match="of a kind that TLS does not use"):
            prepared(files)

    def test_what_openssl_refuses_is_told(self, files: Config):
        """A key that is too weak for OpenSSL is refused before anything listens, with OpenSSL's reason."""
        key = rsa.generate_private_key(65537, 1024)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
        days = datetime.datetime(2020, 1, 1), datetime.datetime(2100, 1, 1)
        weak = x509.CertificateBuilder(name, name, key.public_key(), 1, *days).sign(key, hashes.SHA256())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(files, weak.public_bytes(Encoding.PEM), pem)
        with pytest.raises(ConfigError, match=r"refused by OpenSSL: .*key too small"):
            prepared(files)

    def test_a_passphrase_is_refused_and_never_asked_for(self, files: Config):
        """A server in the background has nobody to ask."""
        key = ec.generate_private_key(ec.SECP256R1())
        locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
        assert files.key is not None
        files.key.write_bytes(locked)
        with pytest.raises(ConfigError, match=r"has a passphrase.*openssl pkey"):
            prepared(files)


def _write(files: Config, cert: bytes, key: bytes) -> None:
    assert files.cert is not None
    assert files.key is not None
    files.cert.write_bytes(cert)
    files.key.write_bytes(key)


class _Hears(Protocol):
    """Remembers whether it was told anything."""

    heard = b""

    def dataReceived(self, data: bytes) -> None:
        self.heard += data


class _Speaks(Protocol):
    """Says one thing as soon as the handshake lets it."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"hello")


def _connects(server_side: Tls, client_side: object) -> bool:
    """Whether a Twisted client gets through to the server's port for direct TLS, in memory."""
    hears = _Hears()
    server = server_side.wrap(Factory.forProtocol(lambda: hears)).buildProtocol(None)
    clock = Clock()
    client = TLSMemoryBIOFactory(client_side, True, Factory.forProtocol(_Speaks), clock).buildProtocol(None)
    assert server is not None
    assert client is not None
    pump = connect(server, makeFakeServer(server), client, makeFakeClient(client))
    clock.advance(1)
    pump.flush()
    return hears.heard == b"hello"
