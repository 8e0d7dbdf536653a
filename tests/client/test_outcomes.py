"""Which ends of a connection are final, before a login and after it."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionLost, DNSLookupError
from twisted.words.protocols.jabber.error import StreamError

from rosterkit.client.outcomes import hopeless
from rosterkit.core.jid import parse
from rosterkit.errors import STREAM_RESTRICTED_XML
from rosterkit.wire.sasl_client import LoginError
from rosterkit.xmpp.certificates import TlsError
from rosterkit.xmpp.streams import BrokenStreamError

JULIET = parse("juliet@localhost")
BROKEN = BrokenStreamError(STREAM_RESTRICTED_XML)


@pytest.mark.parametrize(
    ("error", "before", "after"),
    [
        (LoginError("no"), True, False),
        (LoginError("no", "temporary-auth-failure", temporary=True), False, False),
        (TlsError("no"), True, False),
        (BROKEN, True, False),
        (StreamError("host-unknown"), True, False),
        (StreamError("not-authorized"), True, True),
        (StreamError("conflict"), False, True),
        (StreamError("system-shutdown"), False, False),
        (StreamError("policy-violation"), False, False),
        (ConnectionLost(), False, False),
        (DNSLookupError(), False, False),
        (TimeoutError(), False, False),
        (None, False, False),
    ],
)
def test_what_is_final(error: Exception | None, before: bool, after: bool):
    """What another connection would only see again ends the trying; whatever may pass does not."""
    assert (hopeless(error, JULIET, False) is not None) is before
    assert (hopeless(error, JULIET, True) is not None) is after


def test_what_is_said():
    """Each is a sentence, with the server's condition and its text made harmless."""
    said = str(hopeless(StreamError("host-gone", text="by\ne"), JULIET, False))
    assert said == "The server ended the stream: host-gone (by\\ne)."
    assert "juliet@localhost" in str(hopeless(StreamError("conflict"), JULIET, True))
