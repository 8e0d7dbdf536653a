"""Why a server did not take a component, in a sentence that says what to change.

Tests: ``tests/peer/test_peer_outcomes.py``.
"""

from __future__ import annotations

from twisted.words.protocols.jabber.error import StreamError

from rosterkit.errors import NotTakenError
from rosterkit.wire.joining import refused
from rosterkit.xmpp.component import ComponentError
from rosterkit.xmpp.endings import FINAL, said
from rosterkit.xmpp.streams import BrokenStreamError

__all__ = ["refusal"]

_WRONG_PORT = "See in the server's configuration which port is for components, and change --component-connect."


def refusal(error: BaseException | None, place: str, domain: str) -> NotTakenError | None:
    """What is wrong with a first connection to ``place`` (HOST:PORT) that ended with ``error``.

    None where it may come right by itself.
    """
    if isinstance(error, StreamError):
        text = refused(place, domain, error.condition, error.text or "")
        if text is None and error.condition in FINAL:
            text = f"{place} ended the stream: {said(error)}. {_WRONG_PORT}"
        return NotTakenError(text) if text is not None else None
    if isinstance(error, ComponentError | BrokenStreamError):
        return NotTakenError(f"{place}: {error} {_WRONG_PORT}")
    return None
