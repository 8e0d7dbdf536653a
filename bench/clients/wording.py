"""What a client says to log in, as bytes; the places of values are marked with ``%s``.

Tests: ``tests/bench/peers/test_peer_workloads.py``, ``tests/bench/test_line.py``.
"""

from __future__ import annotations

import re

__all__ = ["AUTH", "BIND", "HEADER", "PING", "RESPONSE", "ROSTER", "text"]

HEADER = (
    b"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
#: The mechanism and the first message.
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>%s</auth>"
RESPONSE = b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</response>"
#: The payloads of requests.
BIND = b"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind>"
ROSTER = b"<query xmlns='jabber:iq:roster'/>"
PING = b"<ping xmlns='urn:xmpp:ping'/>"
_TEXT = re.compile(rb">([^<]*)</")


def text(piece: bytes) -> bytes:
    """The text of an element that has no others; empty where there is none."""
    found = _TEXT.search(piece)
    return found[1] if found else b""
