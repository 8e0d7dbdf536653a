"""Ping (XEP-0199): an empty result, and the server's own question whether somebody is still there."""

from __future__ import annotations

from rosterkit.core import jid, markup
from rosterkit.core.effects import Send
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE, StanzaError

NAMESPACE = "urn:xmpp:ping"
PING = f"{{{NAMESPACE}}}ping"

_BODY = markup.element("ping", xmlns=NAMESPACE).encode()


def answer(world: World, iq: Iq, to: Jid) -> bytes:
    """The domain is there."""
    return b""


def account_answer(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """The server answers for its own user; a stranger is not told whether the account exists (XEP-0199 §4.1)."""
    return b"" if iq.sender is not None and iq.sender.bare == to.bare else SERVICE_UNAVAILABLE


def question(world: World, session: Session) -> Send:
    """Ask ``session`` whether it is there (§4.1); whatever it says is an answer, an error too."""
    account = session.account.jid
    asked = Iq("get", world.new_id(), sender=jid.parse(account.domain), body=_BODY)
    return Send(session, asked, session.jid.full)
