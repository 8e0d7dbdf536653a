"""The certificate and the key that somebody brings (--cert and --key), or a sentence about what is wrong with them.

Tests: ``tests/net/test_tls.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates

from rosterkit.errors import ConfigError

__all__ = ["Identity", "PrivateKey", "load_identity"]

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey | Ed448PrivateKey


class Identity(NamedTuple):
    """What a server proves itself with: its certificate, those that complete the chain, and the key of the first."""

    chain: list[Certificate]
    key: PrivateKey


def load_identity(cert: Path, key: Path) -> Identity:
    """The pair of two PEM files.

    Raises :class:`ConfigError` where one is missing, not PEM or locked by a passphrase, or they are not a pair.
    """
    identity = Identity(_load_chain(cert), _load_key(key))
    if _public_bytes(identity.chain[0]) != _public_bytes(identity.key):
        raise ConfigError(
            f"--key {key} is not the key of the first certificate in --cert {cert}: "
            "give the two files that were made together, the server's own certificate first."
        )
    return identity


def _load_chain(path: Path) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(_read("--cert", path))
    except ValueError as error:
        raise ConfigError(f"--cert {path} holds no certificate in PEM (-----BEGIN CERTIFICATE-----).") from error


def _load_key(path: Path) -> PrivateKey:
    raw = _read("--key", path)
    try:
        key = load_pem_private_key(raw, password=None)
    except TypeError as error:
        raise ConfigError(
            f"--key {path} has a passphrase, and nobody can be asked for it: openssl pkey -in OLD -out NEW"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"--key {path} holds no private key in PEM (-----BEGIN PRIVATE KEY-----).") from error
    if not isinstance(key, PrivateKey):
        raise ConfigError(f"--key {path} is of a kind that TLS does not use; RSA, ECDSA and EdDSA are taken.")
    return key


def _read(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{option} {path} cannot be read: {error.strerror}.") from error


def _public_bytes(holder: Certificate | PrivateKey) -> bytes:
    return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
