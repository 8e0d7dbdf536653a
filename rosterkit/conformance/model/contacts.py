"""The scripted client's roster: what it knows of its contacts, and what of that outlives it.

Tests: ``tests/conformance/test_model.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, fields, replace
from typing import Any

from lxml.etree import _Element

from rosterkit.core import jid, markup
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.errors import JidError

__all__ = ["Contact", "Contacts"]

_ITEM, _GROUP = f"{{{ROSTER}}}item", f"{{{ROSTER}}}group"
_SUBSCRIPTIONS = ("none", "to", "from", "both")


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry, as the server has told it."""

    jid: str
    name: str | None = None
    groups: tuple[str, ...] = ()
    subscription: str = "none"
    ask: bool = False
    approved: bool = False

    def with_name(self, name: str) -> Contact:
        """It, called ``name``."""
        return replace(self, name=name)

    def with_groups(self, groups: Iterable[str]) -> Contact:
        """It, in these groups."""
        return replace(self, groups=tuple(groups))

    def markup(self) -> str:
        """The item of a set: name and groups, and never what only a server says (RFC 6121 §2.1.2)."""
        groups = "".join(markup.element("group", markup.text(group)) for group in self.groups)
        return markup.element("item", groups, jid=self.jid, name=self.name)

    def stored(self) -> dict[str, Any]:
        """Its fields, as they are stored."""
        return {name: getattr(self, name) for name in _FIELDS}

    def as_json(self, available: list[str]) -> dict[str, Any]:
        """It as a program tells it."""
        told: dict[str, Any] = {"jid": self.jid, "name": self.name, "groups": list(self.groups)}
        told |= {"subscription": self.subscription, "ask": "subscribe" if self.ask else None}
        return told | {"approved": self.approved, "available": available}


_FIELDS = tuple(field.name for field in fields(Contact))


class Contacts:
    """The roster of ``me``, its version, who is available and who has asked; ``stored`` holds the first two."""

    def __init__(self, me: str, stored: MutableMapping[str, Any]) -> None:
        self.me = me
        self.items: dict[str, Contact] = {}
        self.ver: str | None = None
        self.requests: dict[str, None] = {}
        self._available: dict[str, dict[str, None]] = {}
        self._stored = stored
        kept = stored.get(self.account)
        if kept is not None:
            self.ver = kept["ver"]
            self.items = {one["jid"]: Contact(**{**one, "groups": tuple(one["groups"])}) for one in kept["items"]}

    @property
    def account(self) -> str:
        """Under which name it is stored: nobody gets the roster of another account (§2.6.2)."""
        return self.me

    def get(self, bare: str) -> Contact:
        """What is known of a contact; a new entry where nothing is."""
        return self.items.get(bare) or Contact(bare)

    # What the server says

    def replace(self, query: _Element) -> None:
        """A whole roster: who is not in it is gone (§2.6.3)."""
        self.items = {contact.jid: contact for contact in self.readable(query)}
        self.set_version(query.get("ver"))
        self.store()

    def apply(self, query: _Element) -> None:
        """A push: one item, or it says nothing (§2.1.6)."""
        items = query.findall(_ITEM)
        if len(items) == 1:
            self.apply_item(items[0])
        if len(items) == 1 and query.get("ver") is not None:
            self.set_version(query.get("ver"))
        self.store()

    def apply_item(self, item: _Element) -> None:
        """One entry as it is now, or that it is gone (§2.5.2)."""
        address = self.address(item)
        if address is None:
            return
        if item.get("subscription") == "remove":
            self.forget(address)
        else:
            self.items[address] = self.read(item, address)

    def forget(self, address: str) -> None:
        """An entry is gone; one that was not there too (§2.5.2)."""
        self.items.pop(address, None)

    def readable(self, query: _Element) -> Iterator[Contact]:
        """The items that can be read; one that cannot costs no other (§2.1.4)."""
        for item in query.findall(_ITEM):
            address = self.address(item)
            if address is not None:
                yield self.read(item, address)

    def address(self, item: _Element) -> str | None:
        """The JID of an item, compared as JIDs are (§2.1.2.3); None where it has none."""
        try:
            return jid.parse(item.get("jid") or "").full
        except JidError:
            return None

    def read(self, item: _Element, address: str) -> Contact:
        """An item; what is not known in it is passed over (§2.1.2, RFC 6120 §8.4)."""
        return Contact(
            address,
            self.read_name(item.get("name")),
            self.read_groups(item),
            self.read_subscription(item.get("subscription")),
            self.read_ask(item.get("ask")),
            self.read_approved(item.get("approved")),
        )

    def read_name(self, value: str | None) -> str | None:
        """The name as it came (§2.1.2.4)."""
        return value

    def read_ask(self, value: str | None) -> bool:
        """Whether a request is on its way; there is one value that says so (§2.1.2.2)."""
        return value == "subscribe"

    def read_approved(self, value: str | None) -> bool:
        """A boolean of XML Schema, in either of its spellings (§2.1.2.1)."""
        return value in ("true", "1")

    def read_groups(self, item: _Element) -> tuple[str, ...]:
        """The groups, each once, and none without a name (§2.1.2.6)."""
        return tuple(dict.fromkeys(group.text for group in item.iterfind(_GROUP) if group.text))

    def read_subscription(self, value: str | None) -> str:
        """One of the four; anything else counts for nothing (§2.1.2.5)."""
        return value if value in _SUBSCRIPTIONS else "none"

    def set_version(self, ver: str | None) -> None:
        """The version as it came (§2.6.1)."""
        self.ver = ver

    def store(self) -> None:
        """Keep it for the next process."""
        if self.ver is not None:
            items = [contact.stored() for contact in self.items.values()]
            self._stored[self.account] = {"ver": self.ver, "items": items}

    # Who is there, who has asked

    def offline(self) -> None:
        """Without a stream nobody is known to be there (§4.5); requests come again (§3.1.3)."""
        self._available.clear()
        self.requests.clear()

    def available(self, sender: str) -> None:
        """A resource is there."""
        bare, _, resource = sender.partition("/")
        self._available.setdefault(bare, {})[resource] = None

    def unavailable(self, sender: str) -> None:
        """A resource, or all of them, is not there any more."""
        bare, _, resource = sender.partition("/")
        if resource:
            self._available.get(bare, {}).pop(resource, None)
        else:
            self._available.pop(bare, None)

    def resources(self, bare: str) -> list[str]:
        """The resources of a contact that are there."""
        return list(self._available.get(bare, ()))

    def ask(self, bare: str) -> None:
        """Somebody asks for the account's presence."""
        self.requests[bare] = None

    def answered(self, bare: str) -> bool:
        """A request is answered or withdrawn; whether there was one."""
        known = bare in self.requests
        self.requests.pop(bare, None)
        return known
