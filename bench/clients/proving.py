"""What a client says to log in, by PLAIN and by SCRAM; a password is hashed once for each salt (RFC 4616, 5802).

Tests: ``tests/bench/test_proving.py``.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode

from rosterkit.wire import scram_proof

__all__ = ["Scram", "plain"]


def plain(name: str, password: str) -> bytes:
    """The text of ``<auth/>``."""
    return b64encode(f"\0{name}\0{password}".encode())


class Scram:
    """One attempt; ``mechanism`` is ``SCRAM-SHA-1`` or ``SCRAM-SHA-256``.  Names here need no escaping."""

    def __init__(self, mechanism: str, name: str, password: str) -> None:
        self._mechanism = mechanism
        self._password = password.encode()
        self._bare = f"n={name},r={secrets.token_urlsafe(18)}"
        self._signature = b""

    def first(self) -> bytes:
        """The text of ``<auth/>``."""
        return b64encode(f"n,,{self._bare}".encode())

    def respond(self, challenge: bytes) -> bytes:
        """The text of ``<response/>``."""
        said = b64decode(challenge).decode()
        values = dict(part.split("=", 1) for part in said.split(","))
        salt, rounds = b64decode(values["s"]), int(values["i"])
        keys = scram_proof.keys_of(self._mechanism, self._password, salt, rounds)
        message, self._signature = scram_proof.prove(self._mechanism, keys, self._bare, said, values["r"])
        return b64encode(message.encode())

    def is_proved(self, success: bytes) -> bool:
        """Whether the server's last message shows that it knows the password."""
        return b64decode(success) == b"v=" + b64encode(self._signature)
