"""Who of the contacts is available where: built from presence alone, whether or not the roster has come yet.

Nothing here knows the roster: presence that comes before it is kept, and an item finds it when it is added.

Tests: ``tests/client/test_resources.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from twisted.words.protocols.jabber.jid import JID

from rosterkit.core import jid
from rosterkit.core.stanza import SHOWS, Element
from rosterkit.errors import JidError
from rosterkit.xmpp.jids import twisted_jid

__all__ = ["NOBODY", "Resource", "Resources"]

#: How many accounts are remembered that may not be contacts: whoever floods us with presence costs no more memory.
MOST_STRANGERS = 10_000
#: How many resources of one account are remembered.
MOST_RESOURCES = 100

_CLIENT = "{jabber:client}"
_PRIORITY = re.compile(r"[+-]?[0-9]{1,3}\Z")


class Resource(NamedTuple):
    """An available resource of a contact and what it last said.

    ``show`` is None (plainly available) or one of away, chat, dnd, xa.  ``status`` is the first that it gave, in any
    language, or None.  ``priority`` is -128 to 127.  ``order`` grows with each presence that comes.
    """

    full: str
    priority: int
    show: str | None
    status: str | None
    order: int

    @property
    def jid(self) -> JID:
        """The full JID as Twisted's object."""
        return twisted_jid(self.full)

    @property
    def rank(self) -> tuple[int, int]:
        """What :attr:`~rosterkit.client.item.Item.best_resource` compares: priority, then who spoke last."""
        return self.priority, self.order


#: The resources of somebody who is not available.
NOBODY: Mapping[str, Resource] = MappingProxyType({})


class Resources:
    """Everybody's available resources."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Resource]] = {}
        self._order = 0

    def of(self, bare: str) -> Mapping[str, Resource]:
        """The available resources of an account by resource name, ``""`` for a bare JID; it does not change."""
        return self._of.get(bare, NOBODY)

    def forget(self) -> Iterator[str]:
        """Nobody is known to be available any more; gives the accounts that were."""
        gone, self._of = self._of, {}
        return iter(gone)

    def take(self, presence: Element, known: Mapping[str, object]) -> tuple[str, Resource | None] | None:
        """Take a presence stanza over: whose it is (bare JID) and the resource, None where that is gone.

        None for what is neither available nor unavailable, has no usable sender, or changes nothing.  ``known`` are
        the contacts, who are remembered however many there are.
        """
        kind, sender = presence.get("type"), presence.get("from")
        if sender is None or kind not in (None, "unavailable"):
            return None
        try:
            address = jid.parse(sender)
        except JidError:
            return None
        bare, name = address.bare, address.resource
        if kind is not None:
            return self._leave(bare, name)
        if bare not in self._of and bare not in known and len(self._of) >= len(known) + MOST_STRANGERS:
            return None
        if len(self._of.get(bare, NOBODY)) >= MOST_RESOURCES and name not in self._of[bare]:
            return None
        self._order += 1
        resource = _read(presence, address.full, self._order)
        self._of[bare] = {**self._of.get(bare, NOBODY), name: resource}
        return bare, resource

    def _leave(self, bare: str, name: str) -> tuple[str, None] | None:
        """One resource is gone, or all where a bare JID says so (RFC 6121 §4.5)."""
        present = self._of.get(bare)
        if present is None or (name and name not in present):
            return None
        rest = {other: resource for other, resource in present.items() if name and other != name}
        if rest:
            self._of[bare] = rest
        else:
            del self._of[bare]
        return bare, None


def _read(presence: Element, full: str, order: int) -> Resource:
    """What is said wrongly counts as not said (RFC 6121 §4.7)."""
    priority, show, status = 0, None, None
    for child in presence:
        text = child.text or ""
        if child.tag == _CLIENT + "priority":
            number = int(text) if _PRIORITY.match(text.strip()) else 0
            priority = number if -128 <= number <= 127 else 0
        elif child.tag == _CLIENT + "show":
            show = text.strip() if text.strip() in SHOWS else None
        elif child.tag == _CLIENT + "status" and status is None:
            status = text
    return Resource(full, priority, show, status, order)
