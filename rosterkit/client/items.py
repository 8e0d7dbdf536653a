"""The mapping of JIDs to items that applications see.

Tests: ``tests/client/test_items.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

from twisted.words.protocols.jabber.jid import JID

from rosterkit.client.item import Item
from rosterkit.errors import JidError
from rosterkit.xmpp.jids import AnyJid, parsed, twisted_jid

__all__ = ["Items"]

T = TypeVar("T")


class Items(Mapping[JID, Item]):
    """The entries of a roster by JID: a live view that cannot be written to.

    A key is Twisted's JID or a string; iteration gives Twisted's JIDs, in the order of the roster.  A full JID is
    never in it.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Item]) -> None:
        self._entries = entries

    def __getitem__(self, key: AnyJid) -> Item:
        """KeyError for what is not in the roster, or is no JID."""
        try:
            found = self._entries.get(key.full() if isinstance(key, JID) else key)
            return found if found is not None else self._entries[parsed(key).full]
        except (JidError, AttributeError, TypeError) as error:
            raise KeyError(key) from error

    def __contains__(self, key: object) -> bool:
        """Whether a JID, or a string, is in the roster."""
        return isinstance(key, JID | str) and self.get(key) is not None

    @overload
    def get(self, key: AnyJid, /) -> Item | None: ...

    @overload
    def get(self, key: AnyJid, /, default: Item | T) -> Item | T: ...

    def get(self, key: AnyJid, /, default: object = None) -> object:
        """The entry, or ``default``."""
        try:
            return self[key]
        except KeyError:
            return default

    def __iter__(self) -> Iterator[JID]:
        return map(twisted_jid, self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Items: {len(self._entries)}>"
