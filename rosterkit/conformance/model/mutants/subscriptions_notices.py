"""Mutants that make something of their own of a notice, or not enough of a push (RFC 6121 §3.1.6, §3.2.3, §3.3.3).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant

__all__ = ["MUTANTS"]


def _reading(read: Callable[[Contact, Contact], Contact]) -> type[Contacts]:
    """A roster that takes for an entry what ``read`` makes of it as it was known and as it comes."""

    class Reading(Contacts):
        def read(self, item: _Element, address: str) -> Contact:
            comes = super().read(item, address)
            return read(self.items.get(address, comes), comes)

    return Reading


def _keeping(before: str, after: str) -> type[Contacts]:
    """A roster that misses the change of a subscription from one to the other."""

    def read(known: Contact, comes: Contact) -> Contact:
        missed = (known.subscription, comes.subscription) == (before, after)
        return replace(comes, subscription=before) if missed else comes

    return _reading(read)


class _ShowsNoAsk(ScriptedClient):
    contacts_type = _reading(lambda _, comes: replace(comes, ask=False))


class _AlwaysWaits(ScriptedClient):
    contacts_type = _reading(lambda known, comes: replace(comes, ask=known.ask or comes.ask))


class _MissesApprovals(ScriptedClient):
    contacts_type = _keeping("none", "to")


class _MissesCancellations(ScriptedClient):
    contacts_type = _keeping("both", "from")


class _MissesThoseWhoLeave(ScriptedClient):
    contacts_type = _keeping("from", "none")


def _as_promised(_: Contact, comes: Contact) -> Contact:
    return replace(comes, subscription="from") if comes.approved and comes.subscription == "none" else comes


class _TakesPreApprovalForApproval(ScriptedClient):
    contacts_type = _reading(_as_promised)


class _RemembersNotices(Contacts):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.granted: set[str] = set()

    def read(self, item: _Element, address: str) -> Contact:
        read = super().read(item, address)
        return replace(read, subscription="to", ask=False) if address in self.granted else read


class _BelievesNotices(ScriptedClient):
    contacts_type = _RemembersNotices

    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        assert isinstance(self.contacts, _RemembersNotices)
        if type_ == "subscribed" and self.bare(sender) in self.contacts.items:
            self.contacts.granted.add(self.bare(sender))


class _ListsWhoApproves(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "subscribed":
            self.contacts.items.setdefault(self.bare(sender), Contact(self.bare(sender), subscription="to"))


class _DropsOnPush(Contacts):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.refused: set[str] = set()

    def apply_item(self, item: _Element) -> None:
        super().apply_item(item)
        for address in self.refused:
            self.forget(address)


class _ForgetsWhoRefuses(ScriptedClient):
    contacts_type = _DropsOnPush

    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        assert isinstance(self.contacts, _DropsOnPush)
        if type_ == "unsubscribed" and self.contacts.get(self.bare(sender)).ask:
            self.contacts.refused.add(self.bare(sender))


class _AsksAgain(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "unsubscribed" and self.contacts.get(self.bare(sender)).ask:
            self.send_subscription("subscribe", sender)


class _AffirmsCancellations(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "unsubscribed":
            self.send_subscription("unsubscribe", sender)


class _AffirmsEnds(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "unsubscribe":
            self.send_subscription("unsubscribed", sender)


class _RemovesWhoLeaves(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "unsubscribe" and self.bare(sender) in self.contacts.items:
            self.order_remove({"jid": sender})


MUTANTS: tuple[Mutant, ...] = (
    Mutant("shows-no-ask", "It does not know which of its requests are under way.", _ShowsNoAsk),
    Mutant("misses-approvals", "It believes no push that grants a subscription.", _MissesApprovals),
    Mutant("believes-notices", "It believes an approval although a later push says otherwise.", _BelievesNotices),
    Mutant("lists-who-approves", "It takes whoever approves it into its roster.", _ListsWhoApproves),
    Mutant("keeps-ask", "For it a request is under way although it is answered.", _AlwaysWaits),
    Mutant("forgets-who-refuses", "It drops the entry of somebody who refuses a request.", _ForgetsWhoRefuses),
    Mutant("asks-again", "It asks again whoever refuses.", _AsksAgain),
    Mutant("misses-cancellations", "It believes no push that ends its own subscription.", _MissesCancellations),
    Mutant("affirms-cancellations", "It answers 'unsubscribed' with 'unsubscribe'.", _AffirmsCancellations),
    Mutant("misses-those-who-leave", "It believes no push that ends a contact's subscription.", _MissesThoseWhoLeave),
    Mutant(
        "removes-who-leaves", "It removes the entry of a contact who does not want it any more.", _RemovesWhoLeaves
    ),
    Mutant("affirms-ends", "It answers 'unsubscribe' with 'unsubscribed'.", _AffirmsEnds),
    Mutant("takes-promises-for-subscriptions", "It takes 'approved' for 'from'.", _TakesPreApprovalForApproval),
)
