"""A client of few words on a blocking socket, for tests in which the browser has the floor."""

from __future__ import annotations

import base64
import socket

_HEADER = (
    "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
_AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
_BIND = (
    "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>"
)
_ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"


class Person:
    """A connection; each wait ends after 10 seconds with TimeoutError."""

    def __init__(self, port: int, domain: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._domain = domain

    def say(self, xml: str) -> None:
        """Write ``xml``."""
        self._socket.sendall(xml.encode())

    def until(self, end: str, having: str = "") -> str:
        """What comes, up to where it ends with ``end`` and has had ``having``."""
        came = b""
        while not (came.endswith(end.encode()) and having.encode() in came):
            data = self._socket.recv(1 << 16)
            assert data, f"the connection ended instead of {end}: {came!r}"
            came += data
        return came.decode()

    def log_in(self, name: str, password: str, resource: str) -> None:
        """Authenticate, bind, ask for the roster, become available."""
        proof = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        header = _HEADER.format(domain=self._domain)
        for said, end in (
            (header, "</stream:features>"),
            (_AUTH.format(proof=proof), "/>"),
            (header, "</stream:features>"),
            (_BIND.format(resource=resource), "</iq>"),
            (_ROSTER, "</iq>"),
            ("<presence/>", "/>"),
        ):
            self.say(said)
            self.until(end)

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()
