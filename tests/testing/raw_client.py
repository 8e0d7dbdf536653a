"""A blocking XMPP client in a few lines, for tests of the fixture: PLAIN without TLS, what comes as text."""

from __future__ import annotations

import base64
import socket
from contextlib import suppress

HEADER = "<stream:stream to='{}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}</resource></bind></iq>"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"


class RawClient:
    """A logged-in client, of the resource r where none is said; closes its socket at the end of a ``with`` block."""

    def __init__(self, host: str, port: int, jid: str, password: str, resource: str = "r") -> None:
        name, _, domain = jid.partition("@")
        self.read = ""
        self._socket = socket.create_connection((host, port), timeout=30)
        self.ask(HEADER.format(domain), "</stream:features>")
        message = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>"
        self.ask(auth, "<success")
        self.ask(HEADER.format(domain), "</stream:features>")
        self.ask(BIND.format(resource), "</iq>")

    def say(self, text: str) -> None:
        """Write."""
        self._socket.sendall(text.encode())

    def until(self, mark: str) -> str:
        """What comes up to and with ``mark``."""
        while mark not in self.read:
            data = self._socket.recv(65536)
            assert data, f"closed before {mark!r}; last came {self.read!r}"
            self.read += data.decode()
        end = self.read.index(mark) + len(mark)
        found, self.read = self.read[:end], self.read[end:]
        return found

    def ask(self, text: str, mark: str) -> str:
        """Write, and read up to ``mark``."""
        self.say(text)
        return self.until(mark)

    def shut(self) -> None:
        """Break off, so that a reader in another thread hears of it."""
        with suppress(OSError):  # the server was first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
