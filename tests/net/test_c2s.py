"""Hostile and broken clients on real sockets: their stream ends with the right error, and the others go on."""

from __future__ import annotations

import base64

import pytest
from dialogue import BIND, HEADER, STARTTLS, connect
from pytest_twisted import ensureDeferred
from serving import logged_in, serving
from twisted.internet.error import ConnectionDone

from rosterkit.net import sockets

PING = "<iq type='get' id='alive' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
LAUGHS = "<!DOCTYPE lolz [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"

BEFORE_LOGIN = {
    "a document type": (LAUGHS + HEADER.partition("?>")[2], "restricted-xml"),
    "a declared encoding": (HEADER.replace("'1.0'?", "'1.0' encoding='ISO-8859-1'?"), "unsupported-encoding"),
    "a wrong root": ("<stream to='localhost' version='1.0' xmlns='jabber:client'>", "invalid-namespace"),
    "a wrong content namespace": (HEADER.replace("jabber:client", "jabber:server"), "invalid-namespace"),
    "an unknown host": (HEADER.replace("to='localhost'", "to='elsewhere.test'"), "host-unknown"),
    "no version": (HEADER.replace("to='localhost' version='1.0'", "to='localhost'"), "unsupported-version"),
    "a stanza before login": (HEADER + "<presence/>", "not-authorized"),
    "nothing that is XML": ("GET / HTTP/1.1\r\n\r\n", "not-well-formed"),
}

AFTER_LOGIN = {
    "an entity": ("<message><body>&laugh;</body></message>", "restricted-xml"),
    "a comment": ("<message><!-- hidden --></message>", "restricted-xml"),
    "a comment between stanzas": ("<!-- hidden -->", "restricted-xml"),
    "a processing instruction": ("<?php exit ?>", "restricted-xml"),
    "an undeclared prefix": ("<x:message/>", "not-well-formed"),
    "an undeclared prefix inside": ("<message><x:body/></message>", "not-well-formed"),
    "an undeclared attribute prefix": ("<message x:to='romeo@localhost'/>", "not-well-formed"),
    "mismatched tags": ("<message><body></message>", "not-well-formed"),
    "a repeated attribute": ("<message to='a' to='b'/>", "not-well-formed"),
    "bad UTF-8": (b"<message><body>\xff\xfe</body></message>", "not-well-formed"),
    "a control character": (b"<message><body>\x01</body></message>", "not-well-formed"),
    "text between stanzas": ("hello", "bad-format"),
    "ten thousand levels": ("<a>" * 10_000, "policy-violation"),
    "a thousand attributes": ("<message " + " ".join(f"a{n}='1'" for n in range(1000)) + "/>", "policy-violation"),
    "a stanza over the limit": ("<message><body>" + "x" * 20_000 + "</body></message>", "policy-violation"),
    "an endless stanza": ("<message><body>" + "x" * 100_000, "policy-violation"),
    "an endless tag": ("<message " + "x" * 100_000, "policy-violation"),
    "an unknown element": ("<letter/>", "unsupported-stanza-type"),
    "somebody else's address": ("<message from='romeo@localhost'/>", "invalid-from"),
    "no address at all": ("<message from='@'/>", "invalid-from"),
}


@pytest.mark.parametrize("name", BEFORE_LOGIN)
@ensureDeferred
async def test_a_bad_beginning_ends_the_stream(name: str) -> None:
    """RFC 6120 §4.9: a stream that begins wrong gets our header, the error and the end; the next client is served."""
    said, condition = BEFORE_LOGIN[name]
    async with serving() as ready:
        client = await connect(ready["c2s"])
        client.say(said)
        got = await client.until("</stream:stream>")
        assert got.count(b"<stream:stream ") == 1
        assert f"<stream:error><{condition} ".encode() in got
        await client.ended
        await logged_in(ready)


@pytest.mark.parametrize("name", AFTER_LOGIN)
@ensureDeferred
async def test_bad_xml_ends_its_own_stream_and_no_other(name: str) -> None:
    """RFC 6120 §11: what XMPP forbids ends that stream with its error; another session goes on."""
    said, condition = AFTER_LOGIN[name]
    async with serving(max_stanza=10_000) as ready:
        bystander, culprit = await logged_in(ready, "romeo"), await logged_in(ready)
        culprit.say(said)
        got = await culprit.until("</stream:stream>")
        assert f"<stream:error><{condition} ".encode() in got
        await culprit.ended
        bystander.say(PING)
        await bystander.until("id='alive'")


@ensureDeferred
async def test_an_error_reaches_a_client_that_is_still_writing() -> None:
    """RFC 6120 §4.4: what is on its way when a stream ends is read and dropped, and resets nothing."""
    async with serving(max_stanza=10_000) as ready:
        client, bystander = await logged_in(ready), await logged_in(ready, "romeo")
        client.transport.pauseProducing()
        client.say("<message><body>")
        for _ in range(5):
            client.say("x" * 100_000)
            bystander.say(PING)
            await bystander.until("id='alive'")
        client.transport.resumeProducing()
        got = await client.until("</stream:stream>")
        assert b"<stream:error><policy-violation " in got
        await client.ended
        assert client.reason.check(ConnectionDone)  # and not reset


@ensureDeferred
async def test_a_second_root_after_the_end_is_not_read() -> None:
    """What follows the end of a stream on the same connection counts for nothing."""
    async with serving() as ready:
        client = await logged_in(ready)
        client.say("</stream:stream>" + HEADER + PING)
        got = await client.until("</stream:stream>")
        assert b"alive" not in got
        await client.ended
        assert client.read == b""


@ensureDeferred
async def test_every_byte_may_come_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole login and a roster set of which every byte is read alone give the same as in one piece."""
    monkeypatch.setattr(sockets, "_READ_AT_ONCE", 1)  # bytes that are written alone may travel together
    async with serving() as ready:
        client = await logged_in(ready)
        client.say(
            "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
            "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='nurse@localhost'/></query></iq>" + PING
        )
        got = await client.until("id='alive'")
        assert b"<item jid='nurse@localhost' subscription='none'/>" in got
        assert b"<iq id='s' type='result'" in got


@ensureDeferred
async def test_a_slow_reader_gets_everything_in_order() -> None:
    """What a socket does not take at once waits its turn: no byte is lost, doubled or overtaken."""
    async with serving() as ready:
        client = await logged_in(ready)
        body = "x" * 3000
        for contact in range(20):
            client.say(
                f"<iq type='set' id='s{contact}'><query xmlns='jabber:iq:roster'>"
                f"<item jid='c{contact}@localhost' name='{body[:1000]}'/></query></iq>"
            )
        await client.until("id='s19'")
        client.transport.pauseProducing()
        for number in range(400):
            client.say(f"<iq type='get' id='r{number}.'><query xmlns='jabber:iq:roster'/></iq>")
        helper = await logged_in(ready, "romeo")
        for number in range(5):
            helper.say(PING)
            await helper.until("id='alive'")
            client.say(PING.replace("alive", f"late{number}"))
        client.transport.resumeProducing()
        marks = [f"id='r{number}.'" for number in range(400)] + [f"id='late{number}'" for number in range(5)]
        between = [(await client.until(mark)).count(b"<iq ") for mark in marks]
        assert set(between[1:]) == {1}


REGISTER = "<iq type='get' id='form'><query xmlns='jabber:iq:register'/></iq>"


@ensureDeferred
async def test_registering_and_logging_in_in_one_packet_gives_a_session() -> None:
    """A client that asks for the form and logs in at once is a session like any other, and gone at its end."""
    async with serving(registration=True) as ready:
        client = await connect(ready["c2s"])
        auth = base64.b64encode(b"\0juliet\0r0m30").decode()
        client.say(
            f"{HEADER}{REGISTER}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{auth}</auth>"
            f"{HEADER}{BIND.format('<resource>ghost</resource>')}<presence/>{PING}"
        )
        got = await client.until("id='alive'")
        assert got.index(b"id='form'") < got.index(b"<success") < got.index(b"id='bind'")
        assert b"service-unavailable" not in got + await client.until("/>")
        client.transport.loseConnection()
        await client.ended
        romeo = await logged_in(ready, "romeo")
        romeo.say("<message to='juliet@localhost/ghost' type='normal' id='m'/>" + PING)
        assert b"service-unavailable" in await romeo.until("id='alive'")


@ensureDeferred
async def test_tls_may_follow_a_registration_request() -> None:
    """What was said in plain text leaves before TLS begins."""
    async with serving(registration=True) as ready:
        client = await connect(ready["c2s"])
        client.say(HEADER + REGISTER)
        await client.until("id='form'")
        client.say(STARTTLS)
        await client.until("<proceed ")
        client.transport.abortConnection()  # or the server waits for its closing alert


@ensureDeferred
async def test_a_login_is_to_an_account_and_not_to_a_name() -> None:
    """Whoever has logged in and not bound when the account is removed does not get the one that is made after it."""
    async with serving(registration=True) as ready:
        waiting = await connect(ready["c2s"])
        auth = base64.b64encode(b"\0juliet\0r0m30").decode()
        waiting.say(f"{HEADER}<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{auth}</auth>{HEADER}")
        await waiting.until("<bind ")
        owner = await logged_in(ready)
        owner.say("<iq type='set' id='x'><query xmlns='jabber:iq:register'><remove/></query></iq>")
        await owner.ended
        successor = await connect(ready["c2s"])
        successor.say(
            f"{HEADER}<iq type='set' id='n'><query xmlns='jabber:iq:register'><username>juliet</username>"
            "<password>new</password></query></iq>"
        )
        await successor.until("id='n'")
        waiting.say(BIND.format(""))
        assert b"item-not-found" in await waiting.until("</iq>")
