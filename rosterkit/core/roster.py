"""Rosters as immutable values, and what a roster set may contain (RFC 6121 §2.1 to §2.5).

Tests: ``tests/core/test_roster.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from rosterkit.core import history, jid
from rosterkit.core.history import Entry, History
from rosterkit.core.limits import Limits
from rosterkit.core.stanza import Element
from rosterkit.core.subscription import State, state_of
from rosterkit.errors import BAD_REQUEST, JID_MALFORMED, NOT_ACCEPTABLE, NOT_ALLOWED, JidError, StanzaError

__all__ = ["NAMESPACE", "Item", "Kept", "Roster", "RosterSet", "read_set"]

NAMESPACE = "jabber:iq:roster"

_ITEM = f"{{{NAMESPACE}}}item"
_GROUP = f"{{{NAMESPACE}}}group"


@dataclass(slots=True, frozen=True)
class Item:
    """One entry of a roster.  ``jid`` is a bare JID; ``groups`` keep the order in which they were given.

    ``name`` is None where absent, which differs from ``""``.  ``memo`` belongs to the encoder.
    """

    jid: str
    name: str | None = None
    groups: tuple[str, ...] = ()
    subscription: str = "none"
    ask: bool = False
    approved: bool = False
    memo: bytes | None = field(default=None, repr=False, compare=False)


class Kept(NamedTuple):
    """A kept subscription request: the XML of its children, and what else it said (RFC 6121 §3.1.3)."""

    body: bytes
    id: str | None = None
    lang: str | None = None


@dataclass(slots=True, frozen=True)
class Roster:
    """Everything about one account's contacts that outlives a session; never changed, only replaced.

    ``items`` are the visible entries by bare JID.  ``requests`` are the kept subscription requests by the bare JID
    of who asks, each whole.  ``version`` names exactly this state of ``items``.  ``blocked`` are the JIDs that are
    blocked (XEP-0191), of any form, in the order in which they were: its keys.
    """

    version: str
    items: Mapping[str, Item] = field(default_factory=dict)
    requests: Mapping[str, Kept] = field(default_factory=dict)
    log: History = ()
    blocked: Mapping[str, None] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def new(cls, version: str) -> Roster:
        """An empty roster whose first state is called ``version``."""
        return cls(version, log=(Entry(version, ""),))

    def state(self, contact: str) -> State:
        """Where the subscription with ``contact`` (a bare JID) stands."""
        item = self.items.get(contact)
        pending_in = contact in self.requests
        if item is None:
            return State.NONE_IN if pending_in else State.NONE
        return state_of(item.subscription, item.ask, pending_in)

    def with_item(self, item: Item, version: str, limit: int) -> Roster:
        """This roster with ``item`` added or replaced; ``version`` names the result, ``limit`` bounds the log."""
        items = dict(self.items)
        items[item.jid] = item
        return self._with_items(items, version, item.jid, limit)

    def without_item(self, contact: str, version: str, limit: int) -> Roster:
        """This roster without the entry ``contact``; KeyError where there is none."""
        items = dict(self.items)
        del items[contact]
        return self._with_items(items, version, contact, limit)

    def _with_items(self, items: Mapping[str, Item], version: str, contact: str, limit: int) -> Roster:
        return Roster(version, items, self.requests, history.append(self.log, version, contact, limit), self.blocked)

    def with_request(self, contact: str, request: Kept) -> Roster:
        """This roster with the kept request of ``contact``, newest wins; the version stays, as nothing shows."""
        return replace(self, requests={**self.requests, contact: request})

    def without_request(self, contact: str) -> Roster:
        """This roster without a kept request of ``contact``; the same object where there is none."""
        if contact not in self.requests:
            return self
        return replace(self, requests={jid: kept for jid, kept in self.requests.items() if jid != contact})

    def with_blocked(self, blocked: Iterable[str]) -> Roster:
        """This roster with exactly these JIDs blocked; the version stays, as no entry changes."""
        return replace(self, blocked=dict.fromkeys(blocked))

    def changes_since(self, version: str) -> list[Entry] | None:
        """The changes that lead from ``version`` to this state, each contact once; None means: send it whole.

        Empty where ``version`` is this very state (RFC 6121 §2.6.3).  None also where the changed entries are not
        fewer than all the entries: then the whole roster is the smaller answer.
        """
        if version == self.version:
            return []
        changes = history.since(self.log, version)
        return changes if changes is not None and len(changes) < len(self.items) else None

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The contacts that receive the account's presence (From, Both), in roster order."""
        return self._having("seen_by", ("from", "both"))

    @property
    def sees(self) -> tuple[str, ...]:
        """The contacts whose presence the account receives (To, Both), in roster order."""
        return self._having("sees", ("to", "both"))

    def _having(self, key: str, subscriptions: tuple[str, ...]) -> tuple[str, ...]:
        found: tuple[str, ...] | None = self.memo.get(key)
        if found is None:
            found = tuple(item.jid for item in self.items.values() if item.subscription in subscriptions)
            self.memo[key] = found
        return found


class RosterSet(NamedTuple):
    """What a client asks for in a roster set: the entry, and whether to remove it."""

    jid: str
    name: str | None
    groups: tuple[str, ...]
    remove: bool


def read_set(query: Element, owner: str, limits: Limits) -> RosterSet | StanzaError:
    """Read the one item of a roster set that ``owner`` (a bare JID) sent, or say what is wrong with it.

    ``ask``, ``approved`` and every ``subscription`` but ``remove`` have no effect (RFC 6121 §2.1.2.2, §2.1.2.5).
    """
    items = [child for child in query if child.tag == _ITEM]
    if len(items) != 1:
        return BAD_REQUEST.saying(f"A roster set holds exactly one item; this one holds {len(items)}.")  # §2.1.5
    contact = _read_jid(items[0], owner)
    if isinstance(contact, StanzaError):
        return contact
    if items[0].get("subscription") == "remove":
        return RosterSet(contact, None, (), True)
    groups = _read_groups(items[0], limits)
    if isinstance(groups, StanzaError):
        return groups
    name = items[0].get("name")
    if name is not None and _too_long(name, limits):
        return NOT_ACCEPTABLE.saying(f"A name may have {limits.name_bytes} bytes of UTF-8.")  # §2.3.3
    return RosterSet(contact, name, groups, False)


def _read_jid(item: Element, owner: str) -> str | StanzaError:
    text = item.get("jid")
    if not text:
        return BAD_REQUEST.saying("The item has no jid.")
    try:
        contact = jid.parse(text)
    except JidError as error:
        return JID_MALFORMED.saying(str(error))
    if not contact.is_bare:
        return BAD_REQUEST.saying(f"The item's jid has a resource; send {contact.bare}.")  # §2.1.2.3
    if contact.bare == owner:
        return NOT_ALLOWED.saying("An account cannot stand in its own roster.")
    return contact.bare


def _read_groups(item: Element, limits: Limits) -> tuple[str, ...] | StanzaError:
    children = [child for child in item if child.tag == _GROUP]
    if any(map(len, children)):
        return BAD_REQUEST.saying("A group holds text and nothing else.")
    groups = tuple(child.text or "" for child in children)
    if not all(groups):
        return NOT_ACCEPTABLE.saying("A group has no name.")  # §2.3.3
    if len(groups) > limits.groups:
        return NOT_ACCEPTABLE.saying(f"An entry may be in {limits.groups} groups.")
    if any(_too_long(group, limits) for group in groups):
        return NOT_ACCEPTABLE.saying(f"A group may have {limits.name_bytes} bytes of UTF-8.")  # §2.3.3
    if len(set(map(_comparable, groups))) < len(groups):
        return BAD_REQUEST.saying("The item names the same group twice.")  # §2.3.3
    return groups


def _comparable(group: str) -> str:
    """Groups are the same when they are after preparation; what cannot be prepared is compared as given."""
    try:
        return jid.prepare_resource(group)
    except JidError:
        return group


def _too_long(value: str, limits: Limits) -> bool:
    return len(value) > limits.name_bytes or len(value.encode()) > limits.name_bytes
