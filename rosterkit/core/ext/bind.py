"""What is left of binding once a stream is ready (RFC 6120 §7, RFC 3921 §3)."""

from __future__ import annotations

from rosterkit.core.stanza import Iq
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import NOT_ALLOWED, StanzaError

BIND = "{urn:ietf:params:xml:ns:xmpp-bind}bind"
SESSION = "{urn:ietf:params:xml:ns:xmpp-session}session"


def again(world: World, session: Session, iq: Iq) -> StanzaError:
    """A second bind on one stream is refused (RFC 6120 §7.6.2 lets a server refuse it)."""
    return NOT_ALLOWED.saying(f"This stream is bound to {session.jid.full} already.")


def session(world: World, session: Session, iq: Iq) -> bytes:
    """The session of RFC 3921: a formality that older clients still ask for."""
    return b""
