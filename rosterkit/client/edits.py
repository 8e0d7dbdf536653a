"""Changes of roster entries: one after the other for each contact, each from what the one before it has left.

A roster set replaces name and groups whole (RFC 6121 §2.4.2), so a change of one of them must know the others.  What
this client has set and the server has accepted counts, even where its push has not come yet.

Tests: ``tests/client/test_edits.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, DeferredLock, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from rosterkit.client.item import Item
from rosterkit.core import markup
from rosterkit.core.jid import Jid
from rosterkit.core.replica import Read
from rosterkit.core.roster import NAMESPACE
from rosterkit.xmpp.jids import AnyJid, parsed
from rosterkit.xmpp.requests import Requests, TooManyWaitingError

__all__ = ["UNCHANGED", "Change", "Edits", "Unchanged", "change_of", "contact_of"]


class Unchanged:
    """The type of :data:`UNCHANGED`."""

    def __repr__(self) -> str:
        return "UNCHANGED"


#: The name stays as it is; None and ``""`` are names of their own.
UNCHANGED: Final = Unchanged()


class Change(NamedTuple):
    """What is to become of an entry.

    ``name`` is UNCHANGED, None (no name) or a string.  With ``only`` the entry leaves every group that is not in
    ``add``; with ``if_in`` nothing happens to its groups unless it is in that one.
    """

    name: str | Unchanged | None
    add: frozenset[str]
    remove: frozenset[str]
    only: bool = False
    if_in: str | None = None

    def of(self, groups: frozenset[str]) -> frozenset[str]:
        """What becomes of the groups."""
        if self.if_in is not None and self.if_in not in groups:
            return groups
        return self.add if self.only else (groups | self.add) - self.remove

    def shown_by(self, item: Item | None) -> bool:
        """Whether an entry, as the server has told it, is as this asks: what the push for it makes it."""
        if item is None or not item.groups >= self.add - self.remove or item.groups & self.remove:
            return False
        # Some servers keep an empty name as no name.
        return isinstance(self.name, Unchanged) or (item.name or None) == (self.name or None)


class _State(NamedTuple):
    """What a roster set fixes."""

    name: str | None
    groups: frozenset[str]

    @property
    def pushed(self) -> tuple[str | None, frozenset[str]]:
        """How a push may show it: some servers make an empty name no name."""
        return self.name or None, self.groups


#: What a removal leaves.
_GONE = _State(None, frozenset())


class _Entry:
    """What is under way for one contact."""

    __slots__ = ("accepted", "lock", "pushes", "users")

    def __init__(self) -> None:
        self.lock = DeferredLock()
        self.users = 0
        self.accepted: list[_State] = []  # by the server, in this order, and not pushed yet
        self.pushes: list[tuple[str | None, frozenset[str]]] = []  # since the set that is under way was sent


class Edits:
    """The changes of one account's roster; ``items`` is what the server has told so far."""

    def __init__(
        self,
        requests: Requests,
        items: Mapping[str, Item],
        settled: Callable[[], bool],
        most_waiting: int,
        clock: IReactorTime,
    ) -> None:
        self._settled = settled
        self._most_waiting = most_waiting
        self._unsettled: list[Deferred[None]] = []  # changes that wait until the roster is known
        self._failed: Exception | None = None  # why it will not be, on this stream
        self._requests = requests
        self._items = items
        self._clock = clock
        self._entries: dict[str, _Entry] = {}

    def set(self, contact: str, change: Change, timeout: float, *, now_only: bool = False) -> Deferred[None]:
        """Add or change an entry; fires when the server has accepted it.

        Fails as :meth:`Requests.send` does; ``timeout`` seconds bound the wait for earlier changes as well.
        """
        return self._bounded(self._set(contact, change, timeout, now_only), contact, timeout)

    def remove(self, contact: str, timeout: float, *, now_only: bool = False) -> Deferred[None]:
        """Remove an entry; fires when the server has accepted it."""
        return self._bounded(self._remove(contact, timeout, now_only), contact, timeout)

    def pushed(self, read: Read) -> None:
        """A push is being applied: one of ours leaves those that we have made since, any other one counts."""
        entry = self._entries.get(read.jid)
        if entry is None:
            return
        state = (_GONE if read.subscription == "remove" else _State(read.name, read.groups)).pushed
        known = [accepted.pushed for accepted in entry.accepted]
        del entry.accepted[: known.index(state) + 1 if state in known else None]
        entry.pushes.append(state)
        self._let_go(read.jid, entry)

    def fetched(self) -> None:
        """A whole roster has been applied, or the stream is gone: what was accepted is in the roster, or will be."""
        for contact, entry in list(self._entries.items()):
            entry.accepted.clear()
            self._let_go(contact, entry)

    def lost(self) -> None:
        """The stream is gone; what waits for a roster waits for that of the next one."""
        self._failed = None
        self.fetched()

    def settle(self) -> None:
        """The roster is known: what waited for that goes on."""
        self._failed = None
        waiting, self._unsettled = self._unsettled, []
        for each in waiting:
            if not each.called:  # one that goes on may cancel another
                each.callback(None)

    def unknown(self, why: BaseException) -> None:
        """The roster could not be fetched: what waited for it fails, as it could erase what is not known."""
        self._failed = ConnectionError(
            f"The roster could not be fetched ({why}), so what the change would replace is not known. "
            "refresh() fetches it again."
        )
        waiting, self._unsettled = self._unsettled, []
        for each in waiting:
            if not each.called:
                each.errback(self._failed)

    async def _until_settled(self, now_only: bool) -> None:
        """Wait for the roster of this stream, or of the next: a change begins from what it replaces."""
        while not self._settled():
            if self._failed is not None:
                raise self._failed
            if now_only and not self._requests.connected:
                raise ConnectionError("There is no stream; wait until it is back.")
            if len(self._unsettled) >= self._most_waiting:
                raise TooManyWaitingError(
                    f"The roster is not known yet, and {self._most_waiting} changes wait for it already; "
                    "try again later."
                )
            waiting: Deferred[None] = Deferred(self._forget)
            self._unsettled.append(waiting)
            await waiting

    def _forget(self, waiting: Deferred[None]) -> None:
        """Somebody cancelled a change."""
        if waiting in self._unsettled:
            self._unsettled.remove(waiting)

    async def _set(self, contact: str, change: Change, timeout: float, now_only: bool) -> None:
        entry = await self._turn(contact)
        try:
            await self._until_settled(now_only)
            known = entry.accepted[-1] if entry.accepted else _shown(self._items.get(contact))
            name = known.name if isinstance(change.name, Unchanged) else change.name
            wanted = _State(name, change.of(known.groups))
            entry.pushes.clear()
            await self._requests.send("set", _markup(contact, wanted), timeout, now_only=now_only)
            if wanted.pushed not in entry.pushes:
                entry.accepted.append(wanted)
        finally:
            self._done(contact, entry)

    async def _remove(self, contact: str, timeout: float, now_only: bool) -> None:
        entry = await self._turn(contact)
        try:
            entry.pushes.clear()
            await self._requests.send("set", _removal(contact), timeout, now_only=now_only)
            if _GONE.pushed not in entry.pushes:
                entry.accepted.append(_GONE)
        finally:
            self._done(contact, entry)

    async def _turn(self, contact: str) -> _Entry:
        """Wait until earlier changes of the contact are through."""
        entry = self._entries.setdefault(contact, _Entry())
        entry.users += 1
        try:
            await entry.lock.acquire()
        except BaseException:  # cancelled: whoever waits no more holds nothing
            entry.users -= 1
            self._let_go(contact, entry)
            raise
        return entry

    def _done(self, contact: str, entry: _Entry) -> None:
        entry.users -= 1
        entry.lock.release()
        self._let_go(contact, entry)

    def _let_go(self, contact: str, entry: _Entry) -> None:
        if not entry.users and not entry.accepted and self._entries.get(contact) is entry:
            del self._entries[contact]

    def _bounded(self, work: Any, contact: str, timeout: float) -> Deferred[None]:
        done: Deferred[None] = ensureDeferred(work)

        def late(_result: object, _timeout: float) -> Failure:
            why = (
                "the server has not accepted it" if self._requests.connected else "there is no stream to send it over"
            )
            return Failure(TimeoutError(f"The change of {contact} was given up after {timeout:g} s: {why}."))

        return done.addTimeout(timeout, self._clock, late)


def contact_of(address: AnyJid) -> str:
    """The prepared bare JID; ValueError for one with a resource, JidError (a ValueError too) for what is no JID."""
    contact: Jid = parsed(address)
    if contact.resource:
        raise ValueError(
            f"{contact.full} has a resource; entries of a roster are bare JIDs (RFC 6121 §2.1.2.3). "
            f"Give {contact.bare}."
        )
    return contact.bare


def change_of(
    name: str | Unchanged | None, add_to_groups: Iterable[str], remove_from_groups: Iterable[str]
) -> Change:
    """What an application asks for, checked; ValueError or TypeError for what no roster can hold."""
    if isinstance(name, str):
        _check_text(name, "The name")
    elif name is not None and not isinstance(name, Unchanged):
        raise TypeError(f"The name is {name!r}; it must be a string or None.")
    return Change(
        name, _group_names(add_to_groups, "add_to_groups"), _group_names(remove_from_groups, "remove_from_groups")
    )


def _group_names(groups: Iterable[str], what: str) -> frozenset[str]:
    """``groups`` as a set; TypeError for a plain string, ValueError for a name that no roster can hold."""
    if isinstance(groups, str):
        raise TypeError(f"{what} takes several names; write [{groups!r}].")
    names = frozenset(groups)
    for name in names:
        if not isinstance(name, str) or not name:
            raise ValueError(
                f"{what} holds {name!r}; a group's name is a string that is not empty (RFC 6121 §2.3.3)."
            )
        _check_text(name, what)
    return names


def _check_text(value: str, what: str) -> None:
    """ValueError for text that XML cannot carry."""
    if not markup.can_carry(value):
        raise ValueError(f"{what} holds {value!r:.80}, in which there is a character that XML cannot carry.")


def _shown(item: Item | None) -> _State:
    return _GONE if item is None else _State(item.name, frozenset(item.groups))


def _markup(contact: str, state: _State) -> str:
    groups = "".join(markup.element("group", markup.text(group)) for group in sorted(state.groups))
    item = markup.element("item", groups, jid=contact, name=state.name)
    return markup.element("query", item, xmlns=NAMESPACE)


def _removal(contact: str) -> str:
    return markup.element("query", markup.element("item", jid=contact, subscription="remove"), xmlns=NAMESPACE)
