"""The harness for real servers: each of the four starts, is what it should be, comes back, and leaves nothing."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from raw_streams import (
    Client,
    Component,
    assert_shared,
    connect_component,
    listening_ports,
    log_in_over_websocket,
    processes_of,
    received,
    refuses,
    run_example,
)

from rosterkit.errors import RosterkitError
from rosterkit.testing.child import Child, running
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.jabberd2 import Jabberd2
from rosterkit.testing.processes import Process
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.servers import RunningServer, ServerError, ejabberd, jabberd2, prosody, rosterkit_server
from rosterkit.testing.setup import make_setup

pytestmark = pytest.mark.live

Start = Callable[..., AbstractContextManager[RunningServer]]

STARTS: list[Start] = [prosody, ejabberd, jabberd2, rosterkit_server]
KINDS: list[type[Child]] = [Prosody, Ejabberd, Jabberd2, Rosterkit]

#: Characters that mean something in the servers' files, and one that is two bytes.
ACCOUNTS = {"juliet": "ca'pu\"l\\et {0}: %s é", "rom#eo.m_": "#montague", "nurse": "hush"}
SECRET = "se'c\"r:et"
ENTRY = "<query xmlns='jabber:iq:roster'><item jid='mercutio@localhost' name='Mercutio'/></query>"

VERSIONING = b"urn:xmpp:features:rosterver"
PRE_APPROVAL = b"urn:xmpp:features:pre-approval"
REGISTER = b"http://jabber.org/features/iq-register"


@pytest.fixture(scope="module", params=STARTS, ids=lambda start: start.__name__)
def start(request: pytest.FixtureRequest) -> Start:
    """One of the four."""
    return request.param


@pytest.fixture(scope="module")
def server(start: Start) -> Iterator[RunningServer]:
    """A server with accounts and a component for the tests that change nothing."""
    with start(ACCOUNTS, components={"feast.localhost": SECRET}) as started:
        yield started


@pytest.fixture(scope="module")
def open_server(start: Start) -> Iterator[RunningServer]:
    """A server with every further port for clients."""
    with start(ACCOUNTS, direct_tls=True, websocket=True) as started:
        yield started


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> type[Child]:
    """The class behind one of the four."""
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
        with Client(server) as client:
            assert b"<required" in client.unprotected
            assert b"mechanism" not in client.unprotected

    def test_versioning_is_offered(self, server: RunningServer):
        """The feature is there after the login, and a roster has a version (RFC 6121 2.6)."""
        with Client(server) as client:
            client.log_in("juliet", ACCOUNTS["juliet"])
            assert VERSIONING in client.features
            assert re.search(rb"\bver=['\"].+?['\"]", client.roster())

    def test_pre_approval_is_offered(self, server: RunningServer):
        """By all but ejabberd and jabberd2, which do not have it (RFC 6121 3.4)."""
        with Client(server) as client:
            client.log_in("juliet", ACCOUNTS["juliet"])
            assert (PRE_APPROVAL in client.features) is (server.name in ("prosody", "rosterkit"))

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
        assert server.tls_port is None
        assert server.websocket_url is None

    def test_starting_again_changes_nothing(self, server: RunningServer):
        """start() of a server that runs is a no-op."""
        before = processes_of(server.ca_file.parent)
        server.start()
        assert processes_of(server.ca_file.parent) == before


class TestFurtherPorts:
    """What is open only where it was asked for."""

    def test_direct_tls(self, open_server: RunningServer):
        """An account logs in over TLS that begins with the first byte."""
        with Client(open_server, direct=True) as client:
            client.log_in("juliet", ACCOUNTS["juliet"], "SCRAM-SHA-256")

    def test_websocket(self, open_server: RunningServer):
        """An account logs in over WebSocket, at a URL for whose address the certificate holds (RFC 7395)."""
        assert b"<success" in log_in_over_websocket(open_server, "juliet", ACCOUNTS["juliet"])
        assert b"<not-authorized" in log_in_over_websocket(open_server, "juliet", "montague")

    def test_it_listens_nowhere_else(self, open_server: RunningServer):
        """At three ports of loopback; jabberd2 has one for both kinds of TLS, and one at which its parts meet."""
        assert open_server.websocket_url is not None
        ports = {open_server.port, open_server.tls_port, urlsplit(open_server.websocket_url).port}
        found = listening_ports(processes_of(open_server.ca_file.parent))
        assert {address for address, _ in found} == {"0100007F"}
        assert ports <= {port for _, port in found}
        assert len(found) == 3

    def test_they_stay(self, open_server: RunningServer):
        """A restart changes no port."""
        before = open_server.port, open_server.tls_port, open_server.websocket_url
        open_server.stop()
        open_server.start()
        assert before == (open_server.port, open_server.tls_port, open_server.websocket_url)
        with Client(open_server, direct=True) as client:
            client.log_in("nurse", ACCOUNTS["nurse"])

    @pytest.mark.parametrize("option", ["direct_tls", "websocket"])
    @pytest.mark.parametrize("start", [prosody, jabberd2, rosterkit_server])
    def test_each_alone(self, start: Start, option: str):
        """One can be had without the other."""
        with start({"juliet": "capulet"}, **{option: True}) as server:
            assert (server.tls_port is not None) is (option == "direct_tls")
            assert (server.websocket_url is not None) is (option == "websocket")
            if option == "websocket":
                assert b"<success" in log_in_over_websocket(server, "juliet", "capulet")
            else:
                Client(server, direct=True).log_in("juliet", "capulet")


class TestComponents:
    """Several components, and what only some servers can do with them."""

    def test_each_gets_its_own(self, start: Start):
        """What is sent to the domain of one component comes there and at no other (XEP-0114)."""
        domains = ["feast.localhost", "tomb.localhost"]
        with (
            start({"juliet": "capulet"}, components=dict.fromkeys(domains, SECRET)) as server,
            Component(server, domains[0], SECRET) as feast,
            Component(server, domains[1], SECRET) as tomb,
            Client(server) as client,
        ):
            client.log_in("juliet", "capulet")
            for identifier in ["some"] * 8 + ["last"]:
                for domain in domains:
                    client.send(
                        f"<message to='romeo@{domain}' id='{identifier}_{domain[:4]}'><body>?</body></message>"
                    )
            assert received([feast, tomb], {"last_feas", "last_tomb"}) == [
                ["some_feas"] * 8 + ["last_feas"],
                ["some_tomb"] * 8 + ["last_tomb"],
            ]

    @pytest.mark.parametrize("start", [ejabberd, jabberd2])
    def test_one_secret(self, start: Start):
        """Those that know one secret for all components say so where there are two."""
        with pytest.raises(RosterkitError, match="knows one secret for all components"):
            start(components={"feast.localhost": "a", "tomb.localhost": "b"}).__enter__()

    def test_a_privileged_component(self):
        """Is told of its right and gets a roster that is not its own; another component is refused (XEP-0356)."""
        domains = ["feast.localhost", "tomb.localhost"]
        query = "<iq type='get' id='asked' from='{}' to='juliet@localhost'><query xmlns='jabber:iq:roster'/></iq>"
        components = dict.fromkeys(domains, SECRET)
        with ejabberd({"juliet": "capulet"}, components=components, privileged=domains[:1]) as server:
            with Client(server) as client:
                client.log_in("juliet", "capulet")
                client.iq("set", ENTRY)
            with Component(server, domains[0], SECRET) as feast, Component(server, domains[1], SECRET) as tomb:
                assert re.search(rb"<perm(?=[^>]*type='get')[^>]*access='roster'", feast.until(rb"</privilege>"))
                for component in (feast, tomb):
                    component.send(query.format(component.domain))
                assert b"mercutio@localhost" in feast.until(rb"</iq>")
                refused = tomb.until(rb"</iq>")
                assert b"forbidden" in refused
                assert b"privilege" not in refused

    def test_a_balanced_component(self):
        """Each contact's stanzas come at one of the two connections, whoever sends them, and each has some."""
        with (
            ejabberd(
                {"juliet": "capulet", "romeo": "montague"},
                components={"feast.localhost": SECRET},
                balanced={"feast.localhost": 2},
            ) as server,
            Component(server, "feast.localhost", SECRET) as one,
            Component(server, "feast.localhost", SECRET) as two,
        ):
            assert_shared([server, server], [one, two])

    @pytest.mark.parametrize("start", [prosody, jabberd2, rosterkit_server])
    @pytest.mark.parametrize("option", [{"privileged": ["f.localhost"]}, {"balanced": {"f.localhost": 2}}], ids=list)
    def test_what_a_server_cannot_do(self, start: Start, option: dict[str, object]):
        """Is said before anything starts, with the server that can."""
        with pytest.raises(
            ServerError, match=f"cannot have a component that is {next(iter(option))}: .*Take ejabberd"
        ):
            start(components={"f.localhost": SECRET}, **option).__enter__()


def test_the_example(capsys: pytest.CaptureFixture[str]):
    """The first example of docs/servers.md works as it stands."""
    assert run_example(0) == ["client", "component", "direct"]
    assert capsys.readouterr().out.startswith("The end of its log:\n")


class TestRestart:
    """stop() and start() on the same data."""

    def test_what_was_stored_is_there_again(self, start: Start):
        """An entry, the version, a registered account and a changed password outlive a restart; so does the port."""
        with start(ACCOUNTS, registration=True) as server:
            port = server.port
            with Client(server) as client:
                client.iq("set", _register("paris", "count"))
            with Client(server) as client:
                client.log_in("nurse", "hush")
                client.iq("set", _register("nurse", "angelica"))
                client.iq("set", ENTRY)
            with Client(server) as client:
                client.log_in("nurse", "angelica")
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
            assert server._processes
            server._processes[0]._child.send_signal(signal.SIGKILL)
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
            (Jabberd2, "router.xml", "(?s)jabberd2 ended with 2 .*couldn't load config"),
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

    @pytest.mark.parametrize(
        ("option", "said"),
        [
            ({"privileged": ["feast.localhost"]}, "'feast.localhost' is to be privileged but is no component"),
            ({"balanced": {"feast.localhost": 2}}, "'feast.localhost' is to be balanced but is no component"),
            ({"balanced": {"tomb.localhost": 0}}, "'tomb.localhost' cannot be balanced over 0 connections"),
        ],
    )
    def test_what_no_component_can_be(self, option: dict[str, object], said: str):
        """A domain that is no component has no rights, and nothing is shared out among nobody."""
        with pytest.raises(RosterkitError, match=said):
            ejabberd(components={"tomb.localhost": SECRET}, **option)


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
