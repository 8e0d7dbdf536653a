"""The client's copy of a roster: a result or a push goes in, what happened comes out in order.

The events come from generators, and the state steps with them: whoever fires a signal for each event shows its
listeners the state that the event is about.  A generator must be run to its end before anything else is applied.

Order of events (those of an entry that changes nothing do not come):

- a new entry: for each group that is new ``group_added``, then ``entry_added``;
- a known entry: ``entry_name_changed``, ``entry_subscription_state_changed``, then for each group that it enters
  ``group_added`` (where the group is new) and ``entry_added_to_group``, then for each group that it leaves
  ``group_removed`` (where it was the last) and ``entry_removed_from_group``;
- a removed entry: ``group_removed`` for each group that it was the last of, then ``entry_removed``.

No event ever sees an empty group: ``group_added`` comes when the group holds its first entry already,
``group_removed`` when the group is gone from ``groups``.  Groups are entered and left in the order of their names.

Tests: ``tests/core/test_replica.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar, cast

from rosterkit.core import jid
from rosterkit.core.roster import NAMESPACE
from rosterkit.core.stanza import Element
from rosterkit.errors import BAD_REQUEST, JidError, StanzaError

__all__ = ["Entry", "Event", "Pushed", "Read", "Replica", "read_item", "read_push"]

_ITEM = f"{{{NAMESPACE}}}item"
_GROUP = f"{{{NAMESPACE}}}group"
_STATES = frozenset({"none", "to", "from", "both"})


class Read(NamedTuple):
    """One item as it was read; ``subscription`` may be ``remove``."""

    jid: str
    name: str | None
    groups: frozenset[str]
    subscription: str
    ask: str | None
    approved: bool


class Pushed(NamedTuple):
    """A good push: its item, and the version after it (None where it has none)."""

    read: Read
    version: str | None


class Entry:
    """One contact.  The object stays the same from its addition to its removal and compares by identity.

    ``bare`` is its bare JID.  ``name`` is None where absent, which differs from ``""``; after removal everything
    keeps its last value.
    """

    __slots__ = ("approved", "ask", "bare", "groups", "name", "subscription")

    def __init__(self, read: Read) -> None:
        self.bare = read.jid
        self.take(read)

    def take(self, read: Read) -> None:
        """Become what was read; ``groups`` is a new set."""
        self.name = read.name
        self.groups = set(read.groups)
        self.subscription = read.subscription
        self.ask = read.ask
        self.approved = read.approved

    @property
    def state(self) -> tuple[str, str | None, bool]:
        """What ``entry_subscription_state_changed`` is about."""
        return self.subscription, self.ask, self.approved

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.bare} {self.subscription}>"


E = TypeVar("E", bound=Entry)


class Event(NamedTuple):
    """Something happened; ``entry`` and ``group`` where the name speaks of one."""

    name: str
    entry: Any = None
    group: str | None = None


class Replica(Generic[E]):
    """A copy that is built from results and pushes only.

    ``items`` (by bare JID) and ``groups`` are the same dicts for life.  ``version`` is the last one seen, or None.
    ``problems`` says in sentences which items of the last result were left out.  ``make`` gives the object of a new
    entry.
    """

    def __init__(self, make: Callable[[Read], E] | None = None) -> None:
        self.items: dict[str, E] = {}
        self.groups: dict[str, set[E]] = {}
        self.version: str | None = None
        self.problems: list[str] = []
        self._make = make or cast("Callable[[Read], E]", Entry)

    def load(self, version: str | None, entries: Iterable[Read]) -> None:
        """Become what was kept elsewhere, without an event; every entry is a new object."""
        self.items.clear()
        self.groups.clear()
        for read in entries:
            entry = self.items[read.jid] = self._make(read)
            for group in read.groups:
                self.groups.setdefault(group, set()).add(entry)
        self.version = version

    def apply_result(self, query: Element | None) -> Iterator[Event]:
        """Take over the answer to a roster get; None is the empty result: nothing has changed (RFC 6121 §2.6.3).

        ``version`` is the new one before the first event.  What is missing is removed first, then the items follow
        in document order; the last event is ``initial_roster_received``.  One bad item costs only itself.
        """
        if query is not None:
            self.version = query.get("ver")
            self.problems = []
            read = list(self._readable(query))
            present = {item.jid for item in read}
            for gone in [known for known in self.items if known not in present]:
                yield from self._remove(gone)
            for item in read:
                yield from self._apply(item)
        yield Event("initial_roster_received")

    def apply_push(self, query: Element) -> Iterator[Event] | StanzaError:
        """Take over a roster push of exactly one good item, or give the error that answers it; then nothing changes.

        ``version`` is the new one after the last event.  A push without ``ver`` leaves it as it is: the next get
        then fetches again what was pushed, which does no harm (RFC 6121 §2.6).
        """
        pushed = read_push(query)
        return pushed if isinstance(pushed, StanzaError) else self.apply(pushed)

    def apply(self, pushed: Pushed) -> Iterator[Event]:
        """Take over a push that was found good."""
        read, version = pushed
        yield from self._remove(read.jid) if read.subscription == "remove" else self._apply(read)
        if version is not None:
            self.version = version

    def _readable(self, query: Element) -> Iterator[Read]:
        for child in query:
            if child.tag != _ITEM:
                continue
            read = read_item(child)
            if isinstance(read, str):
                self.problems.append(read)
            elif read.subscription == "remove":
                self.problems.append(f"{read.jid} has subscription='remove', which only a push may have.")
            else:
                yield read

    def _apply(self, read: Read) -> Iterator[Event]:
        entry = self.items.get(read.jid)
        return self._add(read) if entry is None else self._update(entry, read)

    def _add(self, read: Read) -> Iterator[Event]:
        entry = self.items[read.jid] = self._make(read)
        for group in sorted(read.groups):
            if self._enter(entry, group):
                yield Event("group_added", None, group)
        yield Event("entry_added", entry)

    def _update(self, entry: E, read: Read) -> Iterator[Event]:
        name, state, groups = entry.name, entry.state, frozenset(entry.groups)
        entry.take(read)
        if entry.name != name:
            yield Event("entry_name_changed", entry)
        if entry.state != state:
            yield Event("entry_subscription_state_changed", entry)
        for group in sorted(read.groups - groups):
            if self._enter(entry, group):
                yield Event("group_added", None, group)
            yield Event("entry_added_to_group", entry, group)
        for group in sorted(groups - read.groups):
            if self._leave(entry, group):
                yield Event("group_removed", None, group)
            yield Event("entry_removed_from_group", entry, group)

    def _remove(self, contact: str) -> Iterator[Event]:
        entry = self.items.pop(contact, None)
        if entry is None:
            return
        emptied = [group for group in sorted(entry.groups) if self._leave(entry, group)]
        for group in emptied:
            yield Event("group_removed", None, group)
        yield Event("entry_removed", entry)

    def _enter(self, entry: E, group: str) -> bool:
        """Put the entry into a group; whether the group is new."""
        new = group not in self.groups
        self.groups.setdefault(group, set()).add(entry)
        return new

    def _leave(self, entry: E, group: str) -> bool:
        """Take the entry out of a group; whether the group is gone with it."""
        members = self.groups.get(group)
        if members is None or entry not in members:  # somebody has changed the entry himself
            return False
        members.discard(entry)
        if not members:
            del self.groups[group]
        return not members


def read_push(query: Element) -> Pushed | StanzaError:
    """The one item of a push, or the error that answers it: not one item, or one that cannot be used."""
    items = [child for child in query if child.tag == _ITEM]
    if len(items) != 1:
        return BAD_REQUEST.saying(f"A roster push holds exactly one item; this one holds {len(items)}.")  # §2.1.6
    read = read_item(items[0])
    return BAD_REQUEST.saying(read) if isinstance(read, str) else Pushed(read, query.get("ver"))


def read_item(element: Element) -> Read | str:
    """What an item of a result or push says, or a sentence that says why it cannot be used.

    A resource is cut off, empty groups are dropped, the same group twice is one.  An absent or unknown
    ``subscription`` is ``none`` (RFC 6121 §2.1.2.5), an unknown ``ask`` or ``approved`` is as if absent; unknown
    attributes and children are ignored.
    """
    text = element.get("jid")
    if not text:
        return "An item has no jid."
    try:
        contact = jid.bare(text)
    except JidError as error:
        return str(error)
    subscription = element.get("subscription") or "none"
    approved = element.get("approved")
    return Read(
        contact,
        element.get("name"),
        frozenset([name for child in element if child.tag == _GROUP and (name := child.text)]),
        subscription if subscription in _STATES or subscription == "remove" else "none",
        "subscribe" if element.get("ask") == "subscribe" else None,
        approved is not None and approved.strip() in ("true", "1"),
    )
