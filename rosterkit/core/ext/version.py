"""Software version (XEP-0092)."""

from __future__ import annotations

from rosterkit import __version__
from rosterkit.core import markup
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq
from rosterkit.core.world import World

NAME = "rosterkit"
NAMESPACE = "jabber:iq:version"
QUERY = f"{{{NAMESPACE}}}query"

_REPLY = markup.element(
    "query", markup.element("name", NAME) + markup.element("version", __version__), xmlns=NAMESPACE
).encode()


def answer(world: World, iq: Iq, to: Jid) -> bytes:
    """Name and version of rosterkit; the operating system is nobody's business."""
    return _REPLY
