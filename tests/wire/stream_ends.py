"""The two ends of a fake wire: a host with a few accounts, and a peer that checks whatever it is sent."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from lxml import etree
from scramp import ScramClient

from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid, parse
from rosterkit.core.stanza import Stanza
from rosterkit.errors import StanzaError, StreamError
from rosterkit.wire.features import Settings
from rosterkit.wire.negotiate import ClientStream
from rosterkit.wire.passwords import derive
from rosterkit.wire.reader import Closed, Reader
from rosterkit.wire.sasl import Step
from rosterkit.wire.stream import End, ServerStream, StartTls, Write

HEADER = (
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    " to='localhost' version='1.0'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PASSWORD = "r0m30myr0m30"
_ACCOUNTS = {"juliet@localhost": derive(PASSWORD, b"salt of juliet 1")}


def sasl(name: str, text: str = "", **attributes: str) -> str:
    """A SASL element; ``text`` is encoded."""
    values = "".join(f" {key}='{value}'" for key, value in attributes.items())
    return f"<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'{values}>{b64encode(text.encode()).decode()}</{name}>"


PLAIN = sasl("auth", f"\0juliet\0{PASSWORD}", mechanism="PLAIN")
WRONG = sasl("auth", "\0juliet\0wrong", mechanism="PLAIN")


def bind(resource: str | None = None, id_: str = "b1") -> str:
    """The request for a resource."""
    wish = f"<resource>{resource}</resource>" if resource is not None else ""
    return f"<iq type='set' id='{id_}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>{wish}</bind></iq>"


class Host:
    """Serves localhost and example.test; knows Juliet; its ids count up, so that two runs are alike."""

    def __init__(self, **changes: Any) -> None:
        self.settings = Settings(
            limit=10_000,
            versioning=True,
            pre_approval=True,
            registration=False,
            allow_plaintext=False,
            starttls=True,
        )._replace(**changes)
        self.accounts: dict[str, Credentials] = dict(_ACCOUNTS)
        self.bound: list[str | None] = []
        self.refusal: StanzaError | None = None
        self.told: list[Step] = []
        self.asked: list[tuple[Step, Jid | None]] = []
        self._ids = 0

    def serves(self, domain: str) -> bool:
        """Two domains."""
        return domain in ("localhost", "example.test")

    def credentials(self, account: Jid) -> Credentials | None:
        """Juliet's."""
        return self.accounts.get(account.bare)

    def guest(self, domain: str) -> Jid:
        """The next one."""
        return parse(f"guest-{self.new_id()}@{domain}")

    def login_fault(self, step: Step, account: Jid | None) -> Step:
        """The next of ``told`` that is prepared; what was to be told, and of whom, is kept in ``asked``."""
        self.asked.append((step, account))
        return self.told.pop(0) if self.told else step

    def bind(self, account: Jid, resource: str | None) -> Jid | StanzaError:
        """As wished, unless there is a refusal."""
        self.bound.append(resource)
        return self.refusal or account.with_resource(resource or "made-up")

    def new_id(self) -> str:
        """The next one."""
        self._ids += 1
        return f"id{self._ids}"


class Peer:
    """The other end of ``stream``.  It sends in pieces of ``size`` bytes and reads every answer strictly.

    ``outputs`` holds all that came, ``seen`` the elements in it, ``end`` the End, if it came.
    """

    def __init__(self, stream: ServerStream, size: int = 0) -> None:
        self.stream = stream
        self.size = size
        self.outputs: list[Any] = []
        self.seen: list[Any] = []
        self.end: End | None = None
        self._reader = Reader()

    def send(self, data: str | bytes) -> str:
        """Everything written in answer; when TLS begins, it is there before the next call."""
        data = data.encode() if isinstance(data, str) else data
        size = self.size or max(len(data), 1)
        outputs = [out for at in range(0, len(data), size) for out in self.stream.receive(data[at : at + size])]
        return self._take(outputs)

    def _take(self, outputs: list[Any]) -> str:
        self.outputs += outputs
        written = b""
        for output in outputs:
            assert self.end is None, "Something came after the end."
            if isinstance(output, Write):
                written += output.data
                self.read(output.data)
            elif isinstance(output, End):
                self.end = output
        if any(isinstance(output, StartTls) for output in outputs):
            assert isinstance(self.stream, ClientStream)
            self.stream.tls_started()
        return written.decode()

    def read(self, data: bytes) -> None:
        """Read what the server wrote; after a restart it must begin a new document."""
        for event in self._reader.feed(data):
            assert not isinstance(event, StreamError), (event, data)
            self.seen.append(event)
            if isinstance(event, etree._Element) and event.tag.endswith(("}proceed", "}success")):
                self._reader = Reader()

    @property
    def stanzas(self) -> list[Stanza]:
        """The stanzas that passed."""
        return [output for output in self.outputs if isinstance(output, Stanza)]

    @property
    def condition(self) -> str | None:
        """The condition of the stream error that came last; it stood in the stream, before its end."""
        assert isinstance(self.seen[-1], Closed), self.seen
        assert self.end is not None
        error = self.seen[-2]
        if not isinstance(error, etree._Element) or error.tag != "{http://etherx.jabber.org/streams}error":
            assert self.end.error is None
            return None
        said = str(error[0].tag).removeprefix("{urn:ietf:params:xml:ns:xmpp-streams}")
        assert self.end.error is not None
        assert self.end.error.condition == said
        return said

    def log_in(self, mechanism: str = "PLAIN", name: str = "juliet", password: str = PASSWORD) -> str:
        """Log in as a real client does; what the server's last answer is."""
        if mechanism == "PLAIN":
            return self.send(sasl("auth", f"\0{name}\0{password}", mechanism="PLAIN"))
        client = ScramClient([mechanism], name, password)
        self.send(sasl("auth", client.get_client_first(), mechanism=mechanism))
        client.set_server_first(b64decode(self.seen[-1].text).decode())
        answer = self.send(sasl("response", client.get_client_final()))
        if "<success" in answer:
            client.set_server_final(b64decode(self.seen[-1].text).decode())
        return answer


def client(size: int = 0, secured: bool = True, **settings: Any) -> Peer:
    """A client of a fresh host; its connection has TLS unless told otherwise."""
    return Peer(ClientStream(Host(**settings), secured), size)


def online(size: int = 0, header: str = HEADER, **settings: Any) -> Peer:
    """A client with a bound resource; what came until then is forgotten."""
    peer = client(size, **settings)
    for data in (header, PLAIN, header, bind("balcony")):
        peer.send(data)
    assert peer.stream.ready
    peer.outputs.clear()
    return peer
