"""The proof that a server is ready: STARTTLS with its certificate verified, then one login.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
from pathlib import Path

__all__ = ["NotReadyError", "try_login"]

_HEADER = (
    "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
_STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>"
_FEATURES = re.compile(rb"</stream:features>")
_PROCEED = re.compile(rb"<proceed[^>]*>")
_OUTCOME = re.compile(rb"<(success|failure)[ />]")
#: Seconds for each read, and the most bytes of one answer.
_TIMEOUT = 5.0
_MOST = 65536


class NotReadyError(Exception):
    """The server closed the connection, or said something else than it should."""


def try_login(host: str, port: int, domain: str, ca_file: Path, account: tuple[str, str] | None) -> bool:
    """Log ``account`` (name, password) in with PLAIN over TLS, and give whether it was let in.

    Without an account True says that logins are offered.  Raises OSError (a certificate of another server is one)
    and :class:`NotReadyError`.
    """
    header = _HEADER.format(domain=domain)
    context = ssl.create_default_context(cafile=str(ca_file))
    with socket.create_connection((host, port), timeout=_TIMEOUT) as plain:
        _ask(plain, header, _FEATURES)
        _ask(plain, _STARTTLS, _PROCEED)
        with context.wrap_socket(plain, server_hostname=domain) as secure:
            _ask(secure, header, _FEATURES)
            if account is None:
                return True
            message = base64.b64encode("\0{}\0{}".format(*account).encode()).decode()
            return _ask(secure, _AUTH.format(message=message), _OUTCOME)[1] == b"success"


def _ask(connection: socket.socket, text: str, answer: re.Pattern[bytes]) -> re.Match[bytes]:
    """Send ``text`` and read until ``answer`` has come."""
    connection.sendall(text.encode())
    read = b""
    while (found := answer.search(read)) is None:
        data = connection.recv(4096)
        if not data or len(read) > _MOST:
            raise NotReadyError(f"The server said {read[-300:]!r} and not {answer.pattern!r}.")
        read += data
    return found
