"""Secrets struck out of what is remembered: SASL messages, passwords of registrations, handshakes of components.

Tests: ``tests/wire/test_struck.py``.
"""

from __future__ import annotations

import re

__all__ = ["STRUCK", "without_secrets"]

#: What stands where a secret stood.
STRUCK = b"***"

_SIGNS = (b"xmpp-sasl", b"iq:register", b"<handshake")
# As we write elements ourselves: one default namespace, no prefixes, no CDATA.
_SECRET = re.compile(
    rb"<(auth|response|challenge|success|password|handshake)((?: [^<>]*)?)(?<!/)>[^<]*</\1>"
)  # fmt: skip


def without_secrets(data: bytes) -> bytes:
    """``data``, canonical XML as :func:`rosterkit.wire.decode.xml` writes it, with the text of secrets struck out."""
    if not any(sign in data for sign in _SIGNS):
        return data
    return _SECRET.sub(rb"<\1\2>" + STRUCK + rb"</\1>", data)
