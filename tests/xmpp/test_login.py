"""The steps of a login over a fake transport: none of them hangs, whatever happens to the stream."""

from __future__ import annotations

from typing import Any

import pytest
from scripted import logged_failures
from test_streams import HEADER, Transport
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.xmlstream import INIT_FAILED_EVENT

from rosterkit.core.jid import parse
from rosterkit.xmpp.login import ClientAuthenticator, Login
from rosterkit.xmpp.streams import ClientXmlStream

failures = pytest.fixture(autouse=True)(logged_failures)
SASL = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>"
TLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"


def begun(*features: str, **login: Any) -> tuple[ClientXmlStream, list[Failure]]:
    """A stream whose server has said what it offers, and how its login fails."""
    authenticator = ClientAuthenticator(Login(parse("juliet@localhost"), "r0m30", **login))
    stream = ClientXmlStream(authenticator, Clock())
    failed: list[Failure] = []
    stream.addObserver(INIT_FAILED_EVENT, failed.append)
    stream.makeConnection(Transport())
    stream.dataReceived(f"{HEADER}<stream:features>{''.join(features)}</stream:features>".encode())
    return stream, failed


@pytest.mark.parametrize(("feature", "waits_for"), [(TLS, b"<starttls"), (SASL, b"<auth")], ids=["TLS", "SASL"])
def test_a_stream_that_ends_fails_the_step(feature: str, waits_for: bytes):
    """Whatever a step waits for, it fails with the reason for which the stream ended, once."""
    stream, failed = begun(feature, tls="required" if feature == TLS else "never")
    assert waits_for in stream.transport.value()
    assert failed == []
    stream.connectionLost(Failure(ConnectionDone()))
    assert len(failed) == 1
    assert failed[0].check(ConnectionDone)


def test_an_answer_that_ends_the_stream_counts_once():
    """A connection that is gone before the failure has been dealt with brings no second failure."""
    stream, failed = begun(SASL, tls="never")
    stream.addObserver(INIT_FAILED_EVENT, lambda _: stream.connectionLost(Failure(ConnectionDone())))
    stream.dataReceived(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
    assert [failure.value.condition for failure in failed] == ["not-authorized"]


def test_features_are_readable():
    """The server's offers stay on the stream, by namespace and name."""
    stream, _ = begun(SASL, BIND, tls="never")
    assert ("urn:ietf:params:xml:ns:xmpp-bind", "bind") in stream.features


@pytest.mark.parametrize("said", ["<message/>", "<success xmlns='urn:other'/>", "<iq type='result'/>"])
def test_what_belongs_elsewhere_is_passed_over(said: str):
    """Only an answer in its own namespace is one."""
    stream, failed = begun(SASL, tls="never")
    stream.transport.clear()
    stream.dataReceived(said.encode())
    assert (stream.transport.value(), failed) == (b"", [])
