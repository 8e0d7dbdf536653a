"""Lines to real servers: each way in, each phase, components, and what these servers say when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from line_listener import Listening
from roster_clients import in_reactor
from scripted import logged_failures
from twisted.internet import reactor

from rosterkit.conformance.probing.lines import Account, Phase, ProbeError
from rosterkit.conformance.probing.network_lines import NetworkLines, Target
from rosterkit.testing.servers import RunningServer, ejabberd, prosody
from rosterkit.wire.patterns import parse_entry

pytestmark = pytest.mark.live

JULIET = Account("juliet", "localhost", "capulet")
PATIENCE = 10.0
PING = b"<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"

failures = pytest.fixture(autouse=True)(logged_failures)


@pytest.fixture(scope="module", params=[prosody, ejabberd], ids=lambda start: start.__name__)
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """One of each."""
    components = {"feast.localhost": "banquet"}
    with request.param({"juliet": "capulet"}, components=components, direct_tls=True, websocket=True) as started:
        yield started


def target(server: RunningServer, transport: str = "starttls", **more: Any) -> Target:
    """The server, reached in this way."""
    web = urlsplit(server.websocket_url or "").port
    port = {"starttls": server.port, "plain": server.port, "tls": server.tls_port, "websocket": web}
    values: dict[str, Any] = {
        "ca_file": server.ca_file,
        "websocket_tls": True,
        "component_port": server.component_port,
        "component_domain": "feast.localhost",
        "component_secret": "banquet",
    }
    return Target(server.host, port[transport] or 0, "localhost", transport, **{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("transport", ["starttls", "tls", "websocket"])
@pytest.mark.parametrize("upto", Phase)
@in_reactor
async def test_every_way_leads_as_far_as_is_wanted(server: RunningServer, transport: str, upto: Phase) -> None:
    """With the certificate verified; the line is closed politely."""
    listener = Listening()
    line = await NetworkLines(reactor, target(server, transport), PATIENCE).enter("j", JULIET, upto, listener, "desk")
    assert line.phase is (Phase.SECURED if upto is Phase.OPENED and transport != "starttls" else upto)
    assert line.jid == ("juliet@localhost/desk" if upto is Phase.BOUND else None)
    assert (parse_entry(line.features) is not None) is (upto is not Phase.CONNECTED)
    if upto is Phase.BOUND:
        line.send(PING)
        assert (await listener.until("id='p'")).kind == "iq"
    await line.close()
    assert len(listener.all("over")) == 1


@in_reactor
async def test_a_client_and_a_component_hear_each_other(server: RunningServer) -> None:
    """A request for a subscription goes out over the component's line, and the answer comes to the client's."""
    lines, listener = NetworkLines(reactor, target(server), PATIENCE), Listening()
    component = await lines.join("feast", listener)
    assert (component.jid, component.phase) == ("feast.localhost", Phase.BOUND)
    juliet = await lines.enter("juliet", JULIET, Phase.BOUND, listener)
    juliet.send(b"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq><presence/>")
    await listener.until("id='r'")
    asked = listener.until("type='subscribe'")
    juliet.send(b"<presence type='subscribe' to='romeo@feast.localhost'/>")
    assert (await asked).label == "feast"
    component.send(b"<presence type='subscribed' from='romeo@feast.localhost' to='juliet@localhost'/>")
    assert (await listener.until("subscription='to'")).label == "juliet"
    juliet.send(
        b"<iq type='set' id='x'><query xmlns='jabber:iq:roster'>"
        b"<item jid='romeo@feast.localhost' subscription='remove'/></query></iq>"
    )
    await listener.until("id='x'")
    await juliet.close()
    await component.close()


@pytest.mark.parametrize(
    ("account", "changes", "text", "about_account"),
    [
        (JULIET._replace(password="wrong"), {}, "juliet@localhost: not-authorized", True),
        (JULIET._replace(local="nobody"), {}, "nobody@localhost: not-authorized", True),
        (JULIET._replace(domain="elsewhere.test"), {}, "does not serve elsewhere.test: host-unknown", False),
        (JULIET, {"ca_file": None}, "is not trusted", False),
        (JULIET, {"transport": "plain"}, "no way to log in before TLS", False),
        (JULIET, {"transport": "tls"}, "does not speak TLS|closed the connection", False),
        (JULIET, {"transport": "websocket"}, "does not speak TLS|closed the connection", False),
    ],
)
@in_reactor
async def test_lines_that_cannot_be_had(
    server: RunningServer, account: Account, changes: dict[str, Any], text: str, about_account: bool
) -> None:
    """Each with its sentence."""
    where = target(server)._replace(**changes)
    with pytest.raises(ProbeError, match=text) as raised:
        await NetworkLines(reactor, where, PATIENCE).enter("j", account, Phase.BOUND, Listening())
    assert raised.value.about_account is about_account


@in_reactor
async def test_components_that_cannot_be_had(server: RunningServer) -> None:
    """A wrong secret; at Prosody also a second connection and an unknown domain, which ejabberd lets in."""
    where = target(server)
    refused = [({"component_secret": "wrong"}, "refuses the secret of the component feast.localhost")]
    if server.name == "prosody":
        refused.append(({"component_domain": "other.test"}, "expects no component other.test: host-unknown"))
        refused.append(({}, "feast.localhost is taken: conflict"))
    line = await NetworkLines(reactor, where, PATIENCE).join("feast", Listening())
    for changes, text in refused:
        with pytest.raises(ProbeError, match=text):
            await NetworkLines(reactor, where._replace(**changes), PATIENCE).join("again", Listening())
    await line.close()


@in_reactor
async def test_another_path(server: RunningServer) -> None:
    """A path without a WebSocket is answered with a status, which the sentence names."""
    where = target(server, "websocket", websocket_path="/elsewhere")
    with pytest.raises(ProbeError, match="answers /elsewhere with the HTTP status 404"):
        await NetworkLines(reactor, where, PATIENCE).enter("j", JULIET, Phase.BOUND, Listening())
