"""Mutants that answer for their user, or do not tell him who has asked (RFC 6121 §3.1.3, §3.1.4).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant

__all__ = ["MUTANTS"]


class _ListsItself(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        if self.bare(sender) == self.me:
            self.contacts.items[self.me] = Contact(self.me)
        else:
            super().on_subscribe(element, sender)


class _GivesInTheSecondTime(ScriptedClient):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._heard: set[str] = set()

    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        if sender in self._heard:
            self.send_subscription("subscribed", sender)
        self._heard.add(sender)


class _AsksOnce(Contacts):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._heard: set[str] = set()

    def ask(self, bare: str) -> None:
        if bare not in self._heard:
            super().ask(bare)
        self._heard.add(bare)


class _LosesWhatComesAgain(ScriptedClient):
    contacts_type = _AsksOnce


class _OnlyBareRequests(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        if len(element) == 0:
            super().on_subscribe(element, sender)


class _ListsWhoAsks(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        bare = self.bare(sender)
        if bare != self.me:
            self.contacts.items.setdefault(bare, Contact(bare))


class _ApprovesByItself(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        self.contacts.answered(self.bare(sender))
        self.send_subscription("subscribed", sender)


class _RefusesByItself(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        self.contacts.answered(self.bare(sender))
        self.send_subscription("unsubscribed", sender)


class _AsksBack(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        self.send_subscription("subscribe", sender)


class _ApprovesWhoIsListed(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        if self.bare(sender) in self.contacts.items:
            self.send_subscription("subscribed", sender)


class _HidesRequests(Contacts):
    """Who is in the roster is asked about in the roster; nobody else is."""

    def ask(self, bare: str) -> None:
        if bare in self.items:
            super().ask(bare)


class _HidesWhoIsNotListed(ScriptedClient):
    contacts_type = _HidesRequests


class _KeepsAnswered(Contacts):
    def answered(self, bare: str) -> bool:
        return bare in self.requests


class _AsksOnAndOn(ScriptedClient):
    contacts_type = _KeepsAnswered

    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        super().on_notice(element, sender, type_)
        if type_ == "unsubscribe":
            self.contacts.requests.pop(self.bare(sender), None)


class _KeepsWithdrawn(ScriptedClient):
    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        if type_ != "unsubscribe":
            super().on_notice(element, sender, type_)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("lists-itself", "It takes its own account into its roster when that asks.", _ListsItself),
    Mutant("gives-in-the-second-time", "It approves whoever asks a second time.", _GivesInTheSecondTime),
    Mutant("loses-what-comes-again", "It passes over a request that it has seen before.", _LosesWhatComesAgain),
    Mutant("takes-only-empty-requests", "It passes over requests that have children.", _OnlyBareRequests),
    Mutant("lists-who-asks", "It takes whoever asks into its roster.", _ListsWhoAsks),
    Mutant("approves-by-itself", "It approves whoever asks.", _ApprovesByItself),
    Mutant("refuses-by-itself", "It refuses whoever asks.", _RefusesByItself),
    Mutant("asks-back", "It asks whoever asks.", _AsksBack),
    Mutant("approves-who-is-listed", "It approves whoever asks and has an entry.", _ApprovesWhoIsListed),
    Mutant("hides-requests", "It does not tell of requests from people who have no entry.", _HidesWhoIsNotListed),
    Mutant("keeps-answered-requests", "For it a request waits although it is answered.", _AsksOnAndOn),
    Mutant("keeps-withdrawn-requests", "For it a request waits although it is taken back.", _KeepsWithdrawn),
)
