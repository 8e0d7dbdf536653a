"""The harness for real servers: each of the three starts, is what it should be, comes back, and leaves nothing."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import ssl
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha1
from pathlib import Path

import pytest
from scramp import ScramClient

from rosterkit.errors import RosterkitError
from rosterkit.testing.child import Child, running
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.processes import Process
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.servers import RunningServer, ServerError, ejabberd, prosody, rosterkit_server
from rosterkit.testing.setup import make_setup

pytestmark = pytest.mark.live

Start = Callable[..., AbstractContextManager[RunningServer]]

STARTS: list[Start] = [prosody, ejabberd, rosterkit_server]
KINDS: list[type[Child]] = [Prosody, Ejabberd, Rosterkit]

#: Characters that mean something in the servers' files, and one that is two bytes.
ACCOUNTS = {"juliet": "ca'pu\"l\\et {0}: %s é", "rom#eo.m_": "#montague", "nurse": "hush"}
SECRET = "se'c\"r:et"
ENTRY = "<query xmlns='jabber:iq:roster'><item jid='mercutio@localhost' name='Mercutio'/></query>"

VERSIONING = b"urn:xmpp:features:rosterver"
PRE_APPROVAL = b"urn:xmpp:features:pre-approval"
REGISTER = b"http://jabber.org/features/iq-register"


class Client:
    """One connection in blocking reads; nothing is parsed.  Each read has ten seconds."""

    def __init__(self, server: RunningServer, *, ca_file: Path | None = None) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=10)
        self.domain = server.domain
        self.read = b""
        self.features = self.open()
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        self.until(rb"<proceed[^>]*>")
        context = ssl.create_default_context(cafile=str(ca_file or server.ca_file))
        self.socket = context.wrap_socket(self.socket, server_hostname=server.domain)
        self.features = self.open()

    def open(self) -> bytes:
        """Begin a stream and give the bytes up to the end of its features."""
        self.send(
            f"<?xml version='1.0'?><stream:stream to='{self.domain}' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        return self.until(rb"</stream:features>")

    def send(self, text: str) -> None:
        """Write."""
        self.socket.sendall(text.encode())

    def until(self, pattern: bytes) -> bytes:
        """Read up to the end of the first match; what follows is kept."""
        while (found := re.search(pattern, self.read)) is None:
            data = self.socket.recv(65536)
            assert data, f"closed before {pattern!r}: {self.read!r}"
            self.read += data
        answer, self.read = self.read[: found.end()], self.read[found.end() :]
        return answer

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
        self.iq("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")

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

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _payload(element: bytes) -> str:
    found = re.search(rb">([A-Za-z0-9+/=]+)</(challenge|success)>\Z", element)
    assert found is not None, element
    return b64decode(found[1]).decode()


def connect_component(server: RunningServer, domain: str, secret: str) -> bytes:
    """What a component is answered (XEP-0114)."""
    assert server.component_port is not None
    with socket.create_connection((server.host, server.component_port), timeout=10) as connection:
        connection.sendall(
            f"<stream:stream xmlns='jabber:component:accept' to='{domain}' "
            "xmlns:stream='http://etherx.jabber.org/streams'>".encode()
        )
        read = b""
        while (found := re.search(rb"<stream:stream\b[^>]*\bid=['\"]([^'\"]+)['\"][^>]*>", read)) is None:
            read += _more(connection, read)
        digest = sha1(found[1] + secret.encode()).hexdigest()
        connection.sendall(f"<handshake>{digest}</handshake>".encode())
        read = read[found.end() :]
        while not re.search(rb"<handshake\s*/>|<handshake>\s*</handshake>|</stream:error>", read):
            read += _more(connection, read)
    return read


def _more(connection: socket.socket, read: bytes) -> bytes:
    data = connection.recv(4096)
    assert data, f"closed after {read!r}"
    return data


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


def listening_ports(pids: list[int]) -> set[tuple[str, int]]:
    """(Address in the kernel's hexadecimal, port) of every socket at which these processes listen."""
    links = {str(path.readlink()) for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    lines = "".join(Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6")).splitlines()
    fields = [line.split() for line in lines]
    local = [field[1].split(":") for field in fields if field[3] == "0A" and f"socket:[{field[9]}]" in links]
    return {(address, int(port, 16)) for address, port in local}


def refuses(server: RunningServer) -> bool:
    """Whether nobody listens where the server was."""
    with socket.socket() as tried:
        return tried.connect_ex((server.host, server.port)) != 0


@pytest.fixture(scope="module", params=STARTS, ids=lambda start: start.__name__)
def start(request: pytest.FixtureRequest) -> Start:
    """One of the three."""
    return request.param


@pytest.fixture(scope="module")
def server(start: Start) -> Iterator[RunningServer]:
    """A server with accounts and a component for the tests that change nothing."""
    with start(ACCOUNTS, components={"feast.localhost": SECRET}) as started:
        yield started


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> type[Child]:
    """The class behind one of the three."""
    return request.param


class TestRunning:
    """What a started server is."""

    @pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
    @pytest.mark.parametrize("name", ACCOUNTS)
    def test_every_account_logs_in(self, server: RunningServer, name: str, mechanism: str):
        """Over TLS that is verified with the CA file, by both kinds of SCRAM, whatever is in the password."""
        with Client(server) as client:
            client.log_in(name, ACCOUNTS[name], mechanism)

    def test_a_wrong_password_is_refused(self, server: RunningServer):
        """Logins are real: another password fails."""
        with Client(server) as client, pytest.raises(AssertionError, match="not-authorized"):
            client.log_in("juliet", "montague")

    def test_only_its_own_ca_is_good(self, server: RunningServer, tmp_path: Path):
        """Each server has a certificate authority of its own: that of another does not verify it."""
        with rosterkit_server() as other, pytest.raises(ssl.SSLCertVerificationError):
            Client(server, ca_file=other.ca_file)

    def test_tls_is_required(self, server: RunningServer):
        """Before TLS no login is offered."""
        with socket.create_connection((server.host, server.port), timeout=10) as plain:
            client = Client.__new__(Client)
            client.socket, client.domain, client.read = plain, server.domain, b""
            features = client.open()
        assert b"<required" in features
        assert b"mechanism" not in features

    def test_versioning_is_offered(self, server: RunningServer):
        """The feature is there after the login, and a roster has a version (RFC 6121 2.6)."""
        with Client(server) as client:
            client.log_in("juliet", ACCOUNTS["juliet"])
            assert VERSIONING in client.features
            assert re.search(rb"\bver=['\"].+?['\"]", client.roster())

    def test_pre_approval_is_offered(self, server: RunningServer):
        """By all but ejabberd, which does not have it (RFC 6121 3.4)."""
        with Client(server) as client:
            client.log_in("juliet", ACCOUNTS["juliet"])
            assert (PRE_APPROVAL in client.features) is (server.name != "ejabberd")

    def test_registration_is_off(self, server: RunningServer):
        """Nobody can make an account where it was not asked for."""
        with Client(server) as client:
            assert REGISTER not in client.features

    def test_a_component_connects(self, server: RunningServer):
        """With its domain and its secret, at the component port (XEP-0114)."""
        assert b"<handshake" in connect_component(server, "feast.localhost", SECRET)

    def test_a_wrong_secret_is_refused(self, server: RunningServer):
        """A component with another secret gets a stream error."""
        assert b"not-authorized" in connect_component(server, "feast.localhost", "another")

    def test_it_listens_where_it_says(self, server: RunningServer):
        """At its two ports on 127.0.0.1 and nowhere else: no other protocol, no epmd, nothing for other machines."""
        pids = processes_of(server.ca_file.parent)
        assert listening_ports(pids) == {("0100007F", server.port), ("0100007F", server.component_port)}

    def test_starting_again_changes_nothing(self, server: RunningServer):
        """start() of a server that runs is a no-op."""
        before = processes_of(server.ca_file.parent)
        server.start()
        assert processes_of(server.ca_file.parent) == before


class TestRestart:
    """stop() and start() on the same data."""

    def test_what_was_stored_is_there_again(self, start: Start):
        """An entry, the version, a registered account and a changed password outlive a restart; so does the port."""
        with start(ACCOUNTS, registration=True) as server:
            port = server.port
            with Client(server) as client:
                client.iq("set", _register("paris", "count"))
                client.log_in("nurse", "hush")
                client.iq("set", _register("nurse", "angelica"))
                client.iq("set", ENTRY)
                [version] = re.findall(rb"<query[^>]* ver=['\"](.*?)['\"]", client.roster())
            server.stop()
            assert refuses(server)
            assert processes_of(server.ca_file.parent) == []
            server.stop()
            server.start()
            assert server.port == port
            with Client(server) as client:
                client.log_in("paris", "count")
            with Client(server) as client:
                client.log_in("nurse", "angelica")
                assert b"mercutio@localhost" in client.roster()
                assert b"query" not in client.roster(version.decode())

    def test_a_port_that_was_taken_meanwhile(self, kind: type[Child]):
        """start() says so and leaves nothing running; it succeeds when the port is free again."""
        with running(kind, make_setup({}, {"feast.localhost": SECRET}, False)) as server:
            for port in (server.port, server.component_port):
                server.stop()
                with socket.socket() as taker:
                    taker.bind((server.host, port))
                    with pytest.raises(ServerError, match=f"{kind.name} cannot listen at port .*{port}.* taken"):
                        server.start()
                    assert processes_of(server.folder) == []
                server.start()


def _register(name: str, password: str) -> str:
    fields = f"<username>{name}</username><password>{password}</password>"
    return f"<query xmlns='jabber:iq:register'>{fields}</query>"


class TestEnd:
    """What is left after the block: nothing."""

    def test_one_goes_and_another_stays(self, start: Start):
        """Port, processes and folder of the one are gone; a second one beside it goes on."""
        with start({"juliet": "capulet"}) as stays:
            with start({"juliet": "montague"}) as goes, Client(goes) as client:
                client.log_in("juliet", "montague")
                folder = goes.ca_file.parent
                assert processes_of(folder)
            assert refuses(goes)
            assert processes_of(folder) == []
            assert not folder.exists()
            with Client(stays) as client:
                client.log_in("juliet", "capulet")

    def test_an_error_in_the_block_ends_it_too(self):
        """The exception of a test comes out, and the server is gone."""
        with pytest.raises(ZeroDivisionError), prosody() as server:
            folder = server.ca_file.parent
            raise ZeroDivisionError
        assert refuses(server)
        assert not folder.exists()

    def test_a_server_that_was_killed(self, kind: type[Child]):
        """Where somebody else has ended it, stop() clears up what is left, and start() works."""
        with running(kind, make_setup({}, {}, False)) as server:
            assert server._process is not None
            server._process._child.send_signal(signal.SIGKILL)
            server.stop()
            assert processes_of(server.folder) == []
            server.start()
            assert not refuses(server)


class TestFailures:
    """What does not start says why."""

    def test_a_lost_race_for_a_port(self, kind: type[Child]):
        """When somebody takes a port between choice and start, the first start chooses others."""
        taken: list[socket.socket] = []

        class Unlucky(kind):  # type: ignore[misc, valid-type]
            def configure(self) -> None:
                if not taken:
                    taken.append(socket.socket())
                    taken[0].bind((self.host, self.port))
                super().configure()

        with running(Unlucky, make_setup({"juliet": "capulet"}, {}, False)) as server, taken[0]:
            assert server.port != taken[0].getsockname()[1]
            with Client(server) as client:
                client.log_in("juliet", "capulet")

    @pytest.mark.parametrize(
        ("start", "said"),
        [
            (prosody, "prosody is not installed on this machine: apt-get install prosody"),
            (ejabberd, "erl is not installed on this machine: apt-get install ejabberd"),
        ],
        ids=["prosody", "ejabberd"],
    )
    def test_a_missing_program(self, start: Start, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """Says what to install."""
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ServerError, match=said), start():
            pass

    @pytest.mark.parametrize(
        ("kind", "file", "said"),
        [
            (Prosody, "prosody.cfg.lua", "(?s)prosody ended with 1 .*problem occurred while reading the config file"),
            (Ejabberd, "ejabberd.yml", "(?s)ejabberd ended with .*Failed to start ejabberd application"),
            (Rosterkit, "accounts", "(?s)rosterkit ended with 2 .*there is no name before a colon"),
        ],
    )
    def test_a_server_that_does_not_come_up(self, kind: type[Child], file: str, said: str):
        """Raises with the end of its log, and nothing is left."""
        folders = []

        class Broken(kind):  # type: ignore[misc, valid-type]
            def configure(self) -> None:
                super().configure()
                folders.append(self.folder)
                (self.folder / file).write_text("this is nonsense")

        with pytest.raises(ServerError, match=said), running(Broken, make_setup({}, {}, False)):
            pass
        assert not folders[0].exists()
        assert processes_of(folders[0]) == []

    @pytest.mark.parametrize(
        ("accounts", "components", "said"),
        [
            ({"juliet@localhost": "x"}, {}, "juliet@localhost"),
            ({"juliet": ""}, {}, "password or secret of 'juliet' is empty"),
            ({"juliet": "two\nlines"}, {}, "cannot be printed"),
            ({}, {"feast@localhost": "x"}, "'feast@localhost' is no domain"),
            ({}, {"feast.localhost": "\0"}, "cannot be printed"),
        ],
    )
    def test_what_cannot_be_is_refused(self, accounts: dict[str, str], components: dict[str, str], said: str):
        """Before anything starts, with a sentence that does not hold the password."""
        with pytest.raises(RosterkitError, match=said) as caught, prosody(accounts, components=components):
            pass
        assert "lines" not in str(caught.value)


class TestProcess:
    """The end of a process and of all that it started."""

    #: It starts one process in a session of its own, as Erlang does, and one with another environment.
    STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
far = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True)
near = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], env={})
print(far.pid, near.pid, flush=True)
time.sleep(1000)
"""

    def test_the_stubborn_are_killed(self, tmp_path: Path):
        """What ignores SIGTERM, what has left the group, and what lost the mark; other processes are not touched."""
        log = tmp_path / "log"
        process, other = (
            Process([sys.executable, "-c", code], tmp_path, {}, log)
            for code in (self.STUBBORN, "import time; time.sleep(1000)")
        )
        try:
            while not log.read_bytes().endswith(b"\n"):
                assert not process.has_ended
            children = [int(pid) for pid in log.read_text().split()]
            assert process.end(patience=0.0) == -signal.SIGKILL
            assert process.has_ended
            assert all(map(ends, children))
            assert not other.has_ended
            assert process.end() == -signal.SIGKILL
        finally:
            process.end()
            assert other.end() == -signal.SIGTERM


def ends(pid: int) -> bool:
    """Whether a process that was just killed is gone, after a second at most."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 1)[0])
    finally:
        os.close(handle)
