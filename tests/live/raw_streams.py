"""Clients and components of the harness's own tests, and what is seen of a server from outside.

Blocking reads of ten seconds each; nothing is parsed, so that no mistake of our own code can hide in both ends.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha1
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

from scramp import ScramClient
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

from rosterkit.testing.servers import RunningServer

__all__ = [
    "Client",
    "Component",
    "assert_shared",
    "connect_component",
    "listening_ports",
    "log_in_over_websocket",
    "processes_of",
    "received",
    "refuses",
    "run_example",
]

_PATIENCE = 10
_HEADER = (
    "<stream:stream xmlns='{namespace}' to='{to}' version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_BIND = "<{0} xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{1}</{0}>"


class _Stream:
    """A connection, and what of it was not read yet."""

    def __init__(self, host: str, port: int | None) -> None:
        assert port is not None
        self.socket = socket.create_connection((host, port), timeout=_PATIENCE)
        self.read = b""

    def send(self, text: str) -> None:
        """Write."""
        self.socket.sendall(text.encode())

    def more(self) -> None:
        """Read what there is, at least one byte."""
        data = self.socket.recv(65536)
        assert data, f"closed after {self.read!r}"
        self.read += data

    def until(self, pattern: bytes) -> bytes:
        """Read up to the end of the first match; what follows is kept."""
        while (found := re.search(pattern, self.read, re.DOTALL)) is None:
            self.more()
        answer, self.read = self.read[: found.end()], self.read[found.end() :]
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


class Client(_Stream):
    """A client whose stream has TLS: by STARTTLS, or with ``direct`` from the first byte.

    ``features`` are those of the newest stream, ``unprotected`` those of the one before TLS.
    """

    def __init__(self, server: RunningServer, *, ca_file: Path | None = None, direct: bool = False) -> None:
        super().__init__(server.host, server.tls_port if direct else server.port)
        self.domain = server.domain
        if not direct:
            self.unprotected = self.open()
            self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
            self.until(rb"<proceed[^>]*>")
        context = ssl.create_default_context(cafile=str(ca_file or server.ca_file))
        self.socket = context.wrap_socket(self.socket, server_hostname=server.domain)
        self.features = self.open()

    def open(self) -> bytes:
        """Begin a stream and give the bytes up to the end of its features."""
        self.send("<?xml version='1.0'?>" + _HEADER.format(namespace="jabber:client", to=self.domain))
        return self.until(rb"</stream:features>")

    def log_in(self, name: str, password: str, mechanism: str = "SCRAM-SHA-1") -> None:
        """Authenticate, verify the server's signature, and bind."""
        scram = ScramClient([mechanism], name, password)
        first = b64encode(scram.get_client_first().encode()).decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{first}</auth>")
        scram.set_server_first(_payload(self.until(rb"</(challenge|failure)>")))
        final = b64encode(scram.get_client_final().encode()).decode()
        self.send(f"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{final}</response>")
        scram.set_server_final(_payload(self.until(rb"</(success|failure)>")))
        self.features = self.open()
        bound = re.search(rb"<jid>[^/]*/([^<]*)</jid>", self.iq("set", _BIND.format("bind", "")))
        assert bound is not None
        self.resource = bound[1].decode()

    def iq(self, kind: str, payload: str) -> bytes:
        """Send an IQ and give its answer, which must not be an error."""
        self.send(f"<iq type='{kind}' id='asked'>{payload}</iq>")
        answer = rb"<iq\b(?=[^>]*\bid=['\"]asked['\"])([^>]*/>|.*?</iq>)"
        found = re.search(answer, self.until(answer), re.DOTALL)
        assert found is not None
        assert not re.match(rb"<iq[^>]*type=['\"]error", found[0]), found[0]
        return found[0]

    def roster(self, version: str = "") -> bytes:
        """The answer to a roster get."""
        return self.iq("get", f"<query xmlns='jabber:iq:roster' ver='{version}'/>")

    def __exit__(self, *error: object) -> None:
        # jabberd2 knows a session by the number of its descriptor, and would end that of whoever comes next at once.
        if b"<unbind " in self.features and error == (None, None, None):
            self.iq("set", _BIND.format("unbind", f"<resource>{self.resource}</resource>"))
        super().__exit__(*error)


def _payload(element: bytes) -> str:
    found = re.search(rb">([A-Za-z0-9+/=]+)</(challenge|success)>\Z", element)
    assert found is not None, element
    return b64decode(found[1]).decode()


class Component(_Stream):
    """A component (XEP-0114); ``answer`` is what it was answered after its handshake."""

    def __init__(self, server: RunningServer, domain: str, secret: str) -> None:
        super().__init__(server.host, server.component_port)
        self.domain = domain
        self.send(_HEADER.format(namespace="jabber:component:accept", to=domain))
        header = self.until(rb"<stream:stream\b[^>]*\bid=['\"][^'\"]+['\"][^>]*>")
        found = re.search(rb"\bid=['\"]([^'\"]+)['\"]", header)
        assert found is not None
        self.send(f"<handshake>{sha1(found[1] + secret.encode()).hexdigest()}</handshake>")
        self.answer = self.until(rb"<handshake[^>]*/>|<handshake[^>]*>\s*</handshake>|</stream:error>")


def connect_component(server: RunningServer, domain: str, secret: str) -> bytes:
    """What a component is answered."""
    with Component(server, domain, secret) as component:
        return component.answer


def received(components: Sequence[Component], last: set[str]) -> list[list[str]]:
    """The ids of the stanzas that came to each, when all of ``last`` have come to some."""
    found: list[list[str]] = [[] for _ in components]
    while not last <= {identifier for ids in found for identifier in ids}:
        ready, _, _ = select.select([component.socket for component in components], [], [], _PATIENCE)
        assert ready, f"{found} and not {last}"
        for component in components:
            if component.socket in ready:
                component.more()
        found = [re.findall(r"<message\b[^>]*\bid=['\"](\w+)['\"]", part.read.decode()) for part in components]
    return found


def assert_shared(senders: Sequence[RunningServer], components: Sequence[Component]) -> None:
    """Juliet at the first server and Romeo at the second write to eight contacts of a domain that is shared.

    Each contact hears both at one of the ``components`` and at no other, and none of these is idle.
    """
    domain = components[0].domain
    with Client(senders[0]) as juliet, Client(senders[1]) as romeo:
        juliet.log_in("juliet", "capulet")
        romeo.log_in("romeo", "montague")
        for turn in ("first", "last"):  # what is wrongly sent twice comes before the last
            for name, client in (("juliet", juliet), ("romeo", romeo)):
                for number in range(8):
                    client.send(
                        f"<message to='c{number}@{domain}' id='{turn}_{name}_{number}'><body>?</body></message>"
                    )
        found = received(components, {f"last_{name}_{n}" for name in ("juliet", "romeo") for n in range(8)})
    contacts = [[identifier[-1] for identifier in ids] for ids in found]
    assert all(contacts)
    assert sorted("".join(map("".join, contacts))) == sorted("01234567" * 4)
    assert set(contacts[0]).isdisjoint(contacts[1])


def log_in_over_websocket(server: RunningServer, name: str, password: str) -> bytes:
    """What a login with PLAIN over XMPP over WebSocket is answered, at the server's URL (RFC 7395)."""
    assert server.websocket_url is not None
    url = urlsplit(server.websocket_url)
    assert url.scheme == "wss"
    context = ssl.create_default_context(cafile=str(server.ca_file))
    with (
        socket.create_connection((url.hostname, url.port), timeout=_PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=url.hostname) as secure,
    ):
        web = WSConnection(ConnectionType.CLIENT)
        secure.sendall(web.send(Request(host=url.netloc, target=url.path, subprotocols=["xmpp"])))
        texts = _texts(secure, web)
        assert next(texts) == "xmpp"
        opening = f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{server.domain}' version='1.0'/>"
        message = b64encode(f"\0{name}\0{password}".encode()).decode()
        login = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>"
        answer = ""
        for text, end in ((opening, "features>"), (login, "urn:ietf:params:xml:ns:xmpp-sasl")):
            secure.sendall(web.send(TextMessage(text)))
            answer = next(said for said in texts if end in said)
    return answer.encode()


def _texts(connection: ssl.SSLSocket, web: WSConnection) -> Iterator[str]:
    """The chosen subprotocol, then every message."""
    message = ""
    while data := connection.recv(65536):
        web.receive_data(data)
        for event in web.events():
            if isinstance(event, AcceptConnection):
                yield event.subprotocol or ""
            elif isinstance(event, TextMessage):
                message += event.data
                if event.message_finished:
                    yield message
                    message = ""


def run_example(number: int) -> list[str]:
    """Run an example of ``docs/servers.md`` as it stands; gives who of ``my_client``, ``my_component`` was called."""
    page = Path(__file__).parent.parent.parent / "docs" / "servers.md"
    code = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[number]
    calls: list[str] = []
    scope: dict[str, Any] = {}

    def place(**values: object) -> Any:
        return SimpleNamespace(domain="localhost", **values)

    def my_client(jid: str, password: str, host: str, port: int, ca_file: Path) -> None:
        direct = "server" in scope and port == scope["server"].tls_port
        with Client(place(host=host, port=port, tls_port=port, ca_file=ca_file), direct=direct) as client:
            client.log_in(jid.partition("@")[0], password)
        calls.append("direct" if direct else "client")

    def my_component(domain: str, secret: str, host: str, port: int) -> None:
        assert b"<handshake" in connect_component(place(host=host, component_port=port), domain, secret)
        calls.append("component")

    scope |= {"my_client": my_client, "my_component": my_component}
    exec(code, scope)
    return calls


def processes_of(folder: Path) -> list[int]:
    """The processes that live in a folder or know it by their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            known = (process / "environ").read_bytes() + bytes((process / "cwd").readlink())
        except OSError:
            continue
        if bytes(folder) in known:
            found.append(int(process.name))
    return found


def _link(path: Path) -> str:
    """Where it leads; "" for a file that has been closed meanwhile."""
    try:
        return str(path.readlink())
    except OSError:
        return ""


def listening_ports(pids: list[int]) -> set[tuple[str, int]]:
    """(Address in the kernel's hexadecimal, port) of every socket at which these processes listen."""
    links = {link for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir() if (link := _link(path))}
    lines = "".join(Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6")).splitlines()
    fields = [line.split() for line in lines]
    local = [field[1].split(":") for field in fields if field[3] == "0A" and f"socket:[{field[9]}]" in links]
    return {(address, int(port, 16)) for address, port in local}


def refuses(server: RunningServer) -> bool:
    """Whether nobody listens where the server was."""
    with socket.socket() as tried:
        return tried.connect_ex((server.host, server.port)) != 0
