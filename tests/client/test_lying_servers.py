"""Servers that lie or break the rules during a login: the client says so in a sentence, and never hangs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dialogue import Dialogue
from pytest_twisted import ensureDeferred
from scripted import (
    BIND,
    HEADER,
    PROCEED,
    SALT,
    SASL,
    STARTTLS,
    Play,
    b64,
    bind,
    features,
    header,
    log_in,
    logged_failures,
    mechanisms,
    playing,
    scram,
    to_the_end,
)
from test_connecting import failed, reach_script

from rosterkit.net.tls import Authority
from rosterkit.wire.sasl_client import LoginError
from rosterkit.xmpp.certificates import TlsError

failures = pytest.fixture(autouse=True)(logged_failures)
STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"


async def outcome(play: Play, **options: Any) -> BaseException:
    """What a login at a server that plays ``play`` fails with; there was one attempt."""
    async with playing(play) as where:
        error = await failed(reach_script(where, **options))
        assert len(where["clients"]) == 1
    return error


# SCRAM


@pytest.mark.parametrize(
    "end",
    [
        f"<success {SASL}/>",
        f"<success {SASL}>=</success>",
        f"<success {SASL}>{b64('v=' + b64('x' * 32))}</success>",
        f"<success {SASL}>not base64</success>",
        f"<challenge {SASL}>{b64('v=' + b64('x' * 32))}</challenge>",
        f"<challenge {SASL}>{b64('e=other-error')}</challenge>",
    ],
)
@ensureDeferred
async def test_a_server_that_does_not_know_the_password(end: str) -> None:
    """RFC 5802 §3: a success without the right signature is refused, and nothing more is sent but the end."""

    async def play(client: Dialogue) -> None:
        await scram(client)
        client.say(end)
        assert await client.until("</stream:stream>") == b"</stream:stream>"

    assert isinstance(await outcome(play), LoginError)


@pytest.mark.parametrize("where", ["success", "challenge"])
@ensureDeferred
async def test_the_right_signature_is_taken(where: str) -> None:
    """The lies above fail for what they are: the truth logs in, wherever the signature stands."""

    async def play(client: Dialogue) -> None:
        final = b64((await scram(client)).get_server_final())
        if where == "challenge":
            client.say(f"<challenge {SASL}>{final}</challenge>")
            await client.until("<response")
            client.say(f"<success {SASL}/>")
        else:
            client.say(f"<success {SASL}>{final}</success>")
        await header(client)
        client.say(features(BIND))
        await bind(client)
        await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(play) as listening:
        client = await reach_script(listening)
        await client.disconnect()


def challenge(nonce: Callable[[str], str] = str, iterations: int = 4096) -> Callable[[str], str]:
    """A first SCRAM message with a wrong nonce or a wrong iteration count, made of the right one."""

    def lie(right: str) -> str:
        return f"r={nonce(right.partition(',')[0].removeprefix('r='))},s={b64(SALT.decode())},i={iterations}"

    return lie


@pytest.mark.parametrize(
    "first",
    [
        challenge(iterations=1),
        challenge(iterations=4095),
        challenge(iterations=2**31),
        challenge(nonce=lambda nonce: nonce[:32]),  # ours, not extended
        challenge(nonce=lambda _: "another"),
        lambda _: "",
        lambda _: "m=extension,r=a,s=b,i=4096",
    ],
    ids=["1 round", "4095 rounds", "2**31 rounds", "nonce not extended", "another nonce", "nothing", "an extension"],
)
@ensureDeferred
async def test_a_first_message_that_lies_gets_no_proof(first: Callable[[str], str]) -> None:
    """RFC 5802 §5.1: wrong rounds and nonces end the login before anything of the password goes out."""

    async def play(client: Dialogue) -> None:
        with pytest.raises(AssertionError, match="closed before"):
            await scram(client, lie=first)
        assert client.read == b"</stream:stream>"

    assert isinstance(await outcome(play), LoginError)


# TLS


@ensureDeferred
async def test_what_follows_proceed_is_dropped(tmp_path: Path) -> None:
    """RFC 6120 §5.4.3.3: what somebody put behind ``<proceed/>`` without protection is not taken for the server's."""
    authority = Authority()
    injected = features(mechanisms("PLAIN"))

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(STARTTLS))
        await client.until(STARTTLS)
        client.say(PROCEED + injected)
        client.transport.startTLS(authority.server_side(["localhost"]))
        await to_the_end(client)  # which takes SCRAM only

    async with playing(play) as where:
        (tmp_path / "ca.pem").write_bytes(authority.pem)
        client = await reach_script(where, tls="required", ca_file=tmp_path / "ca.pem")
        await client.disconnect()


@ensureDeferred
async def test_starttls_that_is_refused() -> None:
    """RFC 6120 §5.4.2.2: an offer that is not kept is no reason to go on without."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(STARTTLS, mechanisms("PLAIN")))
        await client.until(STARTTLS)
        client.say("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        assert b"<auth" not in await client.until("</stream:stream>")

    assert isinstance(await outcome(play, tls="optional"), TlsError)


# XML and streams


@pytest.mark.parametrize(
    ("said", "condition"),
    [
        ("<!DOCTYPE lolz [<!ENTITY a 'lol'>]>" + HEADER, "restricted-xml"),
        (HEADER + "<!-- comment -->", "restricted-xml"),
        (HEADER + "<stream:features>&a;</stream:features>", "restricted-xml"),
        (HEADER + "<stream:features></stream:error>", "not-well-formed"),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "not-well-formed"),
        (HEADER.replace("'1.0'?", "'1.0' encoding='UTF-16'?"), "unsupported-encoding"),
    ],
)
@ensureDeferred
async def test_what_is_no_stream(said: str, condition: str) -> None:
    """RFC 6120 §11: forbidden XML ends the stream with its error, and the login for good."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(said)
        got = await client.until("</stream:stream>")
        assert f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>".encode() in got

    error = await outcome(play)
    assert isinstance(error, LoginError)
    assert condition in str(error)


@pytest.mark.parametrize(
    "said",
    [
        HEADER.replace("'jabber:client'", "'jabber:server'"),
        HEADER.replace("http://etherx.jabber.org/streams", "urn:other"),
        HEADER.replace("stream:stream", "stream:flow"),
        HEADER.replace(" version='1.0' xmlns", " xmlns"),
        HEADER.replace(" version='1.0' xmlns", " version='0.9' xmlns"),
        HEADER.replace(" version='1.0' xmlns", " version='x' xmlns"),
    ],
)
@ensureDeferred
async def test_headers_of_something_else(said: str) -> None:
    """RFC 6120 §4.7.5, §4.8: another namespace or an older version is not the protocol that is spoken here."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(said)
        await client.until("</stream:stream>")

    assert isinstance(await outcome(play), LoginError)


@ensureDeferred
async def test_what_the_server_calls_itself_is_not_believed() -> None:
    """The next header still goes to the account's domain, whatever ``from`` said, JID or not."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(features(mechanisms("SCRAM-SHA-256")).replace("from='localhost'", "from='@@'"))
        await client.until("</auth>")
        client.say(f"<failure {SASL}><temporary-auth-failure/></failure>")
        await client.until("</stream:stream>")

    async def again(client: Dialogue) -> None:
        if len(where["clients"]) == 1:
            await play(client)
            return
        server = await scram(client)
        client.say(f"<success {SASL}>{b64(server.get_server_final())}</success>")
        assert b"to='localhost'" in await header(client)
        client.say(features(BIND))
        await bind(client)
        await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(again) as where:
        client = await reach_script(where)
        await client.disconnect()


@pytest.mark.parametrize("condition", ["host-unknown", "see-other-host", "unsupported-version", "not-authorized"])
@ensureDeferred
async def test_stream_errors_that_are_final(condition: str) -> None:
    """RFC 6120 §4.9.3: these would come again for the same login; the server's text is passed on, made harmless."""

    async def play(client: Dialogue) -> None:
        await header(client)
        client.say(
            f"{HEADER}<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>ask\nanna</text></stream:error></stream:stream>"
        )
        await client.until("</stream:stream>")

    error = await outcome(play)
    assert isinstance(error, LoginError)
    assert error.condition == condition
    assert r"ask\nanna" in str(error)


# Bind


@pytest.mark.parametrize(
    "answer",
    [
        f"<iq type='result' id='ID'>{BIND}</iq>",
        f"<iq type='result' id='ID'>{BIND[:-2]}><jid>juliet@</jid></bind></iq>",
        "<iq type='result' id='ID'/>",
        f"<iq type='error' id='ID'><error type='cancel'><not-allowed {STANZAS}/></error></iq>",
        "<iq type='error' id='ID'/>",
    ],
)
@ensureDeferred
async def test_bind_that_goes_wrong(answer: str) -> None:
    """RFC 6120 §7: without a full JID that is one there is no session."""

    async def play(client: Dialogue) -> None:
        await log_in(client)
        asked = (await client.until("</iq>")).decode()
        client.say(answer.replace("ID", asked.partition(" id='")[2].partition("'")[0]))
        await client.until("</stream:stream>")

    assert isinstance(await outcome(play), LoginError)


@ensureDeferred
async def test_bind_that_is_not_offered() -> None:
    """RFC 6120 §7.4: features after the login without bind lead nowhere."""

    async def play(client: Dialogue) -> None:
        server = await scram(client)
        client.say(f"<success {SASL}>{b64(server.get_server_final())}</success>")
        await header(client)
        client.say(features())
        await client.until("</stream:stream>")

    assert isinstance(await outcome(play), LoginError)


@pytest.mark.parametrize(
    "error",
    [
        f"<error type='wait'><not-acceptable {STANZAS}/></error>",
        f"<error type='cancel'><conflict {STANZAS}/></error>",
    ],
)
@ensureDeferred
async def test_bind_that_may_go_better(error: str) -> None:
    """RFC 6120 §7.7.2: after a lost connection the server may hold on to the old session for a while."""

    async def play(client: Dialogue) -> None:
        if len(where["clients"]) > 1:
            await to_the_end(client)
            return
        await log_in(client)
        asked = (await client.until("</iq>")).decode()
        client.say(f"<iq type='error' id='{asked.partition(' id=')[2].split(chr(39))[1]}'>{error}</iq>")
        await client.until("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where)
        await client.disconnect()


@pytest.mark.parametrize(("offer", "begun"), [("", True), ("<optional/>", False)])
@ensureDeferred
async def test_the_old_session_is_begun_where_it_is_required(offer: str, begun: bool) -> None:
    """RFC 3921 §3: an offer of a session that is not marked optional has to be taken up."""

    async def play(client: Dialogue) -> None:
        await log_in(client, f"<session xmlns='urn:ietf:params:xml:ns:xmpp-session'>{offer}</session>")
        await bind(client)
        if begun:
            asked = (await client.until("</iq>")).decode()
            assert "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>" in asked
            client.say(f"<iq type='result' id='{asked.partition(' id=')[2].split(chr(39))[1]}'/>")
        assert b"session" not in await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where)
        await client.disconnect()


@ensureDeferred
async def test_an_answer_to_another_request_is_not_taken() -> None:
    """Bind is answered by its own id, which cannot be guessed."""

    async def play(client: Dialogue) -> None:
        await log_in(client)
        client.say(f"<iq type='result' id='H_0'>{BIND[:-2]}><jid>mallory@localhost/x</jid></bind></iq>")
        await bind(client)
        await client.until("</stream:stream>")
        client.say("</stream:stream>")

    async with playing(play) as where:
        client = await reach_script(where)
        assert client.jid.full() == "juliet@localhost/desk"
        await client.disconnect()
