"""A client's proof against an independent server, the example of the RFC, and what is remembered of passwords."""

from __future__ import annotations

import hashlib
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from rosterkit.wire import scram_proof
from rosterkit.wire.scram_proof import REMEMBERED_AT_MOST, keys_of, prove

SALT = b"salt of juliet 1"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The passwords that were hashed since the test began, which has forgotten all before."""
    found: list[bytes] = []
    real = hashlib.pbkdf2_hmac

    def counted(name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        found.append(password)
        return real(name, password, salt, 1)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted)
    scram_proof._remembered.clear()
    return found


def test_the_example_of_the_rfc() -> None:
    """RFC 5802 §5, byte for byte."""
    server_first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    nonce = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"
    keys = keys_of("SCRAM-SHA-1", b"pencil", b64decode("QSXCR+Q6sek8bf92"), 4096)
    proof = prove("SCRAM-SHA-1", keys, "n=user,r=fyko+d2lbbFgONRv9qkxdawL", server_first, nonce)
    assert proof.message == f"c=biws,r={nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    assert proof.signature == b64decode("rmF9pqV8S7suAoZWja4dJRkFsKQ=")


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_another_implementation_agrees_about_the_keys(mechanism: str) -> None:
    """The stored and the server's key are those that a server derives; the client's is the hash's origin."""
    keys = keys_of(mechanism, b"r0m30", SALT, 5000)
    _, stored, server, _ = ScramMechanism(mechanism).make_auth_info("r0m30", 5000, SALT)
    assert (keys.stored, keys.server) == (stored, server)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_every_password_and_salt_has_its_own_keys(one: bytes, other: bytes) -> None:
    """However password and salt are cut, what is remembered for one pair is not given for another."""
    assert (keys_of("SCRAM-SHA-1", one, other, 1) == keys_of("SCRAM-SHA-1", other, one, 1)) is (one == other)


def test_a_password_is_hashed_once(hashed: list[bytes]) -> None:
    """The second time costs no rounds; another salt, count or mechanism does."""
    for _ in range(3):
        keys_of("SCRAM-SHA-1", b"r0m30", SALT, 4096)
    assert hashed == [b"r0m30"]
    keys_of("SCRAM-SHA-1", b"r0m30", SALT + b"1", 4096)
    keys_of("SCRAM-SHA-1", b"r0m30", SALT, 4097)
    keys_of("SCRAM-SHA-256", b"r0m30", SALT, 4096)
    assert len(hashed) == 4


def test_what_is_remembered_is_bounded_and_no_password(hashed: list[bytes]) -> None:
    """The oldest that was not asked for goes first; passwords stand nowhere."""
    for number in range(REMEMBERED_AT_MOST + 1):
        keys_of("SCRAM-SHA-1", b"password %d" % number, SALT, 4096)
        keys_of("SCRAM-SHA-1", b"password 0", SALT, 4096)
    assert len(scram_proof._remembered) == REMEMBERED_AT_MOST
    assert b"password" not in b"".join(scram_proof._remembered)
    before = len(hashed)
    keys_of("SCRAM-SHA-1", b"password 0", SALT, 4096)
    assert len(hashed) == before
    keys_of("SCRAM-SHA-1", b"password 1", SALT, 4096)
    assert len(hashed) == before + 1
