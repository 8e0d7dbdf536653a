"""A light raw XMPP client for measuring: blocking sockets, bytes compared and counted, nothing parsed.

It logs in over plaintext, waits for byte sequences, and can read the CPU time of another process from the kernel.
Linux only (``/proc``).
"""

from __future__ import annotations

import base64
import socket
from pathlib import Path

from scramp import ScramClient

HEADER = (
    b"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='%s'>%s</auth>"
RESPONSE = b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</response>"
BIND = b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq>"
ROSTER_GET = b"<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"


class Client:
    """One connection.  Every wait has a time-out of ten seconds and raises TimeoutError."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.read = b""

    def send(self, data: bytes) -> None:
        """Write all of ``data``."""
        self.socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """Read up to and with ``end``; what follows is kept for the next call."""
        at = self.read.find(end)
        while at < 0:
            data = self.socket.recv(1 << 20)
            if not data:
                raise ConnectionError(f"closed before {end!r}; the last bytes are {self.read[-300:]!r}")
            begin = max(0, len(self.read) - len(end))
            self.read += data
            at = self.read.find(end, begin)
        found, self.read = self.read[: at + len(end)], self.read[at + len(end) :]
        return found

    def count(self, mark: bytes, times: int) -> None:
        """Read until ``mark`` has come ``times`` times."""
        for _ in range(times):
            self.until(mark)

    def login(self, name: str, password: str, resource: str, mechanism: str = "PLAIN") -> None:
        """Open a stream, authenticate and bind; an error of the server raises."""
        self.send(HEADER)
        self.until(b"</stream:features>")
        if mechanism == "PLAIN":
            message = base64.b64encode(f"\0{name}\0{password}".encode())
            self.send(AUTH % (b"PLAIN", message))
        else:
            self._scram(name, password, mechanism)
        self.until(b"<success")
        self.until(b">")
        self.send(HEADER)
        self.until(b"</stream:features>")
        self.send(BIND % resource.encode())
        self.until(b"</iq>")

    def _scram(self, name: str, password: str, mechanism: str) -> None:
        scram = ScramClient([mechanism], name, password)
        self.send(AUTH % (mechanism.encode(), base64.b64encode(scram.get_client_first().encode())))
        challenge = self.until(b"</challenge>").rpartition(b">")[0]
        text = challenge.rpartition(b"</challenge")[0].rpartition(b">")[2]
        scram.set_server_first(base64.b64decode(text).decode())
        self.send(RESPONSE % base64.b64encode(scram.get_client_final().encode()))

    def interested(self) -> bytes:
        """Fetch the roster; its bytes."""
        self.send(ROSTER_GET)
        return self.until(b"</iq>")

    def available(self) -> None:
        """Send initial presence and wait for its echo."""
        self.send(b"<presence/>")
        self.until(b"<presence")

    def fence(self) -> None:
        """Ping the server and wait: everything sent before has been handled."""
        self.send(b"<iq type='get' id='fence' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        self.until(b"'fence'")
        self.until(b">")

    def close(self) -> None:
        """Leave without a word."""
        self.socket.close()


def cpu_seconds(pid: int) -> float:
    """The CPU time of all threads of ``pid`` so far, in seconds, with the scheduler's nanoseconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
