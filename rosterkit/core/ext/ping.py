"""Ping (XEP-0199): an empty result."""

from __future__ import annotations

from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE, StanzaError

NAMESPACE = "urn:xmpp:ping"
PING = f"{{{NAMESPACE}}}ping"


def answer(world: World, iq: Iq, to: Jid) -> bytes:
    """The domain is there."""
    return b""


def account_answer(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """The server answers for its own user; a stranger is not told whether the account exists (XEP-0199 §4.1)."""
    return b"" if iq.sender is not None and iq.sender.bare == to.bare else SERVICE_UNAVAILABLE
