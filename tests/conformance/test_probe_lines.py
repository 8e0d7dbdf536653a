"""Lines over real sockets: every way to our own server, and servers that refuse, lie, say nothing or hang up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from dialogue import Dialogue
from line_listener import Listening
from pytest_twisted import ensureDeferred
from scripted import PROCEED, STARTTLS, features, header, logged_failures, mechanisms, playing, scram
from serving import PASSWORDS, serving
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage

from rosterkit.config import Component
from rosterkit.conformance.probing import network_line
from rosterkit.conformance.probing.lines import Account, Line, Lines, Phase, ProbeError
from rosterkit.conformance.probing.network_lines import NetworkLines, Target
from rosterkit.errors import ConfigError
from rosterkit.wire.patterns import parse_entry

JULIET = Account("juliet", "localhost", PASSWORDS["juliet"])
PING = b"<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"
END = "</stream:stream>"
#: Seconds; a test that needs them to pass sets less.
PATIENCE = 10.0
SERVED: dict[str, Any] = {
    "tls_port": 0,
    "websocket_port": 0,
    "websocket_tls_port": 0,
    "component_port": 0,
    "components": (Component("rooms.test", "sesame"),),
    "allow_plaintext": False,
}
#: How each port of our server is reached.
WAYS: dict[str, dict[str, Any]] = {
    "c2s": {"transport": "starttls"},
    "tls": {"transport": "tls"},
    "websocket": {"transport": "websocket"},
    "websocket_tls": {"transport": "websocket", "websocket_tls": True},
}

failures = pytest.fixture(autouse=True)(logged_failures)


def target(ready: dict[str, Any], port: str, **more: Any) -> Target:
    """Our server at one of its ports."""
    ca_file = Path(ready["ca_file"]) if ready.get("ca_file") else None
    values = {"ca_file": ca_file, **WAYS.get(port, {}), **more}
    return Target(ready[port]["host"], ready[port]["port"], "localhost", **values)


def enter(
    where: Target, listener: Listening, upto: Phase = Phase.BOUND, patience: float = PATIENCE, **more: Any
) -> Deferred[Line]:
    """Juliet's line."""
    lines: Lines = NetworkLines(reactor, where, patience)
    return lines.enter("juliet", more.pop("account", JULIET), upto, listener, **more)


async def refusal(where: Target, **more: Any) -> ProbeError:
    """What a line that cannot be had fails with; nothing is heard of it any more."""
    listener = Listening()
    with pytest.raises(ProbeError) as raised:
        await enter(where, listener, **more)
    assert not listener.all("over")
    assert str(raised.value).isprintable()
    return raised.value


# Every way in


@pytest.mark.parametrize("upto", Phase)
@pytest.mark.parametrize("port", WAYS)
@ensureDeferred
async def test_every_way_leads_as_far_as_is_wanted(port: str, upto: Phase) -> None:
    """And a line that was had is closed politely, whatever carries it."""
    async with serving(**SERVED) as ready:
        listener = Listening()
        line = await enter(target(ready, port), listener, upto, resource="balcony")
        assert line.phase is (Phase.SECURED if upto is Phase.OPENED and port != "c2s" else upto)
        assert line.jid == ("juliet@localhost/balcony" if upto is Phase.BOUND else None)
        assert (parse_entry(line.features) is not None) is (upto is not Phase.CONNECTED)
        assert (line.label, line.is_open) == ("juliet", True)
        await line.close()
        assert not line.is_open
        assert len(listener.all("over")) == 1


@pytest.mark.parametrize("port", WAYS)
@ensureDeferred
async def test_stanzas_pass(port: str) -> None:
    """What is sent is answered, and what comes is told as the journal writes it, over WebSocket too."""
    async with serving(**SERVED) as ready:
        listener = Listening()
        line = await enter(target(ready, port), listener)
        line.send(PING)
        line.send(b"<presence><priority>1</priority></presence>")
        answer = await listener.until("id='p'")
        assert answer.kind == "iq"
        assert answer.data.startswith("<iq id='p' type='result'")
        assert (await listener.until("<priority>1")).data.startswith("<presence ")
        await line.close()
        assert listener.all("said")[-1] == listener.all("came")[-1] == END


@ensureDeferred
async def test_plain_tcp() -> None:
    """Where the server takes logins without TLS; PLAIN too, since nobody else chose to do without."""
    async with serving() as ready:
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            listener = Listening()
            line = await enter(target(ready, "c2s", transport="plain"), listener, mechanism=mechanism)
            await line.close()
            (auth,) = [data for data in listener.all("said") if "<auth" in data]
            assert auth.endswith(f"mechanism='{mechanism}'>***</auth>")


@ensureDeferred
async def test_secrets_are_struck_out_of_what_is_told() -> None:
    """Of each message of a login, in both directions."""
    async with serving(**SERVED) as ready:
        listener = Listening()
        await (await enter(target(ready, "tls"), listener)).close()
        names = ("<auth", "<challenge", "<response", "<success")
        login = [each.data for each in listener.heard if each.data.startswith(names)]
        assert len(login) == 4
        assert all(data.partition(">")[2].startswith("***<") for data in login)


@ensureDeferred
async def test_a_component() -> None:
    """Stanzas pass in both directions; a second connection is refused by name, a wrong secret and domain too."""
    async with serving(**SERVED) as ready:
        known = {
            "component_port": ready["component"]["port"],
            "component_domain": "rooms.test",
            "component_secret": "sesame",
        }
        where = target(ready, "c2s", **known)
        listener = Listening()
        line = await NetworkLines(reactor, where, PATIENCE).join("rooms", listener)
        assert (line.jid, line.phase, line.features) == ("rooms.test", Phase.BOUND, b"")
        juliet = await enter(where, listener)
        juliet.send(b"<message to='a@rooms.test' id='m'/>")
        assert (await listener.until("id='m'")).label == "rooms"
        line.send(b"<message from='a@rooms.test' to='juliet@localhost/%b' id='n'/>" % juliet.jid.encode()[17:])  # type: ignore[union-attr]
        assert (await listener.until("id='n'")).label == "juliet"
        for change, text in (
            ({}, "is taken: conflict"),
            ({"component_secret": "wrong"}, "refuses the secret"),
            ({"component_domain": "other.test"}, "expects no component other.test"),
            ({"component_port": ready["c2s"]["port"]}, "no XMPP|invalid-namespace"),
            ({"component_secret": None}, "There is no component. Name one with --component"),
        ):
            with pytest.raises(ProbeError, match=text):
                await NetworkLines(reactor, where._replace(**change), PATIENCE).join("again", Listening())
        assert not any("sesame" in each.data for each in listener.heard)
        await line.close()
        await juliet.close()
        await (await NetworkLines(reactor, where, PATIENCE).join("again", Listening())).close()


# Ends


@pytest.mark.parametrize("port", WAYS)
@ensureDeferred
async def test_cutting_is_without_a_word(port: str) -> None:
    """The server sees a connection that broke: the others see the session go; the line is over."""
    async with serving(**SERVED) as ready:
        listener, other = Listening(), Listening()
        line, watching = await enter(target(ready, port), listener), await enter(target(ready, "c2s"), other)
        for one in (watching, line):
            one.send(b"<presence/>")
        await listener.until("<presence")
        gone, over = other.until("type='unavailable'"), listener.until("cut")
        line.cut()
        assert not line.is_open
        assert (await over).data == "The tester has cut the connection."
        await gone
        await line.close()
        line.cut()
        line.send(PING)
        assert END not in listener.all("said")
        await watching.close()


@pytest.mark.parametrize("port", WAYS)
@ensureDeferred
async def test_a_server_that_shuts_down(port: str) -> None:
    """Its stream error is told, then the line is over, once."""
    listener = Listening()
    async with serving(**SERVED) as ready:
        line = await enter(target(ready, port), listener)
    await line.close()
    assert listener.all("over") == [
        "The server has ended the stream with the error system-shutdown (The server is shutting down)."
    ]


@ensureDeferred
async def test_a_cancelled_line_is_cut() -> None:
    """While it connects and while it waits; nothing fails besides."""

    async def play(client: Dialogue) -> None:
        await header(client)
        waiting.cancel()
        await client.ended

    listener = Listening()
    async with playing(play) as where:
        waiting = enter(Target(where["host"], where["port"], "localhost"), listener)
        with pytest.raises(CancelledError):
            await waiting
        early = enter(Target(where["host"], where["port"], "localhost"), listener)
        early.cancel()
        with pytest.raises(CancelledError):
            await early
    assert not listener.all("over")


@ensureDeferred
async def test_a_server_that_never_closes_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that it has for it."""
    monkeypatch.setattr(network_line, "LINGER", 0.05)

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("PLAIN")))
        await client.until(END)
        await client.ended

    async with playing(play) as where:
        listener = Listening()
        line = await enter(target({"c2s": where}, "c2s", transport="plain"), listener, Phase.SECURED)
        await line.close()
        assert listener.all("over") == ["The connection is closed."]


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (lambda client: client.transport.loseConnection(), "closed the connection without ending the stream"),
        (lambda client: client.transport.abortConnection(), "broke the connection off without ending the stream"),
        (lambda client: client.say("<a></b>"), "no XMPP (not-well-formed)"),
        (lambda client: client.say(END), "ended the stream with </stream:stream>"),
    ],
    ids=["closed", "broken off", "broken XML", "ended"],
)
@ensureDeferred
async def test_how_a_line_ends_is_said(last: Callable[[Dialogue], None], text: str) -> None:
    """Once, after everything that came before."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("PLAIN")) + "<message id='last'/>")
        await client.until("<go/>")
        last(client)
        await client.ended

    async with playing(play) as where:
        listener = Listening()
        line = await enter(target({"c2s": where}, "c2s", transport="plain"), listener, Phase.SECURED)
        line.send(b"<go/>")
        await listener.until("he server ")
        assert len(listener.all("over")) == 1
        assert text in listener.all("over")[0]
        assert "<message id='last'/>" in listener.all("came")
        await line.close()


# Servers that cannot be reached, or are something else


@ensureDeferred
async def test_nobody_listens() -> None:
    """The sentence names the place."""
    async with serving() as ready:
        where = target(ready, "c2s", ca_file=None)
    error = await refusal(where)
    assert str(error) == (
        f"Nobody listens at 127.0.0.1 port {where.port}. Start the server, or check --host and --port."
    )
    assert not error.about_account


@pytest.mark.parametrize(
    ("host", "text"),
    [("no-such-host.invalid", "no host of the name no-such-host.invalid"), ("a..b", "no connection")],
)
@ensureDeferred
async def test_a_host_that_does_not_exist(host: str, text: str) -> None:
    """The sentence names it."""
    assert text in str(await refusal(Target(host, 5222, "localhost")))


@ensureDeferred
async def test_a_certificate_of_somebody_else() -> None:
    """Unknown authority and wrong name are refused with what to do, unless nobody shall look."""
    async with serving(**SERVED) as ready:
        for port in ("c2s", "tls", "websocket_tls"):
            where = target(ready, port, ca_file=None)
            assert "is not trusted" in str(await refusal(where))
            line = await enter(where._replace(verify=False), Listening())
            await line.close()


@pytest.mark.parametrize(
    ("way", "port", "text"),
    [
        ("tls", "c2s", "does not speak TLS"),
        ("tls", "websocket", "does not speak TLS"),
        ("tls", "websocket_tls", "is no XMPP"),
        ("c2s", "tls", "closed the connection before its stream header came. Check --transport"),
        ("c2s", "websocket", "is no XMPP"),
        ("websocket", "c2s", "speaks no HTTP"),
        ("websocket", "tls", "before its answer to the upgrade to WebSocket came. Check --transport"),
        ("websocket_tls", "websocket", "does not speak TLS"),
        ("websocket_tls", "tls", "speaks no HTTP"),
    ],
)
@ensureDeferred
async def test_the_wrong_way_to_a_port(way: str, port: str, text: str) -> None:
    """Each says that the transport may be another."""
    async with serving(**SERVED) as ready:
        error = await refusal(target(ready, port, **WAYS[way]))
        assert text in str(error)
        assert "--transport" in str(error)


@ensureDeferred
async def test_what_an_account_is_refused() -> None:
    """A wrong password is about the account, an unknown domain and a missing STARTTLS about the server."""
    async with serving(**SERVED) as ready:
        wrong = await refusal(target(ready, "c2s"), account=JULIET._replace(password="wrong"))
        assert "juliet@localhost" in str(wrong)
        assert "--account" in str(wrong)
        assert wrong.about_account
        elsewhere = await refusal(target(ready, "c2s"), account=JULIET._replace(domain="elsewhere.test"))
        assert "--domain" in str(elsewhere)
        assert not elsewhere.about_account
        assert "no way to log in before TLS" in str(await refusal(target(ready, "c2s", transport="plain")))
        assert "no STARTTLS" in str(await refusal(target(ready, "tls"), secured=False, starttls=True))


def test_a_target_that_cannot_be() -> None:
    """A file that is none is refused before anything is connected, and where there is no TLS nobody looks at it."""
    where = Target("127.0.0.1", 5222, "localhost", ca_file=Path("/nonexistent/ca.pem"))
    with pytest.raises(ConfigError, match="--ca-file"):
        NetworkLines(reactor, where, PATIENCE)
    NetworkLines(reactor, where._replace(transport="plain"), PATIENCE)


# Servers that mean no good


async def silent(client: Dialogue) -> None:
    """Takes everything and says nothing."""
    await client.ended


async def dribbling(client: Dialogue) -> None:
    """Says something all the time, and never what is waited for."""
    await header(client)
    client.say(features().partition("<stream:features")[0] + "<message/>" * 50)
    await client.ended


async def stalling(client: Dialogue) -> None:
    """Stops in the middle of TLS."""
    await header(client)
    client.say(features(STARTTLS))
    await client.until(STARTTLS)
    client.say(PROCEED)
    await client.ended


@pytest.mark.parametrize(
    ("play", "transport", "awaited"),
    [
        (silent, "plain", "its stream header"),
        (silent, "tls", "the end of the TLS handshake"),
        (silent, "websocket", "its answer to the upgrade to WebSocket"),
        (dribbling, "plain", "its stream features"),
        (stalling, "starttls", "the end of the TLS handshake"),
    ],
)
@ensureDeferred
async def test_a_server_that_does_not_get_on(
    play: Callable[[Dialogue], Awaitable[None]], transport: Any, awaited: str
) -> None:
    """After the patience that there is, the sentence says what was waited for, and the connection is cut."""
    async with playing(play) as where:
        error = await refusal(target({"c2s": where}, "c2s", transport=transport), patience=0.1)
        assert f"did not get on within 0.1 s: {awaited} was waited for" in str(error)


def saying(*texts: str) -> Callable[[Dialogue], Awaitable[None]]:
    """A server that says this after the client's header, and ends."""

    async def play(client: Dialogue) -> None:
        await header(client)
        for text in texts:
            client.say(text.encode("latin-1"))
        client.transport.loseConnection()
        await client.ended

    return play


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("\x15\x03\x03\0\x02\x02F", "is no XMPP (not-well-formed)"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "is no XMPP (not-well-formed)"),
        ("\xff\xfe<\0", "is no XMPP (unsupported-encoding)"),
        ("<stream:stream a='" + "x" * 100_000, "is no XMPP (policy-violation)"),
        ("<!DOCTYPE a [<!ENTITY a 'ha'>]><stream:stream>", "is no XMPP (restricted-xml)"),
        (features().replace("<stream:features>", "<a>" * 300), "is no XMPP (policy-violation)"),
        (features("<x a='" + "y" * 5_000_000), "is no XMPP (policy-violation)"),
        ("", "closed the connection before its stream header came. Check --transport"),
        (features().partition("<stream:features")[0], "before its stream features came. Look into its log"),
    ],
    ids=["TLS", "SSH", "UTF-16", "an endless header", "a document type", "levels", "5 MB", "nothing", "half"],
)
@ensureDeferred
async def test_what_is_no_server_is_a_sentence(said: str, text: str) -> None:
    """Garbage, bombs and ends too early."""
    async with playing(saying(said)) as where:
        assert text in str(await refusal(target({"c2s": where}, "c2s", transport="plain")))


@ensureDeferred
async def test_a_server_that_does_not_know_the_password() -> None:
    """RFC 5802 §3: its signature is wrong, so it is not believed."""

    async def play(client: Dialogue) -> None:
        await scram(client, JULIET.password)
        client.say("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>")
        await client.ended

    async with playing(play) as where:
        error = await refusal(target({"c2s": where}, "c2s", transport="plain"))
        assert "has not proved that it knows the password" in str(error)


@ensureDeferred
async def test_tls_that_fails() -> None:
    """A server that hangs up in the handshake, and one that says something else."""

    def after_proceed(last: Callable[[Dialogue], None]) -> Callable[[Dialogue], Awaitable[None]]:
        async def play(client: Dialogue) -> None:
            await header(client)
            client.say(features(STARTTLS))
            await client.until(STARTTLS)
            client.say(PROCEED)
            await client.until("\x01")  # the client's hello
            last(client)
            await client.ended

        return play

    for last, text in (
        (lambda client: client.transport.loseConnection(), "before the end of the TLS handshake came"),
        (lambda client: client.say("HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak TLS"),
        (lambda client: client.say(b"\x15\x03\x03\0\x02\x02\x28"), "TLS with the server failed"),
    ):
        async with playing(after_proceed(last)) as where:
            assert text in str(await refusal(target({"c2s": where}, "c2s")))


# WebSockets that mean no good


@asynccontextmanager
async def web(*events: Any, more: bytes = b"") -> AsyncIterator[Target]:
    """A server that grants the upgrade and sends these, then waits for the end."""

    async def play(client: Dialogue) -> None:
        socket = WSConnection(ConnectionType.SERVER)
        socket.receive_data(await client.until("\r\n\r\n"))
        assert isinstance(next(socket.events()), Request)
        client.say(b"".join(bytes(socket.send(event)) for event in (AcceptConnection("xmpp"), *events)) + more)
        await client.ended

    async with playing(play) as where:
        yield target({"c2s": where}, "c2s", transport="websocket")


OPEN = TextMessage("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0'/>")
OFFER = TextMessage(
    "<s:features xmlns:s='http://etherx.jabber.org/streams'><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism>PLAIN</mechanism></mechanisms></s:features>"
)


@pytest.mark.parametrize(
    ("events", "more", "text"),
    [
        ((TextMessage("<stream:stream>"),), b"", "is no XMPP (not-well-formed)"),
        ((TextMessage("<message/>"),), b"", "is no XMPP (invalid-namespace)"),
        ((OPEN, CloseConnection(1000)), b"", "closed the WebSocket without <close/>"),
        ((OPEN,), b"\x82\x01a", "binary"),
        ((OPEN,), b"\xff\xff\xff", "not what WebSocket takes"),
    ],
    ids=["a stream of TCP", "no open", "closed", "binary", "no frames"],
)
@ensureDeferred
async def test_websockets_that_lead_nowhere(
    events: tuple[Any, ...], more: bytes, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the way in it is a sentence, and the connection is closed."""
    monkeypatch.setattr(network_line, "LINGER", 0.05)
    async with web(*events, more=more) as where:
        assert text in str(await refusal(where))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (TextMessage("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"), "ended the stream with <close/>"),
        (CloseConnection(1001), "closed the WebSocket without <close/>"),
        (TextMessage("<message/>"), "no XMPP (invalid-namespace)"),
    ],
)
@ensureDeferred
async def test_websockets_that_end(event: Any, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the arrival the line is over, once."""
    monkeypatch.setattr(network_line, "LINGER", 0.05)
    async with web(OPEN, OFFER, event) as where:
        listener = Listening()
        line = await enter(where, listener, Phase.SECURED)
        await line.close()
        assert not line.is_open
        (over,) = listener.all("over")
        assert text in over


@ensureDeferred
async def test_what_is_sent_over_a_websocket_is_one_frame_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stanza gets its namespace, which it may have; what is no stanza is sent as it is."""
    monkeypatch.setattr(network_line, "LINGER", 0.05)
    read: list[str] = []

    async def play(client: Dialogue) -> None:
        socket = WSConnection(ConnectionType.SERVER)
        socket.receive_data(await client.until("\r\n\r\n"))
        assert isinstance(next(socket.events()), Request)
        client.say(b"".join(bytes(socket.send(event)) for event in (AcceptConnection("xmpp"), OPEN, OFFER)))
        await client.ended
        socket.receive_data(client.read)
        read.extend(event.data for event in socket.events() if isinstance(event, TextMessage))

    async with playing(play) as where:
        line = await enter(target({"c2s": where}, "c2s", transport="websocket"), Listening(), Phase.SECURED)
        for data in (
            b"<presence/>",
            b"<iq xmlns='jabber:client'/>",
            b"<a><b>",
            b" ",
            END.encode(),
            "\u00e9".encode(),
        ):
            line.send(data)
        await line.close()
    assert read[1:] == [
        "<presence xmlns='jabber:client'/>",
        "<iq xmlns='jabber:client'/>",
        "<a><b>",
        "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
        "\u00e9",
        "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
    ]
