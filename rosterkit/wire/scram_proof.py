"""A client's proof in SCRAM and the signature that answers it (RFC 5802 §3), the password hashed only once.

The rounds of hashing are what a login costs: 4,096 of them take about 1.6 ms.  So the keys of a password are
remembered by mechanism, password, salt and rounds, the last 256 of them, under a digest that only this process can
compute: neither the memory nor a dump of it holds a password, only keys that one server takes.

Tests: ``tests/wire/test_scram_proof.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64encode
from collections import OrderedDict
from typing import NamedTuple

__all__ = ["REMEMBERED_AT_MOST", "Keys", "Proof", "keys_of", "prove"]

REMEMBERED_AT_MOST = 256

_HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
_process_key = secrets.token_bytes(32)
_remembered: OrderedDict[bytes, Keys] = OrderedDict()


class Keys(NamedTuple):
    """What the proof and the signature are made with."""

    client: bytes
    stored: bytes
    server: bytes


class Proof(NamedTuple):
    """The client's last message, and the signature that only a server with the account's keys can answer."""

    message: str
    signature: bytes


def prove(mechanism: str, keys: Keys, first_bare: str, server_first: str, nonce: str) -> Proof:
    """The proof without channel binding; ``first_bare`` is our first message behind its header ``n,,``."""
    hash_name = _HASHES[mechanism]
    without_proof = f"c=biws,r={nonce}"
    said = f"{first_bare},{server_first},{without_proof}".encode()
    client_signature = hmac.digest(keys.stored, said, hash_name)
    proof = bytes(a ^ b for a, b in zip(keys.client, client_signature, strict=True))
    return Proof(f"{without_proof},p={b64encode(proof).decode()}", hmac.digest(keys.server, said, hash_name))


def keys_of(mechanism: str, password: bytes, salt: bytes, iterations: int) -> Keys:
    """The keys of a prepared ``password``; microseconds from the second time on."""
    sizes = f"{mechanism} {iterations} {len(salt)} ".encode()
    digest = hashlib.blake2b(sizes + salt + password, key=_process_key).digest()
    keys = _remembered.get(digest) or _derive(_HASHES[mechanism], password, salt, iterations)
    _remembered[digest] = keys
    _remembered.move_to_end(digest)
    if len(_remembered) > REMEMBERED_AT_MOST:
        _remembered.popitem(last=False)
    return keys


def _derive(hash_name: str, password: bytes, salt: bytes, iterations: int) -> Keys:
    salted = hashlib.pbkdf2_hmac(hash_name, password, salt, iterations)
    client = hmac.digest(salted, b"Client Key", hash_name)
    return Keys(client, hashlib.new(hash_name, client).digest(), hmac.digest(salted, b"Server Key", hash_name))
