"""Mutants that edit the roster wrongly, or misunderstand the pushes of edits (RFC 6121 §2.3 to §2.5).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import jid, markup
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["MUTANTS"]

_ITEM = f"{{{ROSTER}}}item"


def _with(contacts: type[Contacts]) -> type[ScriptedClient]:
    """The client whose only mistake is in its roster."""
    return type(contacts.__name__, (ScriptedClient,), {"contacts_type": contacts})


# What it sends


class _AddsTwo(ScriptedClient):
    def order_set(self, order: dict[str, Any]) -> None:
        self.send_set(Contact(order["jid"]).markup() + Contact(f"copy-of-{order['jid']}").markup())


class _AddsBareEntries(ScriptedClient):
    def order_set(self, order: dict[str, Any]) -> None:
        self.edit(Contact(self.bare(order["jid"])))


class _EditsTheDomain(ScriptedClient):
    def send_set(self, items: str) -> None:
        query = markup.element("query", items, xmlns=ROSTER)
        self.request("set", query, self.on_edited, jid.parse(self.me).domain)


class _AddsResources(ScriptedClient):
    def order_set(self, order: dict[str, Any]) -> None:
        self.edit(Contact(order["jid"], order["name"], tuple(order["groups"])))


class _RenamesOutOfGroups(ScriptedClient):
    def order_rename(self, order: dict[str, Any]) -> None:
        self.edit(Contact(order["jid"], order["name"]))


class _RegroupsWithoutName(ScriptedClient):
    def order_regroup(self, order: dict[str, Any]) -> None:
        known = self.contacts.get(order["jid"])
        self.edit(Contact(known.jid, None, (*known.groups, order["group"])))


class _MovesBetweenGroups(ScriptedClient):
    def order_regroup(self, order: dict[str, Any]) -> None:
        self.edit(self.contacts.get(order["jid"]).with_groups((order["group"],)))


class _KeepsTheFirst(Contacts):
    first: Mapping[str, Contact] = MappingProxyType({})

    def replace(self, query: _Element) -> None:
        super().replace(query)
        self.first = dict(self.items)

    def get(self, bare: str) -> Contact:
        return self.first.get(bare) or super().get(bare)


class _RemovesBySubscription(ScriptedClient):
    def order_remove(self, order: dict[str, Any]) -> None:
        self.send_set(markup.element("item", jid=order["jid"], subscription="none"))


class _SendsAgain(ScriptedClient):
    """What is refused is sent again, a few times."""

    _sent = ""
    _left = 3

    def send_set(self, items: str) -> None:
        self._sent = items
        super().send_set(items)

    def on_edited(self, answer: _Element) -> None:
        if answer.get("type") == "error" and self._left:
            self._left -= 1
            self.send_set(self._sent)


# What it believes before it is told, or against what it is told


class _BelievesAdditions(ScriptedClient):
    def edit(self, contact: Contact) -> None:
        self.contacts.items.setdefault(contact.jid, contact)
        super().edit(contact)


class _BelievesChanges(ScriptedClient):
    def edit(self, contact: Contact) -> None:
        known = self.contacts.items.get(contact.jid)
        if known is not None:
            self.contacts.items[contact.jid] = replace(known, name=contact.name, groups=contact.groups)
        super().edit(contact)


class _BelievesRemovals(ScriptedClient):
    def order_remove(self, order: dict[str, Any]) -> None:
        super().order_remove(order)
        self.contacts.forget(order["jid"])


class _WatchesItsEdits(ScriptedClient):
    """Knows of which contact its last edit is, whether that was answered, and how many pushes came for it since."""

    edited: Contact | None = None
    waits = False
    pushes = 0

    def edit(self, contact: Contact) -> None:
        self.edited, self.waits, self.pushes = contact, True, 0
        super().edit(contact)

    def on_edited(self, answer: _Element) -> None:
        super().on_edited(answer)
        self.waits = False

    def apply_push(self, query: _Element) -> None:
        if self.edited is not None and [item.get("jid") for item in query.findall(_ITEM)] == [self.edited.jid]:
            self.pushes += 1
            if not self.takes_own(self.pushes):
                return
        super().apply_push(query)

    def takes_own(self, number: int) -> bool:
        """Whether this push for the contact that was edited counts."""
        return number > 0


class _WaitsForTheResult(_WatchesItsEdits):
    def takes_own(self, number: int) -> bool:
        return not self.waits or number > 1


class _IsDoneWithTheResult(_WatchesItsEdits):
    def takes_own(self, number: int) -> bool:
        return self.waits or number > 1


class _TakesOnePushPerEdit(_WatchesItsEdits):
    def takes_own(self, number: int) -> bool:
        return number == 1


class _TrustsTheResult(_WatchesItsEdits):
    def on_edited(self, answer: _Element) -> None:
        super().on_edited(answer)
        known = self.contacts.items.get(self.edited.jid) if self.edited is not None else None
        if known is not None and self.edited is not None and answer.get("type") == "result":
            self.contacts.items[known.jid] = replace(known, name=self.edited.name, groups=self.edited.groups)


class _AddsNobodyByItself(_WatchesItsEdits):
    def apply_push(self, query: _Element) -> None:
        jids = {item.get("jid") for item in query.findall(_ITEM)}
        if jids <= {*self.contacts.items, self.edited.jid if self.edited is not None else None}:
            super().apply_push(query)


# How it reads what others have done


class _HasRoomForForty(Contacts):
    def apply_item(self, item: _Element) -> None:
        if len(self.items) < 40:
            super().apply_item(item)


class _NamesOnce(Contacts):
    def apply_item(self, item: _Element) -> None:
        known = self.items.get(item.get("jid", ""))
        super().apply_item(item)
        if known is not None and known.name is not None and item.get("name"):
            self.items[known.jid] = self.items[known.jid].with_name(known.name)


class _KeepsWhatIsLeftOut(Contacts):
    def apply_item(self, item: _Element) -> None:
        known = self.items.get(item.get("jid", ""))
        super().apply_item(item)
        now = self.items.get(known.jid) if known is not None else None
        if known is not None and now is not None:
            self.items[now.jid] = replace(now, name=now.name or known.name, groups=now.groups or known.groups)


class _AnswersNews(ScriptedClient):
    _known: Mapping[str, Contact] = MappingProxyType({})

    def on_push(self, element: _Element) -> None:
        self._known = dict(self.contacts.items)
        super().on_push(element)

    def answer_push(self, element: _Element) -> None:
        """The answer comes when it is known whether the push has changed something."""
        self._push = element

    def apply_push(self, query: _Element) -> None:
        super().apply_push(query)
        if self._known != self.contacts.items:
            self.answer(self._push)


class _NeverForgets(Contacts):
    def forget(self, address: str) -> None:
        """Who was there once stays."""


class _AddsTheRemoved(Contacts):
    def forget(self, address: str) -> None:
        if address in self.items:
            super().forget(address)
        else:
            self.items[address] = Contact(address)


class _RemovesWhoIsThere(Contacts):
    def forget(self, address: str) -> None:
        del self.items[address]


class _KeepsGroupsOfTheRemoved(Contacts):
    removed: Mapping[str, Contact] = MappingProxyType({})

    def forget(self, address: str) -> None:
        self.removed = {**self.removed, address: self.get(address)}
        super().forget(address)

    def apply_item(self, item: _Element) -> None:
        super().apply_item(item)
        before, now = self.removed.get(item.get("jid", "")), self.items.get(item.get("jid", ""))
        if before is not None and now is not None:
            self.items[now.jid] = now.with_groups(dict.fromkeys((*now.groups, *before.groups)))


MUTANTS: tuple[Mutant, ...] = (
    Mutant("adds-two-at-once", "It adds contacts in one set with two items.", _AddsTwo),
    Mutant("adds-bare-entries", "It adds a contact without the name and the groups it was given.", _AddsBareEntries),
    Mutant("edits-the-domain", "It sends its edits to the server's domain.", _EditsTheDomain),
    Mutant("adds-resources", "It adds full JIDs.", _AddsResources),
    Mutant("renames-out-of-groups", "It renames a contact without its groups.", _RenamesOutOfGroups),
    Mutant("regroups-without-name", "It puts a contact into a group without its name.", _RegroupsWithoutName),
    Mutant("moves-between-groups", "It puts a contact into a group without its other groups.", _MovesBetweenGroups),
    Mutant("edits-the-first-roster", "It edits what a contact was at login.", _with(_KeepsTheFirst)),
    Mutant("removes-by-subscription", "It removes a contact with the subscription 'none'.", _RemovesBySubscription),
    Mutant("waits-for-the-result", "It ignores a push for its own edit before the result.", _WaitsForTheResult),
    Mutant("is-done-with-the-result", "It ignores a push for its own edit after the result.", _IsDoneWithTheResult),
    Mutant("adds-nobody-by-itself", "It ignores pushes for contacts that it has not added.", _AddsNobodyByItself),
    Mutant("has-room-for-forty", "It ignores pushes when it has forty contacts.", _with(_HasRoomForForty)),
    Mutant("names-once", "It never changes the name of a contact that has one.", _with(_NamesOnce)),
    Mutant("keeps-what-is-left-out", "It keeps name and groups that a push leaves out.", _with(_KeepsWhatIsLeftOut)),
    Mutant("takes-one-push-per-edit", "It ignores a second push for what it has edited.", _TakesOnePushPerEdit),
    Mutant("trusts-the-result", "It believes its own edit again when the result comes.", _TrustsTheResult),
    Mutant("answers-news-only", "It answers only pushes that change something.", _AnswersNews),
    Mutant("never-forgets", "It keeps contacts that others have removed.", _with(_NeverForgets)),
    Mutant("adds-the-removed", "It adds whom it does not know and is told to remove.", _with(_AddsTheRemoved)),
    Mutant("removes-who-is-there", "It crashes when it is told to remove a stranger.", _with(_RemovesWhoIsThere)),
    Mutant("keeps-groups-of-the-removed", "A contact comes back in its old groups.", _with(_KeepsGroupsOfTheRemoved)),
    Mutant("believes-additions", "It believes what it adds before it is pushed.", _BelievesAdditions),
    Mutant("sends-again", "It sends a refused set again.", _SendsAgain),
    Mutant("believes-changes", "It believes what it changes before it is pushed.", _BelievesChanges),
    Mutant("believes-removals", "It believes what it removes before it is pushed.", _BelievesRemovals),
)
