"""How connections end, in words."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError, DNSLookupError
from twisted.internet.error import TimeoutError as ConnectionTimeout
from twisted.words.protocols.jabber.error import StreamError

from rosterkit.xmpp.endings import sentence


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(), "nobody listens there"),
        (ConnectionTimeout(), "there was no answer to the connection"),
        (ConnectionDone(), "the connection was closed"),
        (ConnectionLost(), "the connection was lost"),
        (DNSLookupError("no results for x"), "DNS lookup failed: no results for x"),
        (StreamError("reset", text="\x1b[2J."), "the server ended the stream: reset (\\x1b[2J)"),
        (StreamError("reset"), "the server ended the stream: reset"),
        (TimeoutError("it took too long."), "it took too long"),
        (ValueError(), "ValueError"),
        (None, "NoneType"),
    ],
)
def test_every_reason_has_words(error: Exception | None, words: str):
    """Short ones, without a full stop, and without what a terminal would act upon."""
    assert sentence(error) == words
