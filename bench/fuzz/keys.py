"""Who can log in, and the proofs for it, derived beforehand and with one round of hashing instead of 4,096.

What is tried is everything around the hashing; that alone would take most of the time.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import scramp.core

from rosterkit.core.credentials import Credentials, Keys
from rosterkit.wire import scram_proof

__all__ = [
    "ACCOUNTS",
    "COMPONENT_SECRET",
    "ID",
    "PASSWORD",
    "credentials",
    "final_message",
    "handshake",
    "quick_keys",
]

PASSWORD = "capulet"
COMPONENT_SECRET = "montague"
#: Every id that a host of the fuzzer draws for a stream or a nonce, so that answers can be made beforehand.
ID = "fuzz0123456789"
ACCOUNTS = ("juliet@localhost", "romeo@localhost", "nurse@localhost")
_SALT = b"salt of the fuzz"
_SIZES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}


@contextmanager
def quick_keys() -> Iterator[None]:
    """Let one round be enough wherever this process derives keys, for the ``with`` block."""
    core: Any = scramp.core
    real = core.hi
    core.hi = lambda hash_of, password, salt, _rounds: hashlib.pbkdf2_hmac(hash_of().name, password, salt, 1)
    try:
        yield
    finally:
        core.hi = real


@lru_cache(maxsize=1)
def credentials() -> Credentials:
    """What :data:`PASSWORD` is checked against."""
    return {mechanism: Keys(_SALT, 4096, *_proving(mechanism)[1:]) for mechanism in _SIZES}


def final_message(mechanism: str, first: str, nonce: str) -> str:
    """The right last message of SCRAM behind our ``first``; ``nonce`` is our part of its ``r`` (RFC 5802 §3)."""
    header, _, bare = first.partition(",,")
    client, stored, _ = _proving(mechanism)
    without_proof = f"c={b64encode(f'{header},,'.encode()).decode()},r={nonce}{ID}"
    said = f"{bare},r={nonce}{ID},s={b64encode(_SALT).decode()},i=4096,{without_proof}"
    signature = hmac.digest(stored, said.encode(), _SIZES[mechanism])
    proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
    return f"{without_proof},p={b64encode(proof).decode()}"


def handshake(secret: str = COMPONENT_SECRET) -> str:
    """What a component answers to a header with :data:`ID` (XEP-0114 §3)."""
    return hashlib.sha1((ID + secret).encode()).hexdigest()


def _proving(mechanism: str) -> scram_proof.Keys:
    return scram_proof.keys_of(mechanism, PASSWORD.encode(), _SALT, 1)
