"""RosterClient: the own roster, kept up to date, told of by signals, and changed.

The interface is that of aioxmpp's RosterClient, on Deferreds; ``docs/roster-client.md`` lists every member with what
differs.  What a roster does is decided in :mod:`rosterkit.core.replica`.

Tests: ``tests/client/test_roster_client.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish

from rosterkit.client.batch import Batch, Progress, Report
from rosterkit.client.cache import RosterCache
from rosterkit.client.edits import UNCHANGED, Change, Edits, Unchanged, change_of, contact_of
from rosterkit.client.item import Item
from rosterkit.client.items import Items
from rosterkit.client.own_roster import OwnRoster
from rosterkit.client.signals import BoundSignal, Signal
from rosterkit.client.stanzas import Stanzas
from rosterkit.client.subscriptions import AnyPolicy, Policy, Subscriptions, stanza
from rosterkit.client.waiting import Waiting
from rosterkit.core.replica import Event, Read
from rosterkit.core.stanza import SUBSCRIPTION_TYPES, Element
from rosterkit.xmpp.elements import as_domish
from rosterkit.xmpp.handlers import XMPPHandler
from rosterkit.xmpp.jids import AnyJid, bare_text
from rosterkit.xmpp.requests import Requests

__all__ = ["RosterClient"]

_log = Logger()
#: The signal of each event of the copy.
_SIGNALS = {
    name: f"on_{name}"
    for name in (
        "initial_roster_received", "entry_added", "entry_removed", "entry_name_changed",
        "entry_subscription_state_changed", "entry_added_to_group", "entry_removed_from_group", "group_added",
        "group_removed", "item_skipped",
    )
}  # fmt: skip


class RosterClient(XMPPHandler):  # type: ignore[misc]  # Wokkel has no types
    """The roster of one account, over any number of streams.

    Add it to a stream manager (Wokkel's, Tx-XMPP's or Twisted's) *before* whatever sends initial presence: the
    roster is requested as soon as the stream is ready, on every stream.

    ``cache`` keeps the roster over restarts.  ``policy`` answers subscription requests.  ``timeout`` (seconds) holds
    wherever a call names no other; it bounds the wait for a stream too.  At most ``most_waiting`` requests wait for
    one.  Pushes from anybody but the account (its bare JID, or no ``from``) change nothing (RFC 6121 §2.1.6) and are
    not answered, or with ``answer_strangers`` by ``service-unavailable``; ``accept_full_jid`` also takes those from
    the account's own full JID, which servers of RFC 3921's time sent.

    A listener of any signal sees the state that the signal is about.
    """

    #: () The roster, or the news that nothing has changed, has come; once for each stream, after all other events.
    on_initial_roster_received: Signal[[]] = Signal()
    #: (item) A new entry, in its groups already.
    on_entry_added: Signal[[Item]] = Signal()
    #: (item) An entry is gone, from its groups too; the item keeps its last values.
    on_entry_removed: Signal[[Item]] = Signal()
    #: (item) The name is another.
    on_entry_name_changed: Signal[[Item]] = Signal()
    #: (item) Any of subscription, ask and approved is another; once for one change.
    on_entry_subscription_state_changed: Signal[[Item]] = Signal()
    #: (item, group) A known entry is in one group more.
    on_entry_added_to_group: Signal[[Item, str]] = Signal()
    #: (item, group) A known entry is in one group less.
    on_entry_removed_from_group: Signal[[Item, str]] = Signal()
    #: (group) A group is new; it has its first member already, so that no empty group is ever seen.
    on_group_added: Signal[[str]] = Signal()
    #: (group) A group has lost its last member and is gone.
    on_group_removed: Signal[[str]] = Signal()
    #: (stanza) Somebody asks to see the user's presence; servers repeat it at each login until it is answered.
    on_subscribe: Signal[[domish.Element]] = Signal()
    #: (stanza) A contact has granted a request.
    on_subscribed: Signal[[domish.Element]] = Signal()
    #: (stanza) A contact has ended its subscription, or withdrawn its request.
    on_unsubscribe: Signal[[domish.Element]] = Signal()
    #: (stanza) A contact has refused a request, or ended the user's subscription.
    on_unsubscribed: Signal[[domish.Element]] = Signal()

    #: (item) The resources of a contact, or what they say, have changed.
    on_presence_changed: Signal[[Item]] = Signal()
    #: (sentence) The server sent an item that cannot be used; the others were.
    on_item_skipped: Signal[[str]] = Signal()
    #: (error) The roster could not be fetched: an error of the server, or no answer in time.
    on_fetch_failed: Signal[[BaseException]] = Signal()

    def __init__(
        self,
        cache: RosterCache | None = None,
        policy: AnyPolicy = Policy.ASK,
        *,
        timeout: float = 60.0,
        most_waiting: int = 100,
        answer_strangers: bool = False,
        accept_full_jid: bool = False,
        clock: IReactorTime | None = None,
    ) -> None:
        super().__init__()
        self._clock = clock = clock or _installed_reactor()
        self.timeout = timeout
        self._seconds(timeout)
        self._requests = requests = Requests(clock, most_waiting, accept_full_jid)
        self._waiting = Waiting(clock)
        self._own = OwnRoster(requests, clock, cache, self._taking, self._tell, self._changed)
        entries = self._own.replica.items
        self._items = Items(entries)
        self._groups = MappingProxyType(self._own.replica.groups)
        self._edits = Edits(requests, entries, lambda: self._own.settled, most_waiting, clock)
        self._stanzas = Stanzas(self, requests, self._own.push, self._present, answer_strangers, accept_full_jid)
        self._subscriptions = Subscriptions(policy, entries, self._stanzas.write)

    # What there is

    @property
    def items(self) -> Items:
        """The entries by JID; the same live view for the whole life of the client."""
        return self._items

    @property
    def groups(self) -> Mapping[str, set[Item]]:
        """The entries by group; the same live view for life.  A group that is there has a member."""
        return self._groups

    @property
    def version(self) -> str | None:
        """The version of the roster as the server last said, or None."""
        return self._own.replica.version

    @property
    def entries_without_group(self) -> frozenset[Item]:
        """The entries that are in no group, at this time."""
        return frozenset(item for item in self._own.replica.items.values() if not item.groups)

    @property
    def account(self) -> JID | None:
        """The bare JID whose roster this is; None before the first login."""
        return self._stanzas.account

    @property
    def connected(self) -> bool:
        """Whether there is a stream to send over."""
        return self._stanzas.connected

    @property
    def pre_approval_offered(self) -> bool:
        """Whether the server takes approvals of requests that are still to come (RFC 6121 §3.4)."""
        return self._stanzas.offers_pre_approval

    @property
    def policy(self) -> AnyPolicy:
        """What answers subscription requests; may be set at any time."""
        return self._subscriptions.policy

    @policy.setter
    def policy(self, policy: AnyPolicy) -> None:
        self._subscriptions.policy = policy

    def __iter__(self) -> Iterator[Item]:
        """The entries, in the order of the roster."""
        return iter(list(self._own.replica.items.values()))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, jid: object) -> bool:
        return jid in self._items

    def __getitem__(self, jid: AnyJid) -> Item:
        """The entry of ``jid``; KeyError where there is none."""
        return self._items[jid]

    # Changing entries

    def set_entry(
        self,
        jid: AnyJid,
        *,
        name: str | Unchanged | None = UNCHANGED,
        add_to_groups: Iterable[str] = (),
        remove_from_groups: Iterable[str] = (),
        timeout: float | None = None,
        wait_for_push: bool = False,
    ) -> Deferred[None]:
        """Add an entry, or change its name and groups; fires when the server has accepted it.

        ``name=None`` clears the name.  Changes of one contact are made one after the other, so that none undoes
        another.  The item itself changes when the push comes; with ``wait_for_push`` the Deferred waits for that.

        Raises ValueError for a JID with a resource or a text that XML cannot carry, TypeError for a string where
        groups are due.  Fails with StanzaError, TimeoutError, or ConnectionError (RFC 6121 §2.3, §2.4).
        """
        contact, change = contact_of(jid), change_of(name, add_to_groups, remove_from_groups)
        done = self._edits.set(contact, change, self._seconds(timeout))
        return done if not wait_for_push else self._seen(done, contact, change, timeout)

    def remove_entry(self, jid: AnyJid, *, timeout: float | None = None) -> Deferred[None]:
        """Remove an entry, and with it what subscriptions there are; fires when the server has done so.

        Fails as :meth:`set_entry` does; StanzaError ``item-not-found`` for one that is not there (RFC 6121 §2.5).
        """
        return self._edits.remove(contact_of(jid), self._seconds(timeout))

    def move(self, jid: AnyJid, to_group: str, *, timeout: float | None = None) -> Deferred[None]:
        """Put an entry into ``to_group`` and take it out of all others; KeyError for one that is not there."""
        contact, change = self._items[contact_of(jid)].bare, change_of(UNCHANGED, [to_group], ())
        return self._edits.set(contact, change._replace(only=True), self._seconds(timeout))

    def rename_group(self, old: str, new: str, *, timeout: float | None = None) -> Deferred[Report]:
        """Put every member of ``old`` into ``new`` instead; fires with a report of what went wrong, member by member.

        There is no such thing in the protocol: each member is changed on its own, and others see it happen one by
        one.  KeyError where ``old`` is not there.
        """
        batch = self.batch(timeout=timeout)
        change = change_of(UNCHANGED, [new], [old] if old != new else ())._replace(if_in=old)
        for item in self._groups[old]:
            batch.take(item.bare, change)
        return batch.run()

    def batch(self, *, in_flight: int = 10, progress: Progress | None = None, timeout: float | None = None) -> Batch:
        """Collect many changes, of which ``in_flight`` are under way at a time; ``timeout`` holds for each."""
        return Batch(self._edits, in_flight, progress, self._seconds(timeout))

    def _seen(self, done: Deferred[None], contact: str, change: Change, timeout: float | None) -> Deferred[None]:
        """Fire when the change was accepted and its push has come, all within ``timeout``."""
        seconds = self._seconds(timeout)
        until = self._clock.seconds() + seconds

        def shown() -> bool:
            return change.shown_by(self._own.replica.items.get(contact))

        async def both() -> None:
            await done
            left = max(until - self._clock.seconds(), 0.0)
            await self._waiting.until(shown, left, f"the push for {contact}")

        return ensureDeferred(both())

    # Subscriptions

    def subscribe(self, jid: AnyJid) -> Deferred[None]:
        """Ask to see a contact's presence (RFC 6121 §3.1).

        This and the four below: a resource is cut off; ConnectionError is raised where there is no stream; the
        Deferred has fired already, so that they can be awaited like everything else.
        """
        return self._say("subscribe", jid)

    def unsubscribe(self, jid: AnyJid) -> Deferred[None]:
        """See a contact's presence no longer, or withdraw the request (RFC 6121 §3.3)."""
        return self._say("unsubscribe", jid)

    def approve(self, jid: AnyJid) -> Deferred[None]:
        """Grant a contact's request, or one still to come where the server offers that (RFC 6121 §3.1.4, §3.4).

        PreApprovalNotOfferedError (a ValueError) where nobody has asked and the server does not offer it.
        """
        if not self.connected:
            raise ConnectionError("There is no stream to send this over; wait until it is back.")
        self._subscriptions.approve(bare_text(jid), self.pre_approval_offered)
        return succeed(None)

    def deny(self, jid: AnyJid) -> Deferred[None]:
        """Refuse a contact's request, or let it see the user's presence no longer (RFC 6121 §3.2)."""
        self._subscriptions.deny(bare_text(jid))
        return succeed(None)

    def cancel_pre_approval(self, jid: AnyJid) -> Deferred[None]:
        """Take back an approval that has not been used; ValueError where there is none (RFC 6121 §3.4.2)."""
        self._subscriptions.cancel_pre_approval(bare_text(jid))
        return succeed(None)

    def _say(self, kind: str, jid: AnyJid) -> Deferred[None]:
        self._stanzas.write(stanza(kind, bare_text(jid)))
        return succeed(None)

    # Waiting, fetching, keeping

    def wait_for(self, predicate: Callable[[RosterClient], object], timeout: float | None = None) -> Deferred[None]:
        """Fire as soon as ``predicate(self)`` is true: now, or after a change of the roster or of presence.

        TimeoutError after ``timeout`` seconds (None: the default of the client).
        """
        return self._waiting.until(lambda: predicate(self), self._seconds(timeout), "what was waited for")

    def refresh(self, *, timeout: float | None = None) -> Deferred[None]:
        """Fetch the roster again over the same stream; fires when the changes have been applied."""
        return self._own.fetch(self._stanzas.offers_versioning, self._seconds(timeout))

    def export_as_json(self) -> dict[str, Any]:
        """The roster as JSON, for :meth:`import_from_json` here or in aioxmpp; with its owner and a format number."""
        return self._own.export()

    def import_from_json(self, data: Mapping[str, Any]) -> None:
        """Become what was exported here or by aioxmpp, without events; before the connection is made.

        ValueError for what is wrong in it or somebody else's, RuntimeError while there is a stream; then nothing
        has changed.
        """
        if self.connected:
            raise RuntimeError("There is a stream, and the server's roster counts; import before connecting.")
        self._own.import_(data)

    def flush(self) -> None:
        """Let the cache write what it has not written yet; this also happens one second after a change."""
        self._own.flush()

    # What the stream manager calls

    def connectionMade(self) -> None:
        """A stream begins."""
        self._stanzas.listen()

    def connectionInitialized(self) -> None:
        """A stream is ready: the roster is requested before anything else is sent."""
        account = self._stanzas.ready()
        if self._own.account not in (None, account):
            self._subscriptions.switched()
        self._own.logged_in(account)
        fetched = self._own.fetch(self._stanzas.offers_versioning, self.timeout)
        fetched.addErrback(self._fetch_failed)
        self._requests.release()

    def disownHandlerParent(self, parent: Any) -> None:
        """Leave a stream manager: for the client its stream is over, whatever becomes of it there."""
        if self.xmlstream is not None:
            self.connectionLost(Failure(ConnectionError("The roster client was taken out of its stream manager.")))
        super().disownHandlerParent(parent)

    def connectionLost(self, reason: Any) -> None:
        """The stream is gone; whatever waits for an answer fails with ConnectionError."""
        self._stanzas.lost()
        self._requests.closed()
        self._subscriptions.lost()
        gone = self._own.lost()
        self._edits.lost()
        super().connectionLost(reason)
        for item in gone:
            self.on_presence_changed.fire(item)
        self._requests.lost()
        self._waiting.look()

    # What the parts tell

    def _taking(self, read: Read | None) -> None:
        """A push, or a whole roster, is about to be applied."""
        if read is None:
            self._edits.fetched()
            return
        self._edits.pushed(read)
        self._subscriptions.pushed(read)

    def _changed(self) -> None:
        """Something has been applied."""
        if self._own.settled:
            self._edits.settle()
        self._waiting.look()

    def _tell(self, event: Event) -> None:
        """Fire the signal of an event with what it is about."""
        signal: BoundSignal[...] = getattr(self, _SIGNALS[event.name])
        _name, entry, group = event
        if entry is None:
            signal.fire() if group is None else signal.fire(group)
        else:
            signal.fire(entry) if group is None else signal.fire(entry, group)

    def _present(self, presence: Element) -> None:
        """Presence has come: somebody is available or not, or a subscription is at stake."""
        kind = presence.get("type")
        if kind in SUBSCRIPTION_TYPES:
            if kind == "subscribe":
                self._subscriptions.requested(presence)  # before the signal: a listener may approve at once
            getattr(self, f"on_{kind}").fire(as_domish(presence))
            if kind == "subscribe":
                self._subscriptions.decide(presence)
            elif kind == "unsubscribe":
                self._subscriptions.withdrawn(presence)
            return
        item = self._own.presence(presence)
        if item is not None:
            self.on_presence_changed.fire(item)
            self._waiting.look()

    def _fetch_failed(self, failure: Failure) -> None:
        _log.warn("The roster could not be fetched: {why}", why=failure.getErrorMessage() or failure.value)
        if failure.value is not None:
            if not self._own.settled:
                self._edits.unknown(failure.value)
            self.on_fetch_failed.fire(failure.value)

    def _seconds(self, timeout: float | None) -> float:
        """``timeout``, or the default; ValueError for one that is over before it begins."""
        seconds = self.timeout if timeout is None else timeout
        if not seconds > 0:
            raise ValueError(f"The timeout is {seconds!r} s; it must be above 0.")
        return seconds


def _installed_reactor() -> IReactorTime:
    from twisted.internet import reactor

    installed: Any = reactor  # the module is the reactor
    clock: IReactorTime = installed
    return clock
