"""Why a server did not take a component, in a sentence that says what to change.

Tests: ``tests/peer/test_peer_outcomes.py``.
"""

from __future__ import annotations

from twisted.internet.error import ConnectionDone, ConnectionLost, ConnectionRefusedError
from twisted.internet.error import TimeoutError as ConnectionTimeout
from twisted.words.protocols.jabber.error import StreamError

from rosterkit.errors import NotTakenError
from rosterkit.xmpp.component import ComponentError
from rosterkit.xmpp.streams import BrokenStreamError

__all__ = ["refusal", "sentence"]

_ADVICE = {
    "not-authorized": "{place} does not take {domain} with this secret ({said}): use the one of the server's "
    "configuration, in --component or --secret-file. ejabberd says the same of a domain that it does not expect.",
    "host-unknown": "{place} does not know the component {domain} ({said}): add it to the server's configuration, "
    "or change --component.",
    "conflict": "{place} has somebody else for {domain} ({said}): end the other component, or change --component; "
    "it may also be a domain of the server itself.",
}
#: What Twisted says about these at length.
_NETWORK = {
    ConnectionRefusedError: "nobody listens there",
    ConnectionTimeout: "there was no answer to the connection",
    ConnectionDone: "the connection was closed",
    ConnectionLost: "the connection was lost",
}
#: Stream errors that say the same to whoever comes back (RFC 6120 §4.9.3), but for those above.
_FINAL = {
    "bad-format", "bad-namespace-prefix", "host-gone", "improper-addressing", "invalid-from", "invalid-namespace",
    "invalid-xml", "not-well-formed", "restricted-xml", "see-other-host", "unsupported-encoding",
    "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
}  # fmt: skip
_WRONG_PORT = "See in the server's configuration which port is for components, and change --component-connect."


def refusal(error: BaseException | None, place: str, domain: str) -> NotTakenError | None:
    """What is wrong with a first connection to ``place`` (HOST:PORT) that ended with ``error``.

    None where it may come right by itself.
    """
    if isinstance(error, StreamError):
        advice = _ADVICE.get(error.condition)
        if advice is not None:
            return NotTakenError(advice.format(place=place, domain=domain, said=_said(error)))
        if error.condition in _FINAL:
            return NotTakenError(f"{place} ended the stream ({_said(error)}). {_WRONG_PORT}")
    if isinstance(error, ComponentError | BrokenStreamError):
        return NotTakenError(f"{place}: {error} {_WRONG_PORT}")
    return None


def sentence(error: BaseException | None) -> str:
    """What ``error`` says, without a full stop, for a log or a longer sentence."""
    if isinstance(error, StreamError):
        return f"the server ended the stream with {_said(error)}"
    for kind, words in _NETWORK.items():
        if isinstance(error, kind):
            return words
    return (str(error or "") or type(error).__name__).rstrip(".")


def _said(error: StreamError) -> str:
    """Condition and text, fit for a sentence."""
    text = ascii((error.text or "")[:200])[1:-1].rstrip(".")
    return f"{error.condition}: {text}" if text else str(error.condition)
