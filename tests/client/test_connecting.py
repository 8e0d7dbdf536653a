"""Clients of connect() against our own server, on real sockets: logins, failures, reconnections, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from dialogue import Dialogue
from pytest_twisted import ensureDeferred
from scripted import HEADER, bind, features, header, log_in, logged_failures, mechanisms, playing, to_the_end
from serving import config, logged_in, serving
from twisted.application.service import MultiService
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred

import rosterkit
from rosterkit.client.connecting import Client
from rosterkit.errors import ConfigError, JidError
from rosterkit.net.service import make_service
from rosterkit.wire.sasl_client import LoginError
from rosterkit.xmpp.certificates import TlsError
from rosterkit.xmpp.handlers import XMPPHandler

JULIET, PASSWORD = "juliet@localhost", "r0m30"

failures = pytest.fixture(autouse=True)(logged_failures)
made: list[Client] = []


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    """A client that a failed test left behind does not go on trying, and logging, during the tests after it."""
    yield
    for client in made:
        if client.running:
            client.disconnect()
    made.clear()


def at_once(_failures: int) -> float:
    """No wait between attempts."""
    return 0.0


def reach(
    ready: dict[str, Any], jid: str = JULIET, password: str = PASSWORD, kind: str = "c2s", **options: Any
) -> Client:
    """A client of a running server, which trusts the server's CA."""
    where = ready[kind]
    options = {"ca_file": ready["ca_file"], "backoff": at_once} | options
    made.append(rosterkit.connect(jid, password, where["host"], where["port"], **options))
    return made[-1]


def reach_script(where: dict[str, Any], **options: Any) -> Client:
    """A client of a scripted server, without TLS and without a roster."""
    options = {"tls": "never", "roster": False, "backoff": at_once} | options
    made.append(rosterkit.connect(JULIET, PASSWORD, where["host"], where["port"], **options))
    return made[-1]


async def failed(client: Client) -> BaseException:
    """What awaiting ``client`` fails with; it has stopped then."""
    with pytest.raises((LoginError, TlsError)) as raised:
        await client
    assert not client.running
    with pytest.raises(type(raised.value)) as again:
        await client.online()
    assert again.value is client.failure is raised.value
    await client.disconnect()
    return raised.value


class Witness(XMPPHandler):  # type: ignore[misc]
    """A handler that notes what it is told; ``lost`` fires at the next end of a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self.lost: Deferred[Any] = Deferred()

    def connectionMade(self) -> None:
        """A stream begins."""
        self.told.append("made")

    def connectionInitialized(self) -> None:
        """A stream is ready."""
        self.told.append("initialized")

    def connectionLost(self, reason: Any) -> None:
        """A stream is gone."""
        super().connectionLost(reason)
        self.told.append("lost")
        lost, self.lost = self.lost, Deferred()
        lost.callback(reason.value)


# Logins


@ensureDeferred
async def test_starttls_and_scram() -> None:
    """The usual login: STARTTLS with a checked certificate, SCRAM-SHA-256, the wished resource, the roster."""
    async with serving() as ready:
        client = reach(ready, "juliet@localhost/balcony")
        assert await client is client
        assert client.jid.full() == "juliet@localhost/balcony"
        assert client.xmlstream.authenticator.secured
        assert ("urn:xmpp:features:rosterver", "ver") in client.xmlstream.features
        await client.roster.set_entry("romeo@localhost", name="Romeo")
        assert client.roster["romeo@localhost"].name == "Romeo"
        await client.disconnect()


@ensureDeferred
async def test_direct_tls() -> None:
    """XEP-0368: TLS from the first byte on, on its own port."""
    async with serving(tls_port=0) as ready:
        client = await reach(ready, kind="tls", direct_tls=True)
        assert client.xmlstream.authenticator.secured
        assert re.fullmatch(r"juliet@localhost/[0-9a-f]{16}", client.jid.full())
        await client.disconnect()


@pytest.mark.parametrize(("tls", "secured"), [("never", False), ("optional", True)])
@ensureDeferred
async def test_tls_as_it_is_wanted(tls: Any, secured: bool) -> None:
    """STARTTLS is used where it is offered, unless it is not wanted; SCRAM needs none."""
    async with serving() as ready:
        client = await reach(ready, tls=tls)
        assert client.xmlstream.authenticator.secured is secured
        await client.disconnect()


@pytest.mark.parametrize("offer", [mechanisms("PLAIN"), mechanisms("X-OWN"), ""])
@ensureDeferred
async def test_nothing_to_log_in_with(offer: str) -> None:
    """PLAIN without TLS, mechanisms that nobody knows, and none at all: the password does not go out."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(offer))
        assert b"<auth" not in await client.until("</stream:stream>")

    async with playing(play) as where:
        await failed(reach_script(where))


@ensureDeferred
async def test_plain_without_tls_when_allowed() -> None:
    """Whoever says so may send the password in the clear."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("PLAIN")))
        assert b"AGp1bGlldAByMG0zMA==" in await client.until("</auth>")
        client.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><account-disabled/></failure>")

    async with playing(play) as where:
        error = await failed(reach_script(where, allow_plaintext_password=True))
        assert isinstance(error, LoginError)
        assert error.condition == "account-disabled"


@ensureDeferred
async def test_wrong_password() -> None:
    """RFC 6120 §6.5.10: a wrong password ends the trying, with the server's condition and what to check."""
    async with serving() as ready:
        error = await failed(reach(ready, password="wrong"))
        assert isinstance(error, LoginError)
        assert error.condition == "not-authorized"
        assert "juliet@localhost" in str(error)
        assert "wrong" not in str(error).replace("is wrong", "")


@ensureDeferred
async def test_unknown_domain() -> None:
    """RFC 6120 §4.9.3.6: a server that does not know the domain never will."""
    async with serving() as ready:
        error = await failed(reach(ready, "juliet@elsewhere.test"))
        assert isinstance(error, LoginError)
        assert error.condition == "host-unknown"


# Certificates


@ensureDeferred
async def test_unknown_authority(tmp_path: Path) -> None:
    """A certificate needs an authority that is trusted, over STARTTLS and direct TLS; ``ca_file`` may hold many."""
    async with serving(tls_port=0) as ready:
        other = tmp_path / "ca.pem"
        trustme.CA().cert_pem.write_to_path(other)
        assert "ca_file" in str(await failed(reach(ready, ca_file=other)))
        assert "ca_file" in str(await failed(reach(ready, kind="tls", direct_tls=True, ca_file=other)))
        with other.open("ab") as file:
            file.write(Path(ready["ca_file"]).read_bytes())
        client = await reach(ready, ca_file=other)
        await client.disconnect()


@ensureDeferred
async def test_certificate_of_somebody_else(tmp_path: Path) -> None:
    """RFC 6120 §13.7.2: the certificate must be for the domain of the JID, whoever signed it."""
    ca = trustme.CA()
    leaf = ca.issue_cert("elsewhere.test")
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    async with serving(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem") as ready:
        error = await failed(reach(ready, ca_file=tmp_path / "ca.pem"))
        assert "not for localhost" in str(error)


@ensureDeferred
async def test_tls_required_and_not_offered() -> None:
    """An offer without STARTTLS, stripped or not, gets no login unless TLS is optional."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("SCRAM-SHA-256")))
        assert b"<auth" not in await client.until("</stream:stream>")

    async with playing(play) as where:
        assert isinstance(await failed(reach_script(where, tls="required")), TlsError)
    async with playing(to_the_end) as where:
        client = await reach_script(where, tls="optional")
        await client.disconnect()


@ensureDeferred
async def test_tls_required_by_the_server() -> None:
    """RFC 6120 §5.3.1: who does not want TLS does not get on with a server that demands it."""
    async with serving(allow_plaintext=False) as ready:
        assert isinstance(await failed(reach(ready, tls="never")), TlsError)


@ensureDeferred
async def test_direct_tls_where_there_is_none() -> None:
    """A port that does not speak TLS at once is named as the reason; another attempt would see the same."""
    async with serving() as ready:
        assert "TLS with localhost failed" in str(await failed(reach(ready, direct_tls=True)))


# What happens after the login


@ensureDeferred
async def test_the_roster_comes_before_presence() -> None:
    """RFC 6121 §2.2: the roster is requested, and has come, before contacts can show up; then the await ends."""
    seen: list[str] = []

    async def play(client: Dialogue) -> None:
        await log_in(client)
        await bind(client)
        request = (await client.until("</iq>")).decode()
        seen.append(request)
        id_ = re.findall(r" id='([^']*)'", request)[0]
        client.say(
            f"<iq type='result' id='{id_}'><query xmlns='jabber:iq:roster'><item jid='romeo@localhost'/></query></iq>"
        )
        seen.append((await client.until("<presence/>")).decode())
        seen.append((await client.until("</stream:stream>")).decode())
        client.say("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where, roster=None)
        assert [item.jid.full() for item in client.roster] == ["romeo@localhost"]
        await client.disconnect()
    assert "jabber:iq:roster" in seen[0]
    assert "<presence" not in seen[0]
    assert seen[1:] == ["<presence/>", "<presence type='unavailable'/></stream:stream>"]


@ensureDeferred
async def test_a_server_without_a_roster() -> None:
    """An error for the roster request is no failed login: the client is online, and sends presence."""

    async def play(client: Dialogue) -> None:
        await log_in(client)
        await bind(client)
        id_ = re.findall(r" id='([^']*)'", (await client.until("</iq>")).decode())[0]
        client.say(
            f"<iq type='error' id='{id_}'><error type='cancel'>"
            "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )
        await client.until("<presence/>")
        await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where, roster=None)
        await client.disconnect()


@ensureDeferred
async def test_contacts_see_the_client_come_and_go() -> None:
    """RFC 6121 §4.2, §4.5: initial presence after the login, unavailable presence at the end."""
    async with serving() as ready:
        other = await logged_in(ready, resource="other")
        other.say("<presence/>")
        client = await reach(ready, "juliet@localhost/here")
        await other.until("<presence from='juliet@localhost/here'")
        await client.disconnect()
        assert b"from='juliet@localhost/here'" in await other.until(" type='unavailable'")


@ensureDeferred
async def test_without_presence_nobody_sees_the_client() -> None:
    """``presence=False`` leaves it to the application."""

    async def play(client: Dialogue) -> None:
        await log_in(client)
        await bind(client)
        assert b"<presence" not in await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where, presence=False)
        await client.disconnect()


@ensureDeferred
async def test_handlers_are_told_of_every_stream(failures: list[Any]) -> None:
    """A handler is told of the beginning, the login and the end; one that fails stops neither client nor login."""

    class Clumsy(XMPPHandler):  # type: ignore[misc]
        def connectionInitialized(self) -> None:
            raise RuntimeError("clumsy")

    async with playing(to_the_end) as where:
        witness = Witness()
        client = await reach_script(where, handlers=[witness, Clumsy()])
        await client.disconnect()
    assert witness.told == ["made", "initialized", "lost"]
    assert [str(failure.value) for failure in failures] == ["clumsy"]
    failures.clear()


@ensureDeferred
async def test_a_roster_of_the_applications_own() -> None:
    """A RosterClient that is given is the client's, though it is empty at first."""
    async with serving() as ready:
        mine = rosterkit.RosterClient(timeout=5)
        client = await reach(ready, roster=mine)
        assert client.roster is mine
        assert mine.connected
        await client.disconnect()


@ensureDeferred
async def test_a_cache_by_its_path(tmp_path: Path) -> None:
    """``cache`` may be a path: the roster is in it after the end, and there before the next login."""
    path = tmp_path / "roster.json"
    async with serving() as ready:
        client = await reach(ready, cache=path)
        await client.roster.set_entry("romeo@localhost", name="Romeo")
        await client.disconnect()
        assert "romeo@localhost" in path.read_text()
        again = await reach(ready, cache=str(path))
        assert "romeo@localhost" in again.roster
        await again.disconnect()


# Reconnecting


@ensureDeferred
async def test_the_server_restarts() -> None:
    """A server that goes away and comes back on the same port finds the client again, with its roster."""
    first = make_service(config())
    first.startService()
    ready = await first.ready
    witness = Witness()
    client = await reach(ready, tls="never", handlers=[witness])
    lost = witness.lost
    await first.stopService()
    await lost
    assert not client.roster.connected
    assert "system-shutdown" in str(client.failure)
    second = make_service(config(c2s_port=ready["c2s"]["port"]))
    second.startService()
    await second.ready
    await client.online()
    assert client.roster.connected
    assert client.failure is None
    assert witness.told == ["made", "initialized", "lost", "made", "initialized"]
    await client.disconnect()
    await second.stopService()


@ensureDeferred
async def test_nobody_listens_yet() -> None:
    """A refused connection is tried again while the application waits, until a server is there."""
    early = make_service(config())
    early.startService()
    ready = await early.ready
    await early.stopService()
    tries: list[int] = []

    def backoff(failures: int) -> float:
        tries.append(failures)
        return 0.001

    client = reach(ready, tls="never", ca_file=None, backoff=backoff)
    online = client.online()
    service = make_service(config(c2s_port=ready["c2s"]["port"]))
    service.startService()
    await service.ready
    assert await online is client
    assert tries == list(range(len(tries)))
    await client.disconnect()
    await service.stopService()


@ensureDeferred
async def test_a_conflict_is_final() -> None:
    """RFC 6120 §4.9.3.3: the client whose resource somebody else took leaves it to them, or both would fight on."""
    async with serving() as ready:
        witness = Witness()
        first = await reach(ready, "juliet@localhost/one", handlers=[witness])
        lost = witness.lost
        second = await reach(ready, "juliet@localhost/one")
        await lost
        error = await failed(first)
        assert isinstance(error, LoginError)
        assert error.condition == "conflict"
        await second.disconnect()


@pytest.mark.parametrize(
    "end",
    [
        "",
        "</stream:stream>",
        "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    ],
)
@pytest.mark.parametrize("stage", range(3))
@ensureDeferred
async def test_a_login_that_breaks_off_is_tried_again(stage: int, end: str) -> None:
    """A server that hangs up in the middle of a login may be restarting: the await goes on, over another attempt."""

    async def play(client: Dialogue) -> None:
        if len(where["clients"]) > 1:
            await to_the_end(client)
            return
        await header(client)
        if stage > 0:
            client.say(features(mechanisms("SCRAM-SHA-256")))
            await client.until("</auth>")
        client.say(HEADER * (stage == 0) + end if end else "")
        if stage == 2:
            client.transport.abortConnection()
        else:
            client.transport.loseConnection()

    async with playing(play) as where:
        client = await reach_script(where)
        assert len(where["clients"]) == 2
        await client.disconnect()


@pytest.mark.parametrize(
    "failure",
    [
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>",
    ],
)
@ensureDeferred
async def test_a_login_that_may_succeed_later_is_tried_again(failure: str) -> None:
    """RFC 6120 §6.5.11: a temporary failure says nothing about the password."""

    async def play(client: Dialogue) -> None:
        if len(where["clients"]) > 1:
            await to_the_end(client)
            return
        await header(client)
        client.say(features(mechanisms("SCRAM-SHA-1")))
        await client.until("</auth>")
        client.say(failure)

    async with playing(play) as where:
        client = await reach_script(where)
        await client.disconnect()


class Hurrying:
    """The installed reactor, whose waits of so many seconds can be made to be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waits: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)

    def callLater(self, seconds: float, *call: Any) -> Any:
        """The reactor's."""
        later = reactor.callLater(seconds, *call)  # type: ignore[attr-defined]
        if seconds == self._seconds:
            self._waits.append(later)
        return later

    def hurry(self) -> None:
        """The only wait that is under way is over."""
        (wait,) = [each for each in self._waits if each.active()]
        wait.reset(0)


@pytest.mark.parametrize("stage", range(3))
@ensureDeferred
async def test_a_server_that_never_answers(stage: int) -> None:
    """A login that is not done in time is given up and tried again, wherever it hangs."""
    clock = Hurrying(1234.5)

    async def play(client: Dialogue) -> None:
        if len(where["clients"]) > 1:
            await to_the_end(client)
            return
        if stage == 0:
            await header(client)
        elif stage == 1:
            await header(client)
            client.say(features(mechanisms("SCRAM-SHA-256")))
            await client.until("</auth>")
        else:
            await log_in(client)
            await client.until("</iq>")
        clock.hurry()

    async with playing(play) as where:
        client = await reach_script(where, reactor=clock, login_timeout=1234.5)
        assert len(where["clients"]) == 2
        await client.disconnect()


# The end


@ensureDeferred
async def test_disconnecting_ends_every_wait() -> None:
    """Nothing hangs: whoever waits gets ConnectionError, whether there was no stream yet, half a one or a pause."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("SCRAM-SHA-256")))
        arrived.callback(None)
        await client.until("</stream:stream>")
        client.say("</stream:stream>")

    arrived: Deferred[None] = Deferred()
    async with playing(play) as where:
        early, half = reach_script(where), reach_script(where)
        wait = early.online()
        await early.disconnect()
        with pytest.raises(ConnectionError, match="disconnected before"):
            await wait
        wait = half.online()
        await arrived
        await half.disconnect()
        with pytest.raises(ConnectionError, match="disconnected before"):
            await wait
    pausing = reach_script(where, backoff=lambda _: 3600)
    wait = pausing.online()
    while pausing.failure is None:
        pausing._reactor.callLater(0, (turn := Deferred[None]()).callback, None)
        await turn
    await pausing.disconnect()
    with pytest.raises(ConnectionError, match="disconnected before"):
        await wait


@ensureDeferred
async def test_disconnecting_twice_and_coming_back() -> None:
    """A second disconnect fires with the first; startService begins anew, with the same handlers."""
    async with playing(to_the_end) as where:
        client = await reach_script(where)
        ends = [client.disconnect(), client.disconnect()]
        for end in ends:
            await end
        await client.disconnect()
        with pytest.raises(ConnectionError):
            await client
        client.startService()
        client.startService()
        await client
        await client.disconnect()
        assert len(where["clients"]) == 2


@ensureDeferred
async def test_cancelling_a_wait_ends_nothing_else() -> None:
    """Whoever waits may stop waiting; the client goes on."""
    async with playing(to_the_end) as where:
        client = reach_script(where)
        wait = client.online()
        wait.cancel()
        with pytest.raises(CancelledError):
            await wait
        await client
        await client.disconnect()


@ensureDeferred
async def test_it_is_a_service() -> None:
    """Under an application's service it ends with the application."""
    async with playing(to_the_end) as where:
        parent = MultiService()
        parent.startService()
        client = reach_script(where)
        client.setServiceParent(parent)
        await client
        await parent.stopService()
        assert not client.running
        assert client.xmlstream is None


# Arguments


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"jid": "juliet@"}, JidError),
        ({"jid": "localhost"}, ConfigError),
        ({"tls": "sometimes"}, ConfigError),
        ({"tls": "never", "direct_tls": True}, ConfigError),
        ({"ca_file": "/nowhere/ca.pem"}, ConfigError),
        ({"roster": False, "cache": "x.json"}, ConfigError),
    ],
)
def test_wrong_arguments_are_refused_at_once(options: dict[str, Any], error: type[Exception]) -> None:
    """What is wrong with the arguments is raised by the call itself, and nothing is begun."""
    with pytest.raises(error):
        rosterkit.connect(**({"jid": JULIET, "password": PASSWORD} | options))


@ensureDeferred
async def test_the_password_is_not_shown() -> None:
    """Neither the client nor its login shows the password when it is printed."""
    async with playing(to_the_end) as where:
        client = await reach_script(where)
        assert PASSWORD not in f"{client!r} {client.xmlstream.authenticator.login!r}"
        await client.disconnect()


@ensureDeferred
async def test_a_cache_by_its_path_is_closed_with_the_client(tmp_path: Path) -> None:
    """An SQLite file can be used by the next client in the same process, after a refused login too, and by the same
    client when it is started again; the roster goes on from there.
    """
    path = tmp_path / "roster.db"
    async with serving() as ready:
        await failed(reach(ready, password="wrong", cache=path))
        versions = []
        for _ in range(2):
            client = await reach(ready, cache=str(path))
            versions.append(client.roster.version)
            await client.disconnect()
        client.startService()
        await client
        await client.disconnect()
        assert versions[0] == versions[1] is not None


@ensureDeferred
async def test_nobody_starts_a_client_that_is_stopping() -> None:
    """Whoever hears of the end and starts it again does so in vain, and the end comes."""
    async with serving() as ready:
        client = reach(ready)
        client.online().addErrback(lambda failure: client.startService())
        await client.disconnect()
        assert not client.running


@ensureDeferred
async def test_another_account_than_the_own_is_not_taken() -> None:
    """A server that binds somebody else's JID could spoil what is kept of that account."""

    async def play(server: Dialogue) -> None:
        await log_in(server)
        await bind(server, "romeo@bank.example/x")
        await server.ended

    async with playing(play) as where:
        error = await failed(reach_script(where))
        assert "romeo@bank.example" in str(error)


@ensureDeferred
async def test_every_request_has_an_answer() -> None:
    """RFC 6120 §8.2.3: what no handler takes, a ping of the server's for one, gets service-unavailable."""

    async def play(server: Dialogue) -> None:
        await log_in(server)
        await bind(server)
        server.say("<iq type='get' id='there' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        answered.callback(await server.until("</iq>"))
        await server.until("</stream:stream>")
        server.say("</stream:stream>")

    answered: Deferred[bytes] = Deferred()
    async with playing(play) as where:
        client = await reach_script(where)
        said = await answered
        assert b"there" in said
        assert b"service-unavailable" in said
        await client.disconnect()
