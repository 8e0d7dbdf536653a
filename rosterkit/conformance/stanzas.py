"""Stanzas as scripts say them, right and wrong: markup as text, made in one place.

Tests: ``tests/conformance/test_stanzas.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE, Item
from rosterkit.errors import StanzaError
from rosterkit.wire.names import STANZA_ERRORS

__all__ = ["FULL", "entry", "error", "iq", "item", "ping", "presence", "push", "query", "result"]

#: What becomes the full JID of the client's session when it is said.
FULL = "{full}"


def item(jid: str | None, groups: Iterable[str] = (), inner: str = "", **attributes: str | None) -> str:
    """A roster item; None leaves an attribute out.  ``inner`` is more markup inside it."""
    content = "".join(markup.element("group", markup.text(group)) for group in groups) + inner
    return markup.element("item", content, jid=jid, **attributes)


def entry(held: Item) -> str:
    """The roster item that tells what the server holds of a contact."""
    return item(held.jid, held.groups, name=held.name, subscription=held.subscription)


def query(items: str = "", ver: str | None = None) -> str:
    """A roster query."""
    return markup.element("query", items, xmlns=NAMESPACE, ver=ver)


def iq(type_: str, id_: str, content: str = "", sender: str | None = None, to: str | None = FULL) -> str:
    """An iq to the client."""
    return markup.element("iq", content, type=type_, id=id_, to=to, **{"from": sender})


def push(items: str, id_: str, sender: str | None = None, ver: str | None = None) -> str:
    """A roster push, without ``from`` where no ``sender`` is given."""
    return iq("set", id_, query(items, ver), sender)


def result(id_: str, content: str = "", sender: str | None = None) -> str:
    """An iq result to the client."""
    return iq("result", id_, content, sender)


def error(id_: str, reason: StanzaError, sender: str | None = None) -> str:
    """An iq error to the client."""
    condition = markup.element(reason.condition, xmlns=STANZA_ERRORS)
    return iq("error", id_, markup.element("error", condition, type=reason.type), sender)


def ping(id_: str, sender: str) -> str:
    """A ping (XEP-0199); whatever the client answers, it has handled what was sent before."""
    return iq("get", id_, markup.element("ping", xmlns="urn:xmpp:ping"), sender)


def presence(sender: str, type_: str | None = None, content: str = "", to: str | None = FULL) -> str:
    """A presence stanza to the client; ``content`` is markup."""
    return markup.element("presence", content, type=type_, to=to, **{"from": sender})
