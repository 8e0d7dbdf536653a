"""A whole server in this process, on real sockets with free ports."""

from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from dialogue import HEADER, connect
from pytest_twisted import ensureDeferred
from serving import config, logged_in, serving
from twisted.internet import ssl

from rosterkit.config import Component
from rosterkit.errors import ConfigError
from rosterkit.net.service import make_service

ROSTER_GET = "<iq type='get' id='{}'><query xmlns='jabber:iq:roster'/></iq>"
PRESENCE_OF_ROMEO = "from='romeo@localhost/"


def trusting(ready: dict[str, Any], name: str = "localhost") -> Any:
    """A client context that trusts the server's CA and nobody else."""
    authority = ssl.Certificate.loadPEM(Path(ready["ca_file"]).read_bytes())
    return ssl.optionsForClientTLS(name, trustRoot=authority)


@ensureDeferred
async def test_the_ready_line_and_the_ready_file_say_the_same(tmp_path: Path) -> None:
    """The keys of what does not run are null, ports are the real ones, and the file appears whole."""
    async with serving(tls_port=0, ready_file=tmp_path / "ready") as ready:
        assert json.loads((tmp_path / "ready").read_text()) == ready
        assert ready["domains"] == ["localhost"]
        assert ready["component"] is ready["websocket"] is ready["websocket_tls"] is ready["control"] is None
        assert {ready["c2s"]["host"], ready["tls"]["host"]} == {"127.0.0.1"}
        assert 0 not in (ready["c2s"]["port"], ready["tls"]["port"])
        assert Path(ready["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE")
    assert not Path(ready["ca_file"]).exists()


@ensureDeferred
async def test_two_clients_become_contacts() -> None:
    """Over real sockets: subscribe, approve, push, presence."""
    async with serving() as ready:
        juliet, romeo = await logged_in(ready), await logged_in(ready, "romeo")
        for client in (juliet, romeo):
            client.say(ROSTER_GET.format("r") + "<presence/>")
            await client.until("<presence")
        juliet.say("<presence type='subscribe' to='romeo@localhost'/>")
        await romeo.until("type='subscribe'")
        romeo.say("<presence type='subscribed' to='juliet@localhost'/>")
        got = await juliet.until(PRESENCE_OF_ROMEO)
        assert b"type='subscribed'" in got
        assert b"<item jid='romeo@localhost' subscription='to'/>" in got


@ensureDeferred
async def test_starttls_and_direct_tls_lead_to_a_login() -> None:
    """Both kinds of TLS carry a whole login under a certificate that the ready line's CA has signed."""
    async with serving(tls_port=0, allow_plaintext=False) as ready:
        upgraded = await connect(ready["c2s"])
        await upgraded.starttls(trusting(ready))
        await upgraded.login("juliet", "r0m30")
        direct = await connect(ready["tls"], trusting(ready))
        await direct.login("romeo", "jul13t", "direct")
        direct.say("<message to='juliet@localhost' type='chat'/><presence/>")
        assert b"service-unavailable" in await direct.until("<presence")


@ensureDeferred
async def test_no_password_is_taken_before_tls() -> None:
    """Without --allow-plaintext no mechanism is offered on a plain stream."""
    async with serving(allow_plaintext=False) as ready:
        client = await connect(ready["c2s"])
        client.say(HEADER)
        features = await client.until("</stream:features>")
        assert b"<required/>" in features
        assert b"mechanism" not in features


@ensureDeferred
async def test_a_tls_client_on_the_starttls_port_harms_nobody() -> None:
    """A ClientHello where XML is due ends that connection; the next one is served."""
    async with serving() as ready:
        lost = await connect(ready["c2s"])
        lost.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        await lost.until("</stream:stream>")
        await lost.ended
        await logged_in(ready)


@ensureDeferred
async def test_a_dropped_connection_is_unavailable_to_the_others() -> None:
    """When a connection breaks without a word, the account's other resource hears of it."""
    async with serving() as ready:
        phone, desk = await logged_in(ready, resource="phone"), await logged_in(ready, resource="desk")
        desk.say("<presence/>")
        await desk.until("<presence")
        phone.say("<presence/>")
        await desk.until("from='juliet@localhost/phone'")
        phone.transport.abortConnection()
        await desk.until("from='juliet@localhost/phone' type='unavailable'")


@ensureDeferred
async def test_answers_come_before_the_end_of_the_stream() -> None:
    """A client that asks and leaves in one packet gets its answer and then the end."""
    async with serving() as ready:
        client = await logged_in(ready)
        client.say(ROSTER_GET.format("last") + "</stream:stream>")
        said = await client.until("</stream:stream>")
        assert b"id='last'" in said
        await client.ended


@ensureDeferred
async def test_a_taken_resource_ends_the_older_session() -> None:
    """The second client with a resource gets it; the first stream ends with conflict."""
    async with serving() as ready:
        older = await logged_in(ready, resource="desk")
        await logged_in(ready, resource="desk")
        assert b"<conflict" in await older.until("</stream:stream>")
        await older.ended


@ensureDeferred
async def test_shutdown_says_so_to_everybody() -> None:
    """Every stream, also one that has not logged in, ends with system-shutdown."""
    service = make_service(config())
    service.startService()
    ready = await service.ready
    member, stranger = await logged_in(ready), await connect(ready["c2s"])
    stranger.say(HEADER)
    await stranger.until("</stream:features>")
    ends = [client.until("</stream:stream>") for client in (member, stranger)]
    await service.stopService()
    for end in ends:
        assert b"system-shutdown" in await end


@ensureDeferred
async def test_a_component_is_the_remote_side_of_a_subscription() -> None:
    """A component shakes hands, gets a subscribe, approves it, and its presence reaches the client."""
    async with serving(component_port=0, components=(Component("remote.test", "s3cr3t"),)) as ready:
        component = await connect(ready["component"])
        component.say(
            "<stream:stream xmlns='jabber:component:accept' to='remote.test' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        header = await component.until(">")
        while b"<stream:stream" not in header:
            header = await component.until(">")
        stream_id = header.partition(b" id='")[2].partition(b"'")[0]
        component.say(f"<handshake>{hashlib.sha1(stream_id + b's3cr3t').hexdigest()}</handshake>")
        await component.until("<handshake/>")
        juliet = await logged_in(ready)
        juliet.say(ROSTER_GET.format("r") + "<presence/><presence type='subscribe' to='nurse@remote.test'/>")
        asked = await component.until("to='nurse@remote.test'")
        assert b"from='juliet@localhost'" in asked
        component.say(
            "<presence type='subscribed' from='nurse@remote.test' to='juliet@localhost'/>"
            "<presence from='nurse@remote.test/kitchen' to='juliet@localhost'/>"
        )
        got = await juliet.until("from='nurse@remote.test/kitchen'")
        assert b"<item jid='nurse@remote.test' subscription='to'/>" in got


@ensureDeferred
async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """Who asks for a taken port is told which, and the CA file of the server that has it is not overwritten."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "ca.pem").write_text("of the server that has the port")
        service = make_service(config(c2s_port=port, ca_file=tmp_path / "ca.pem"))
        service.startService()
        with pytest.raises(ConfigError, match=f"--c2s-port {port} .*in use"):
            await service.ready
        await service.stopService()
    assert (tmp_path / "ca.pem").read_text() == "of the server that has the port"


@ensureDeferred
async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    """With --db the roster, its version and a kept request with its children are there after a restart."""
    async with serving(db=tmp_path / "db") as ready:
        juliet, romeo = await logged_in(ready), await logged_in(ready, "romeo")
        juliet.say("<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='nurse@localhost'/></query></iq>")
        await juliet.until("id='s'")
        juliet.say(ROSTER_GET.format("r"))
        before = (await juliet.until("</iq>")).partition(b" ver='")[2].partition(b"'")[0].decode()
        romeo.say(
            "<presence type='subscribe' to='juliet@localhost'>"
            "<nick xmlns='http://jabber.org/protocol/nick'>Rom</nick></presence>"
            "<iq type='get' id='fence' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
        )
        await romeo.until("id='fence'")
    async with serving(db=tmp_path / "db", accounts=()) as ready:
        juliet = await logged_in(ready)
        juliet.say(f"<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{before}'/></iq><presence/>")
        got = await juliet.until("</nick>")
        assert b"<iq id='v' type='result' to='juliet@localhost/" in got
        assert b"jabber:iq:roster" not in got
