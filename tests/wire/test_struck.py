"""Secrets struck out of what is remembered."""

from __future__ import annotations

import pytest

from rosterkit.wire.struck import without_secrets


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (
            b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>",
            b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>***</auth>",
        ),
        (
            b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>Yz1i</response>",
            b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>***</response>",
        ),
        (
            b"<query xmlns='jabber:iq:register'><username>a</username><password>b</password></query>",
            b"<query xmlns='jabber:iq:register'><username>a</username><password>***</password></query>",
        ),
        (
            b"<query xmlns='jabber:iq:register'><password>a<b/>c</password></query>",
            b"<query xmlns='jabber:iq:register'><password>***</password></query>",
        ),
        (
            b"<query xmlns='jabber:iq:auth'><username>a</username><password>b</password></query>",
            b"<query xmlns='jabber:iq:auth'><username>a</username><password>***</password></query>",
        ),
        (
            b"<authenticate xmlns='urn:xmpp:sasl:2'><initial-response>AGEAYg==</initial-response></authenticate>",
            b"<authenticate xmlns='urn:xmpp:sasl:2'><initial-response>***</initial-response></authenticate>",
        ),
        (
            b"<query xmlns='jabber:iq:register'><field type='x' var='password'><value>b</value></field></query>",
            b"<query xmlns='jabber:iq:register'><field type='x' var='password'>***</field></query>",
        ),
        (b"<handshake>0123abc</handshake>", b"<handshake>***</handshake>"),
        (b"<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", b"<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
        (b"<message><body>my password</body></message>", b"<message><body>my password</body></message>"),
    ],
)  # fmt: skip
def test_the_text_goes_and_the_rest_stays(data: bytes, kept: bytes):
    """What proves or is a password is not remembered; that it was sent is."""
    assert without_secrets(data) == kept
