"""The connecting side of a component's stream: header and handshake (XEP-0114)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from attempts import Transport
from twisted.words.protocols.jabber.xmlstream import INIT_FAILED_EVENT, STREAM_AUTHD_EVENT
from twisted.words.xish.xmlstream import STREAM_ERROR_EVENT

from rosterkit.xmpp.component import ComponentAuthenticator, ComponentError
from rosterkit.xmpp.streams import ClientXmlStream

HEADER = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'{}>"


class Login:
    """A component that has connected; ``outcome`` is what came of its login."""

    def __init__(self) -> None:
        self.outcome: list[Any] = []
        self.headers: list[bytes] = []
        authenticator = ComponentAuthenticator("contacts.test", "s3crét")
        authenticator.watch = self.headers.append
        self.stream = ClientXmlStream(authenticator)
        self.transport = Transport()
        self.stream.addObserver(STREAM_AUTHD_EVENT, lambda _: self.outcome.append("taken"))
        self.stream.addObserver(INIT_FAILED_EVENT, lambda failure: self.outcome.append(failure.value))
        self.stream.makeConnection(self.transport)

    def sent(self) -> str:
        """What was written since the last call."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return data.decode()


def test_the_handshake():
    """The domain in the header; the digest of the server's id and the secret; then the server says yes."""
    login = Login()
    header = login.sent()
    assert "to='contacts.test'" in header and "xmlns='jabber:component:accept'" in header and "version" not in header
    login.stream.dataReceived(HEADER.format(" id='a&amp;b' from='contacts.test'").encode())
    assert login.sent() == f"<handshake>{hashlib.sha1('a&bs3crét'.encode()).hexdigest()}</handshake>"
    assert login.outcome == []
    login.stream.dataReceived(b"<handshake/>")
    assert login.outcome == ["taken"]
    assert login.headers == [b"<stream:stream xmlns='jabber:component:accept' id='a&amp;b' from='contacts.test'>"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER.format(" id='1'").replace("component:accept", "client"), "another namespace"),
        ("<stream xmlns='jabber:component:accept' id='1'>", "another namespace"),
    ],
)
def test_what_is_no_port_for_components_is_said(header: str, said: str):
    """No secret is shown to it."""
    login = Login()
    login.sent()
    login.stream.dataReceived(header.encode())
    (error,) = login.outcome
    assert isinstance(error, ComponentError) and said in str(error)
    assert "handshake" not in login.sent()


@pytest.mark.parametrize("attributes", ["", " id=''"])
def test_a_header_without_an_id_is_the_beginning_of_a_refusal(attributes: str):
    """Prosody has none for a domain that it does not know: no handshake is sent, and the stream error is heard."""
    login = Login()
    login.sent()
    errors: list[Any] = []
    login.stream.addObserver(STREAM_ERROR_EVENT, lambda failure: errors.append(failure.value.condition))
    login.stream.dataReceived(HEADER.format(attributes).encode())
    assert login.sent() == "" and login.outcome == []
    login.stream.dataReceived(
        b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
    )
    assert errors == ["host-unknown"] and login.outcome == []
