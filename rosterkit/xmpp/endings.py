"""How connections end, in words, and which ends would only come again.

Tests: ``tests/xmpp/test_endings.py``.
"""

from __future__ import annotations

from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.error import TimeoutError as ConnectionTimeout
from twisted.words.protocols.jabber.error import StreamError

from rosterkit.wire.conditions import said_of

__all__ = ["FINAL", "said", "sentence"]

#: Stream errors that say the same to everybody who comes back with the same login (RFC 6120 §4.9.3).
FINAL = {
    "bad-format", "bad-namespace-prefix", "host-gone", "host-unknown", "improper-addressing", "invalid-from",
    "invalid-namespace", "invalid-xml", "not-authorized", "not-well-formed", "restricted-xml", "see-other-host",
    "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
}  # fmt: skip
#: What Twisted says about these at length.
_NETWORK = {
    ConnectionRefusedError: "nobody listens there",
    ConnectionTimeout: "there was no answer to the connection",
    ConnectionDone: "the connection was closed",
    ConnectionLost: "the connection was lost",
}


def sentence(error: BaseException | None) -> str:
    """What ``error`` says, without a full stop, for a log or a longer sentence."""
    if isinstance(error, StreamError):
        return f"the server ended the stream: {said(error)}"
    for kind, words in _NETWORK.items():
        if isinstance(error, kind):
            return words
    return (str(error or "") or type(error).__name__).rstrip(".")


def said(error: StreamError) -> str:
    """Condition and text, fit for a sentence."""
    return said_of(error.condition, error.text or "")
