"""XMPP over WebSocket on real sockets: sessions like those on TCP, hostile clients, and every way of leaving."""

from __future__ import annotations

from typing import Any

import pytest
from dialogue import connect
from lxml import etree
from pytest_twisted import ensureDeferred
from serving import PASSWORDS, config, logged_in, serving
from test_service import trusting
from websocket_dialogue import CLOSE, OPEN, WebSocketDialogue, connect_websocket
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from rosterkit.net import sockets
from rosterkit.net.service import make_service

PING = "<iq xmlns='jabber:client' type='get' id='alive' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
ROSTER_GET = "<iq xmlns='jabber:client' type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
ROSTER_SET = (
    "<iq xmlns='jabber:client' type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='{}'/></query></iq>"
)
PRESENCE = "<presence xmlns='jabber:client'/>"
STREAM = "http://etherx.jabber.org/streams"


async def in_session(ready: dict[str, Any], name: str = "juliet", resource: str = "") -> WebSocketDialogue:
    """A bound client on the port without TLS."""
    dialogue = await connect_websocket(ready["websocket"])
    await dialogue.login(name, PASSWORDS[name], resource)
    return dialogue


# Sessions


@ensureDeferred
async def test_each_message_is_a_document_of_its_own() -> None:
    """RFC 7395 §3.3.3: header, features, SASL, stanzas and the end are whole elements with all their namespaces."""
    async with serving(websocket_port=0, allow_plaintext=False) as ready:
        juliet = await connect_websocket(ready["websocket"])
        said: list[str] = []
        look = juliet._look

        def listen() -> None:
            said.extend(juliet.messages)
            look()

        juliet._look = listen  # type: ignore[method-assign]
        await juliet.login("juliet", "r0m30", "desk")
        juliet.say(ROSTER_GET, CLOSE)
        await juliet.until("<close ")
        tags = [etree.fromstring(message).tag for message in dict.fromkeys(said)]
        framing = "{urn:ietf:params:xml:ns:xmpp-framing}"
        begin, features = f"{framing}open", f"{{{STREAM}}}features"
        iq = "{jabber:client}iq"
        success = "{urn:ietf:params:xml:ns:xmpp-sasl}success"
        assert tags == [begin, features, success, begin, features, iq, iq, f"{framing}close"]


@ensureDeferred
async def test_pushes_pass_between_websocket_and_tcp() -> None:
    """A session is a session, however it is connected; a network that keeps a journal sends the same."""
    for journal in (0, 1_000_000):
        async with serving(websocket_port=0, journal=journal) as ready:
            web, tcp = await in_session(ready, resource="web"), await logged_in(ready, resource="tcp")
            web.say(ROSTER_GET)
            await web.until("id='r'")
            tcp.say(ROSTER_GET)
            await tcp.until("</iq>")
            web.say(ROSTER_SET.format("a@localhost"))
            push = await web.until("type='set'")
            assert etree.fromstring(push).tag == "{jabber:client}iq"
            assert "<item jid='a@localhost' subscription='none'/>" in push
            await tcp.until("<item jid='a@localhost' subscription='none'/>")
            tcp.say(ROSTER_SET.format("b@localhost"))
            await web.until("<item jid='b@localhost' subscription='none'/>")


@ensureDeferred
async def test_a_resource_takes_no_namespace_away() -> None:
    """What another session is called is text, though it looks like a declaration."""
    async with serving(websocket_port=0) as ready:
        desk = await in_session(ready, resource="desk")
        desk.say(PRESENCE)
        await desk.until("<presence")
        other = await in_session(ready, resource="a xmlns=b")
        other.say(PRESENCE)
        presence = etree.fromstring(await desk.until("xmlns=b"))
        assert presence.tag == "{jabber:client}presence"
        assert presence.get("from") == "juliet@localhost/a xmlns=b"


@ensureDeferred
async def test_two_clients_become_contacts() -> None:
    """Subscribe, approve, push, presence; whatever one turn causes comes in messages of one stanza each."""
    async with serving(websocket_port=0) as ready:
        juliet, romeo = await in_session(ready), await in_session(ready, "romeo")
        for dialogue in (juliet, romeo):
            dialogue.say(ROSTER_GET, PRESENCE)
            await dialogue.until("<presence")
        juliet.say("<presence xmlns='jabber:client' type='subscribe' to='romeo@localhost'/>")
        await romeo.until("type='subscribe'")
        romeo.say("<presence xmlns='jabber:client' type='subscribed' to='juliet@localhost'/>")
        await juliet.until("type='subscribed'")
        assert etree.fromstring(await juliet.until("<item jid='romeo@localhost' subscription='to'/>")) is not None
        await juliet.until("from='romeo@localhost/")


@ensureDeferred
async def test_wss_has_the_certificate_of_the_other_ports() -> None:
    """A client that trusts the ready line's CA logs in over TLS and leaves in peace."""
    async with serving(websocket_tls_port=0, allow_plaintext=False) as ready:
        assert ready["websocket"] is None
        juliet = await connect_websocket(ready["websocket_tls"], trusting(ready))
        await juliet.login("juliet", "r0m30")
        juliet.say(ROSTER_GET)
        await juliet.until("id='r'")
        juliet.say(CLOSE)
        await juliet.until("<close ")
        juliet.transport.loseConnection()
        await juliet.ended
        assert juliet.code == 1000


@ensureDeferred
async def test_a_long_roster_is_one_message() -> None:
    """A message may have any length on its way to the client."""
    async with serving(websocket_port=0) as ready:
        juliet = await in_session(ready)
        for number in range(100):
            juliet.say(ROSTER_SET.format(f"c{number}@localhost' name='{'x' * 1000}"))
        juliet.say(ROSTER_GET)
        assert len(etree.fromstring(await juliet.until("id='r'"))[0]) == 100


@ensureDeferred
async def test_somebody_registers_over_websocket() -> None:
    """XEP-0077 before the login, then a login with the new password."""
    async with serving(websocket_port=0, registration=True) as ready:
        nurse = await connect_websocket(ready["websocket"])
        nurse.say(OPEN)
        await nurse.until("</stream:features>")
        nurse.say(
            "<iq xmlns='jabber:client' type='set' id='n'><query xmlns='jabber:iq:register'>"
            "<username>nurse</username><password>angelica</password></query></iq>"
        )
        await nurse.until("type='result'")
        again = await connect_websocket(ready["websocket"])
        await again.login("nurse", "angelica")


# Messages and their parts


@ensureDeferred
async def test_a_message_may_come_in_parts_with_pings_between() -> None:
    """RFC 6455 §5.4: fragments are put together, and a ping is answered in between."""
    async with serving(websocket_port=0) as ready:
        juliet = await in_session(ready)
        for number, character in enumerate(PING):
            last = number == len(PING) - 1
            juliet.send(TextMessage(character, message_finished=last), Ping(str(number).encode()))
        await juliet.until("id='alive'")
        juliet.say(PING)
        await juliet.until("id='alive'")
        pongs = [event.payload for event in juliet.events if isinstance(event, Pong)]
        assert pongs == [str(number).encode() for number in range(len(PING))]


@ensureDeferred
async def test_every_byte_may_come_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole session of which every byte is read alone gives the same, the upgrade too."""
    monkeypatch.setattr(sockets, "_READ_AT_ONCE", 1)  # bytes that are written alone may travel together
    async with serving(websocket_port=0) as ready:
        juliet = await in_session(ready)
        juliet.say(ROSTER_GET, ROSTER_SET.format("nurse@localhost"), PING)
        await juliet.until("<item jid='nurse@localhost' subscription='none'/>")
        await juliet.until("id='alive'")


# Refusals


HTTP = {
    "a page": (
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "426 Upgrade Required",
        "connect with a WebSocket client.",
    ),
    "another subprotocol": (
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: chat\r\n\r\n",
        "400 Bad Request",
        "ask for the subprotocol xmpp.",
    ),
    "a stream as on TCP": ("<stream:stream xmlns='jabber:client'>", "400 Bad Request", "what came is no HTTP."),
    "an endless header": (
        "GET / HTTP/1.1\r\nX: " + "x" * 100_000,
        "431 ",
        "may have 16384 bytes; this one has more.",
    ),
}


@pytest.mark.parametrize("name", HTTP)
@ensureDeferred
async def test_what_is_no_upgrade_gets_a_sentence(name: str) -> None:
    """HTTP's answer says what is wrong, the connection ends, and the next client is served."""
    said, status, sentence = HTTP[name]
    async with serving(websocket_port=0) as ready:
        stranger = await connect(ready["websocket"])
        stranger.say(said)
        got = await stranger.until(sentence + "\n")
        assert got.startswith(f"HTTP/1.1 {status}".encode())
        await stranger.ended
        assert stranger.read == b""
        await in_session(ready)


#: What is sent, and the condition and close code that follow.
WRONG: dict[str, tuple[str | bytes, str, int]] = {
    "two elements": (PRESENCE * 2, "not-well-formed", 1000),
    "half an element": ("<message xmlns='jabber:client'>", "not-well-formed", 1000),
    "nothing": ("", "not-well-formed", 1000),
    "a keep-alive": (" ", "not-well-formed", 1000),
    "a header as on TCP": (
        f"<stream:stream xmlns='jabber:client' xmlns:stream='{STREAM}' to='localhost' version='1.0'>",
        "not-well-formed",
        1000,
    ),
    "no namespace": ("<presence/>", "invalid-namespace", 1000),
    "a second opening": (OPEN, "bad-format", 1000),
    "a comment": ("<message xmlns='jabber:client'><!-- x --></message>", "restricted-xml", 1000),
    "a document type": ("<!DOCTYPE a><message xmlns='jabber:client'/>", "restricted-xml", 1000),
    "an entity": ("<message xmlns='jabber:client'>&laugh;</message>", "restricted-xml", 1000),
    "an undeclared prefix": ("<x:message/>", "not-well-formed", 1000),
    "ten thousand levels": ("<a xmlns='x'>" + "<a>" * 2000 + "</a>" * 2000 + "</a>", "policy-violation", 1009),
    "two hundred levels": ("<a xmlns='x'>" + "<a>" * 200 + "</a>" * 200 + "</a>", "policy-violation", 1000),
    "an unknown element": ("<letter xmlns='jabber:client'/>", "unsupported-stanza-type", 1000),
    "somebody else's address": ("<message xmlns='jabber:client' from='romeo@localhost'/>", "invalid-from", 1000),
    "a binary message": (PRESENCE.encode(), "bad-format", 1003),
    "a long message": ("<message xmlns='jabber:client'>" + "x" * 100_000, "policy-violation", 1009),
}


@pytest.mark.parametrize("name", WRONG)
@ensureDeferred
async def test_a_bad_message_ends_its_own_stream_and_no_other(name: str) -> None:
    """RFC 7395 §3.5 and §3.6: the error, ``<close/>``, a close frame, the end; another session goes on."""
    said, condition, code = WRONG[name]
    async with serving(websocket_port=0, max_stanza=10_000) as ready:
        bystander, culprit = await in_session(ready, "romeo"), await in_session(ready)
        culprit.send(BytesMessage(said) if isinstance(said, bytes) else TextMessage(said))
        error = etree.fromstring(await culprit.until("<stream:error "))
        assert error[0].tag == f"{{urn:ietf:params:xml:ns:xmpp-streams}}{condition}"
        assert await culprit.until("") == CLOSE
        await culprit.ended
        assert culprit.code == code
        assert culprit.messages == []
        bystander.say(PING)
        await bystander.until("id='alive'")


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("<presence xmlns='jabber:client'/>", "invalid-namespace"),
        (OPEN.replace("localhost", "elsewhere.test"), "host-unknown"),
        (OPEN.replace(" version='1.0'", ""), "unsupported-version"),
        ("<?xml version='1.0' encoding='utf-16'?>" + OPEN, "unsupported-encoding"),
    ],
)
@ensureDeferred
async def test_a_bad_beginning_is_answered_by_a_whole_stream(said: str, condition: str) -> None:
    """RFC 7395 §3.5: ``<open/>`` comes before the error."""
    async with serving(websocket_port=0) as ready:
        stranger = await connect_websocket(ready["websocket"])
        stranger.say(said)
        assert (await stranger.until("")).startswith("<open ")
        assert f"<{condition} " in await stranger.until("")
        assert await stranger.until("") == CLOSE
        await stranger.ended


@ensureDeferred
async def test_broken_frames_end_the_stream_with_an_error() -> None:
    """RFC 6455 §7.1.7: bytes that are no frames fail the WebSocket, and the client is told why."""
    async with serving(websocket_port=0) as ready:
        juliet = await in_session(ready)
        juliet.transport.write(b"\x81\x05hello")  # without a mask
        assert "<bad-format " in await juliet.until("<stream:error ")
        await juliet.ended
        assert juliet.code == 1002


@ensureDeferred
async def test_an_endless_message_is_not_kept() -> None:
    """Part after part without an end is refused when the limit is passed; the client can still read the error."""
    async with serving(websocket_port=0, max_stanza=10_000) as ready:
        juliet = await in_session(ready)
        for _ in range(50):
            juliet.send(TextMessage("x" * 5_000, message_finished=False))
        assert "<policy-violation " in await juliet.until("<stream:error ")
        await juliet.ended
        assert juliet.code == 1009


@ensureDeferred
async def test_starttls_is_no_part_of_websocket() -> None:
    """RFC 7395 §3.9: it is not offered, and who asks for it all the same is told that there is none."""
    async with serving(websocket_port=0) as ready:
        stranger = await connect_websocket(ready["websocket"])
        stranger.say(OPEN)
        assert "starttls" not in await stranger.until("</stream:features>")
        stranger.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await stranger.until("<failure ")
        await stranger.ended


# Leaving


def cut(juliet: WebSocketDialogue) -> None:
    """Without a word."""
    juliet.transport.abortConnection()


def close_frame(juliet: WebSocketDialogue) -> None:
    """With the WebSocket's end alone, as a browser does when its page goes."""
    juliet.send(CloseConnection(1001))


def close(juliet: WebSocketDialogue) -> None:
    """With the end of the stream."""
    juliet.say(CLOSE)


def both(juliet: WebSocketDialogue) -> None:
    """With both at once."""
    juliet.send(TextMessage(CLOSE), CloseConnection(1000))


@pytest.mark.parametrize("leave", [cut, close_frame, close, both])
@ensureDeferred
async def test_however_a_client_leaves_the_others_hear_of_it(leave: Any) -> None:
    """RFC 7395 §3.6: a WebSocket that ends takes its session with it."""
    async with serving(websocket_port=0) as ready:
        desk, juliet = await in_session(ready, resource="desk"), await in_session(ready, resource="phone")
        desk.say(PRESENCE)
        await desk.until("<presence")
        juliet.say(PRESENCE)
        await desk.until("from='juliet@localhost/phone'")
        leave(juliet)
        assert "type='unavailable'" in await desk.until("from='juliet@localhost/phone'")
        await juliet.ended
        assert juliet.code == {cut: None, close_frame: 1001}.get(leave, 1000)


@ensureDeferred
async def test_a_client_may_close_before_anything_else() -> None:
    """A WebSocket without a stream is closed and answered like any other."""
    async with serving(websocket_port=0) as ready:
        stranger = await connect_websocket(ready["websocket"])
        stranger.send(CloseConnection(4000))
        await stranger.ended
        assert stranger.code == 4000


@ensureDeferred
async def test_answers_come_before_the_end() -> None:
    """A client that asks and leaves in one packet gets its answer, then the end."""
    async with serving(websocket_port=0) as ready:
        juliet = await in_session(ready)
        juliet.say(ROSTER_GET, CLOSE)
        await juliet.until("id='r'")
        assert await juliet.until("") == CLOSE
        await juliet.ended


@ensureDeferred
async def test_shutdown_says_so_to_everybody() -> None:
    """A session gets the error, ``<close/>`` and the close frame; who has not asked for anything is let go."""
    service = make_service(config(websocket_port=0))
    service.startService()
    ready = await service.ready
    member, silent = await in_session(ready), await connect(ready["websocket"])
    error = member.until("<stream:error ")
    await service.stopService()
    assert "<system-shutdown " in await error
    assert await member.until("") == CLOSE
    await member.ended
    assert member.code == 1000
    await silent.ended
    assert silent.read == b""
