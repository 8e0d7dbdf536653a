"""Secrets struck out of what is remembered: SASL messages, passwords of logins and registrations, handshakes.

Tests: ``tests/wire/test_struck.py``.
"""

from __future__ import annotations

import re

__all__ = ["STRUCK", "without_secrets"]

#: What stands where a secret stood.
STRUCK = b"***"

_SIGNS = (b"sasl", b"iq:register", b"iq:auth", b"<handshake")
_NAMES = b"auth|response|challenge|success|initial-response|password|digest|handshake"
# As we write elements ourselves: no prefixes, no CDATA, no ">" in an attribute but escaped.
_SECRET = re.compile(rb"<(%b)((?: [^<>]*)?)(?<!/)>.*?</\1>" % _NAMES, re.DOTALL)
_FIELD = re.compile(rb"(<field(?: [^<>]*)? var='[^'<>]*password[^'<>]*'[^<>]*>).*?</field>", re.DOTALL)


def without_secrets(data: bytes) -> bytes:
    """``data``, canonical XML as :func:`rosterkit.wire.decode.xml` writes it, with secrets struck out whole.

    What holds no sign of one is given back as it is.
    """
    if not any(sign in data for sign in _SIGNS):
        return data
    data = _SECRET.sub(rb"<\1\2>" + STRUCK + rb"</\1>", data)
    return _FIELD.sub(rb"\1" + STRUCK + rb"</field>", data)
