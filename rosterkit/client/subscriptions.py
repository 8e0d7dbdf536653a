"""Subscription requests and what is answered: by the application, or by a policy, and never twice.

Tests: ``tests/client/test_subscriptions.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from inspect import isawaitable
from typing import NamedTuple, TypeAlias

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish

from rosterkit.client.item import Item
from rosterkit.core import jid, markup
from rosterkit.core.replica import Read
from rosterkit.core.stanza import Element
from rosterkit.errors import JidError, RosterkitError
from rosterkit.xmpp.elements import as_domish
from rosterkit.xmpp.jids import twisted_jid

__all__ = ["AnyPolicy", "Policy", "PreApprovalNotOfferedError", "Request", "Subscriptions"]

_log = Logger()
#: How many requests are remembered that nobody has answered; the oldest are forgotten first.
_MOST_PENDING = 10_000
#: The subscriptions of those who see the user's presence.
_SEEN = ("from", "both")


class Policy(Enum):
    """What happens to a request without the application's doing."""

    ASK = "ask"  # nothing: signals are fired, and somebody calls approve() or deny()
    ACCEPT_ALL = "accept-all"
    #: Those whose presence we get or have asked for.  An entry in the roster alone is not enough: anybody who can
    #: make the user add one, or pre-approve, would see them.
    ACCEPT_KNOWN = "accept-known"
    REFUSE_ALL = "refuse-all"


class Request(NamedTuple):
    """A request to see the user's presence, as a policy gets it: who asks, their entry (or None), the stanza."""

    jid: JID
    item: Item | None
    stanza: domish.Element


Decision: TypeAlias = bool | None
#: True approves, False denies, None leaves it to somebody else; a Deferred or an ``async def`` may take its time.
AnyPolicy: TypeAlias = Policy | str | Callable[[Request], Decision | Awaitable[Decision]]


class PreApprovalNotOfferedError(RosterkitError, ValueError):
    """Nobody has asked, and the server does not offer pre-approval (RFC 6121 §3.4)."""


class Subscriptions:
    """The requests of one account.  ``write`` sends markup, or raises ConnectionError where there is no stream."""

    def __init__(self, policy: AnyPolicy, items: Mapping[str, Item], write: Callable[[str], None]) -> None:
        self.policy = policy
        self._items = items
        self._write = write
        self._pending: dict[str, None] = {}
        self._answered: dict[str, None] = {}
        self._deciding: dict[str, None] = {}

    @property
    def policy(self) -> AnyPolicy:
        """What answers requests; may be changed at any time, for the requests that come from then on."""
        return self._policy

    @policy.setter
    def policy(self, policy: AnyPolicy) -> None:
        self._policy = Policy(policy) if isinstance(policy, str) else policy
        if not isinstance(self._policy, Policy) and not callable(self._policy):
            raise TypeError(f"A policy is one of {[each.value for each in Policy]} or a callable, not {policy!r}.")

    def lost(self) -> None:
        """The stream is gone; what was answered over it may not have arrived, and the server will ask again."""
        self._answered.clear()

    def requested(self, presence: Element) -> None:
        """A ``subscribe`` has come, perhaps not for the first time: servers repeat it until it is answered.

        From now on it can be answered; :meth:`decide` follows, when the listeners have had their turn.
        """
        asker = _sender(presence)
        if asker is None:
            return
        _note(self._pending, asker)

    def decide(self, presence: Element) -> None:
        """Let the policy answer a request, unless that has been done or is under way."""
        asker = _sender(presence)
        if asker is None or asker in self._answered or asker in self._deciding:
            return
        self._decide(asker, Request(twisted_jid(asker), self._items.get(asker), as_domish(presence)))

    def withdrawn(self, presence: Element) -> None:
        """An ``unsubscribe`` has come: whoever asks after it asks anew."""
        asker = _sender(presence)
        if asker is not None:
            self._pending.pop(asker, None)
            self._answered.pop(asker, None)

    def pushed(self, read: Read) -> None:
        """A push is being applied: where it ends a subscription or an entry, a request after it is a new one."""
        item = self._items.get(read.jid)
        seen = item is not None and item.subscription in _SEEN
        if read.subscription == "remove" or (seen and read.subscription not in _SEEN):
            self._answered.pop(read.jid, None)

    def switched(self) -> None:
        """The account is another: nobody has asked it anything yet."""
        self._pending.clear()
        self._answered.clear()

    def approve(self, contact: str, pre_approval: bool) -> None:
        """Grant the request of ``contact``, or a future one where the server takes ``pre_approval``."""
        if contact not in self._pending and not pre_approval:
            raise PreApprovalNotOfferedError(
                f"{contact} has not asked, and the server does not offer to approve requests that are still to come. "
                "Wait for on_subscribe."
            )
        self._answer(contact, "subscribed")

    def deny(self, contact: str) -> None:
        """Refuse the request of ``contact``, or end the subscription that it has (RFC 6121 §3.2)."""
        self._answer(contact, "unsubscribed")

    def cancel_pre_approval(self, contact: str) -> None:
        """Take an approval back that has not been used (RFC 6121 §3.4.2)."""
        item = self._items.get(contact)
        if item is None or not item.approved:
            raise ValueError(f"{contact} is not pre-approved.")
        if item.subscription in _SEEN:
            raise ValueError(f"{contact} has a subscription, which this would end; that is what deny() is for.")
        self._write(stanza("unsubscribed", contact))

    def _answer(self, contact: str, kind: str) -> None:
        self._write(stanza(kind, contact))
        self._pending.pop(contact, None)
        _note(self._answered, contact)

    def _decide(self, asker: str, request: Request) -> None:
        policy = self._policy
        if isinstance(policy, Policy):
            self._settle(asker, _by_policy(policy, request.item))
            return
        _note(self._deciding, asker)
        try:
            decision = policy(request)
        except Exception:  # noqa: BLE001  # the application's own; the request stays open
            self._deciding.pop(asker, None)
            _log.failure("The policy failed on the request of {asker}; it is left open.", asker=asker)
            return
        if isawaitable(decision):
            waiting = decision if isinstance(decision, Deferred) else ensureDeferred(_awaited(decision))
            waiting.addBoth(self._decided, asker)
        else:
            self._decided(decision, asker)

    def _decided(self, decision: Decision | Failure, asker: str) -> None:
        self._deciding.pop(asker, None)
        if isinstance(decision, Failure):
            _log.failure("The policy failed on the request of {asker}; it is left open.", decision, asker=asker)
        elif asker in self._pending:  # else it was answered or withdrawn meanwhile
            self._settle(asker, decision)

    def _settle(self, asker: str, decision: Decision) -> None:
        if decision is None:
            return
        try:
            self._answer(asker, "subscribed" if decision else "unsubscribed")
        except ConnectionError:
            _log.info("There is no stream to answer {asker} over; the server will repeat the request.", asker=asker)


def _note(contacts: dict[str, None], contact: str) -> None:
    """Put a contact at the end of those that are remembered; the oldest are forgotten first."""
    contacts.pop(contact, None)
    contacts[contact] = None
    if len(contacts) > _MOST_PENDING:
        del contacts[next(iter(contacts))]


async def _awaited(decision: Awaitable[Decision]) -> Decision:
    return await decision


def stanza(kind: str, contact: str) -> str:
    """A subscription stanza, to the bare JID and with an id, by which it is told from another (RFC 6121 §3.1.1)."""
    return markup.element("presence", type=kind, to=contact, id=secrets.token_hex(12))


def _by_policy(policy: Policy, item: Item | None) -> Decision:
    if policy is Policy.ACCEPT_KNOWN:
        return True if item is not None and (item.subscription in ("to", "both") or item.ask is not None) else None
    return {Policy.ACCEPT_ALL: True, Policy.REFUSE_ALL: False}.get(policy)


def _sender(presence: Element) -> str | None:
    """The bare JID of who sends; None where there is none."""
    try:
        return jid.bare(presence.get("from") or "")
    except JidError:
        return None
