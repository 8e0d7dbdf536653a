"""The elements of a roster on the wire, as values with the names of aioxmpp's ``xso``.

Each can be written as Twisted's element, and queries and items read from one.  Default values are not written.

Tests: ``tests/client/test_xso.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish

from rosterkit.core import replica
from rosterkit.core.roster import NAMESPACE
from rosterkit.xmpp.elements import View
from rosterkit.xmpp.jids import AnyJid, parsed, twisted_jid

__all__ = ["Group", "Item", "Query", "RosterVersioningFeature"]

_VERSIONING = "urn:xmpp:features:rosterver"


class Group:
    """A ``<group/>``; ``name`` is its text, None where it has none."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    def to_element(self) -> domish.Element:
        """As Twisted's element."""
        element = domish.Element((NAMESPACE, "group"))
        if self.name is not None:
            element.addContent(self.name)
        return element


class Item:
    """An ``<item/>``; ``subscription`` may be ``remove`` here.  ``groups`` is a list of :class:`Group`."""

    def __init__(
        self,
        jid: AnyJid,
        *,
        name: str | None = None,
        groups: Iterable[Group] = (),
        subscription: str = "none",
        approved: bool = False,
        ask: str | None = None,
    ) -> None:
        self.jid: JID = twisted_jid(parsed(jid).full)
        self.name = name
        self.groups = list(groups)
        self.subscription = subscription
        self.approved = approved
        self.ask = ask

    @property
    def group_names(self) -> frozenset[str]:
        """The names of the groups; those without one are not among them."""
        return frozenset(group.name for group in self.groups if group.name)

    @classmethod
    def from_element(cls, element: domish.Element) -> Item:
        """Read one; ValueError for an item that has no usable JID."""
        read = replica.read_item(View(element))
        if isinstance(read, str):
            raise ValueError(read)
        groups = [Group(name) for name in sorted(read.groups)]
        return cls(
            read.jid,
            name=read.name,
            groups=groups,
            subscription=read.subscription,
            approved=read.approved,
            ask=read.ask,
        )

    def to_element(self) -> domish.Element:
        """As Twisted's element."""
        element = domish.Element((NAMESPACE, "item"))
        element["jid"] = self.jid.full()
        if self.name is not None:
            element["name"] = self.name
        if self.subscription != "none":
            element["subscription"] = self.subscription
        if self.approved:
            element["approved"] = "true"
        if self.ask is not None:
            element["ask"] = self.ask
        for group in self.groups:
            element.addChild(group.to_element())
        return element


class Query:
    """A ``<query/>``; ``items`` is a list of :class:`Item`, ``ver`` the version or None."""

    def __init__(self, ver: str | None = None, items: Iterable[Item] = ()) -> None:
        self.ver = ver
        self.items = list(items)

    @classmethod
    def from_element(cls, element: domish.Element) -> Query:
        """Read one; ValueError for the first item without a usable JID."""
        children = (child for child in element.elements() if (child.uri, child.name) == (NAMESPACE, "item"))
        return cls(element.getAttribute("ver"), map(Item.from_element, children))

    def to_element(self) -> domish.Element:
        """As Twisted's element."""
        element = domish.Element((NAMESPACE, "query"))
        if self.ver is not None:
            element["ver"] = self.ver
        for item in self.items:
            element.addChild(item.to_element())
        return element


class RosterVersioningFeature:
    """The stream feature by which a server says that it knows roster versions (RFC 6121 §2.6.1)."""

    #: What it is called among the features of a Twisted stream.
    KEY = (_VERSIONING, "ver")

    def to_element(self) -> domish.Element:
        """As Twisted's element."""
        return domish.Element(self.KEY)
