"""Item: one contact of the own roster, as applications see it, and its JSON.

Tests: ``tests/client/test_item.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from twisted.words.protocols.jabber.jid import JID

from rosterkit.client.resources import NOBODY, Resource
from rosterkit.core import markup
from rosterkit.core.replica import Entry, Read
from rosterkit.xmpp.jids import AnyJid, bare_text, twisted_jid

if TYPE_CHECKING:
    from rosterkit.client import xso

__all__ = ["Item", "read_json", "to_json"]

_SUBSCRIPTIONS = ("none", "to", "from", "both")


class Item(Entry):
    """One contact.  The same object from its addition to its removal, whatever changes; compares by identity.

    ``jid`` is a bare JID.  ``name`` is None where absent, which differs from ``""``.  ``groups`` is a set of names.
    ``subscription`` is ``none``, ``to``, ``from`` or ``both``; ``ask`` is ``"subscribe"`` or None; ``approved`` says
    that a request will be granted by the server (RFC 6121 §3.4).  After its removal everything keeps its last value.
    ``resources`` are those of the contact that are available now.
    """

    __slots__ = ("__weakref__", "resources")

    resources: Mapping[str, Resource]

    def __init__(
        self,
        jid: AnyJid,
        *,
        approved: bool = False,
        ask: str | None = None,
        subscription: str = "none",
        name: str | None = None,
        groups: Iterable[str] = (),
    ) -> None:
        super().__init__(Read(bare_text(jid), name, frozenset(groups), subscription, ask, approved))
        self.resources = NOBODY

    @property
    def jid(self) -> JID:
        """The contact's bare JID as Twisted's object."""
        return twisted_jid(self.bare)

    @property
    def best_resource(self) -> Resource | None:
        """The most available of ``resources`` (highest priority, then the latest to say anything), or None."""
        return max(self.resources.values(), key=lambda resource: resource.rank, default=None)

    @property
    def available(self) -> bool:
        """Whether any resource of the contact is available."""
        return bool(self.resources)

    def export_as_json(self) -> dict[str, Any]:
        """What can be given to :meth:`update_from_json`, here or in aioxmpp; the JID is not in it.

        ``subscription`` is always there, the others where they are not the default, ``groups`` as a sorted list.
        """
        return to_json(self)

    def update_from_json(self, data: Mapping[str, Any]) -> None:
        """Become what ``data`` says; what is missing is reset.  ValueError for what no roster can hold; then nothing
        has changed.
        """
        self.take(read_json(self.bare, data))

    def update_from_xso_item(self, item: xso.Item) -> None:
        """Become what ``item`` says, all but the JID; ValueError for a subscription that no entry can have."""
        if item.subscription not in _SUBSCRIPTIONS:
            raise ValueError(f"The subscription of {self.bare} cannot become {item.subscription!r:.40}.")
        self.take(Read(self.bare, item.name, item.group_names, item.subscription, item.ask, item.approved))

    @classmethod
    def from_xso_item(cls, item: xso.Item) -> Item:
        """A new item with the (bare) JID and everything else of ``item``."""
        made = cls(item.jid)
        made.update_from_xso_item(item)
        return made

    @classmethod
    def from_read(cls, read: Read) -> Item:
        """A new item as it was read; its JID is prepared already."""
        made = cls.__new__(cls)
        made.bare = read.jid
        made.take(read)
        made.resources = NOBODY
        return made


def to_json(entry: Entry) -> dict[str, Any]:
    """See :meth:`Item.export_as_json`."""
    data: dict[str, Any] = {"subscription": entry.subscription}
    if entry.name:
        data["name"] = entry.name
    if entry.ask is not None:
        data["ask"] = entry.ask
    if entry.approved:
        data["approved"] = True
    if entry.groups:
        data["groups"] = sorted(entry.groups)
    return data


def read_json(bare: str, data: Mapping[str, Any]) -> Read:
    """The entry for ``bare`` (prepared) that ``data`` describes; ValueError that names what is wrong and where."""
    if not isinstance(data, Mapping):
        raise ValueError(f"The item {bare} is not a JSON object.")
    subscription, ask, groups = data.get("subscription", "none"), data.get("ask"), data.get("groups", ())
    name, approved = data.get("name"), data.get("approved", False)
    if subscription not in _SUBSCRIPTIONS:
        raise ValueError(
            f"The subscription of {bare} is {subscription!r:.40}, not one of {', '.join(_SUBSCRIPTIONS)}."
        )
    if ask not in (None, "subscribe"):
        raise ValueError(f"The ask of {bare} is {ask!r:.40}; it can only be 'subscribe'.")
    if not (name is None or _is_text(name)) or not isinstance(approved, bool):
        raise ValueError(f"The name of {bare} must be a string that XML can carry, and approved a boolean.")
    if not isinstance(groups, list | tuple) or not all(_is_text(group) and group for group in groups):
        raise ValueError(f"The groups of {bare} must be a list of strings that XML can carry and are not empty.")
    return Read(bare, name, frozenset(groups), subscription, ask, approved)


def _is_text(value: object) -> bool:
    """A later change of the entry sends its name and groups: what XML cannot carry would break the stream."""
    return isinstance(value, str) and markup.can_carry(value)
