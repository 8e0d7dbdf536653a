"""Stanzas as scripts say them, right and wrong: markup as text, made in one place.

Tests: ``tests/conformance/test_stanzas.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE

__all__ = ["FULL", "iq", "item", "presence", "push", "query", "result"]

#: What becomes the full JID of the client's session when it is said.
FULL = "{full}"


def item(jid: str | None, groups: Iterable[str] = (), inner: str = "", **attributes: str | None) -> str:
    """A roster item; None leaves an attribute out.  ``inner`` is more markup inside it."""
    content = "".join(markup.element("group", markup.text(group)) for group in groups) + inner
    return markup.element("item", content, jid=jid, **attributes)


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


def presence(sender: str, type_: str | None = None, content: str = "", to: str | None = FULL) -> str:
    """A presence stanza to the client; ``content`` is markup."""
    return markup.element("presence", content, type=type_, to=to, **{"from": sender})
