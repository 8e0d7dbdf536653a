"""Mutants that misread items, or do not survive them (RFC 6121 §2.1).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, takewhile
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["MUTANTS"]

_ITEM, _GROUP = f"{{{ROSTER}}}item", f"{{{ROSTER}}}group"


def _with(contacts: type[Contacts]) -> type[ScriptedClient]:
    """The client whose only mistake is in its roster."""
    return type(contacts.__name__, (ScriptedClient,), {"contacts_type": contacts})


# Elements


class _WantsToKnowEverything(Contacts):
    def apply_item(self, item: _Element) -> None:
        if all(child.tag == _GROUP for child in item):
            super().apply_item(item)


class _LooksForTheDefaultNamespace(ScriptedClient):
    def apply_push(self, query: _Element) -> None:
        if query.nsmap.get(None) == ROSTER:
            super().apply_push(query)


class _DiesOfTwoItems(Contacts):
    def apply(self, query: _Element) -> None:
        if len(query.findall(_ITEM)) > 1:
            raise ValueError("A push has one item.")
        super().apply(query)


class _TakesNoItemForNoRoster(Contacts):
    def apply(self, query: _Element) -> None:
        if query.find(_ITEM) is None:
            self.items.clear()
        super().apply(query)


# Subscriptions


class _KnowsOneTruth(Contacts):
    def read_approved(self, value: str | None) -> bool:
        return value == "true"


class _TakesAnyAskForARequest(Contacts):
    def read_ask(self, value: str | None) -> bool:
        return value is not None


class _KeepsSubscriptionWhereNoneCame(Contacts):
    def apply_item(self, item: _Element) -> None:
        before = self.get(item.get("jid", "")).subscription
        super().apply_item(item)
        if item.get("subscription") is None and item.get("jid") in self.items:
            contact = self.items[item.get("jid", "")]
            self.items[contact.jid] = replace(contact, subscription=before)


class _ShowsAnySubscription(Contacts):
    def apply_item(self, item: _Element) -> None:
        super().apply_item(item)
        contact, value = self.items.get(item.get("jid", "")), item.get("subscription")
        if contact is not None and value is not None:
            self.items[contact.jid] = replace(contact, subscription=value)


# JIDs


class _ComparesTexts(Contacts):
    def address(self, item: _Element) -> str | None:
        return item.get("jid") if super().address(item) is not None else None


class _KnowsPlainJidsOnly(Contacts):
    def address(self, item: _Element) -> str | None:
        address = super().address(item)
        return address if address is not None and re.fullmatch(r"[\w.@/-]+", address) else None


class _DiesOfAResource(Contacts):
    def apply_item(self, item: _Element) -> None:
        if "/" in item.get("jid", ""):
            raise ValueError("A contact has no resource.")
        super().apply_item(item)


class _DiesWithoutAJid(Contacts):
    def apply_item(self, item: _Element) -> None:
        super().apply_item(item)
        item.attrib["jid"]


class _KeepsWhatIsNoJid(Contacts):
    def address(self, item: _Element) -> str | None:
        return super().address(item) or item.get("jid")


class _DiesOfItself(Contacts):
    def apply_item(self, item: _Element) -> None:
        if item.get("jid") == self.me:
            raise ValueError("Nobody is a contact of one's own.")
        super().apply_item(item)


# Names and groups


class _ReadsNamesAsMarkup(Contacts):
    def read_name(self, value: str | None) -> str | None:
        return re.sub(r"<[^>]*>", "", value) if value is not None else None


class _SendsNamesAsMarkup(ScriptedClient):
    def edit(self, contact: Contact) -> None:
        name = contact.name or ""
        self.send_set(contact.markup().replace(markup.attribute(name), name) if name else contact.markup())


class _DiesOfAnEmptyName(Contacts):
    def read_name(self, value: str | None) -> str | None:
        if value is not None:
            value[0].upper()  # the letter for the picture
        return value


class _PassesOverLongNames(Contacts):
    def apply_item(self, item: _Element) -> None:
        if len(item.get("name", "")) < 1024:
            super().apply_item(item)


class _KeepsListsOfGroups(Contacts):
    def read_groups(self, item: _Element) -> tuple[str, ...]:
        return tuple(group.text for group in item.iterfind(_GROUP) if group.text)


class _SendsListsOfGroups(ScriptedClient):
    contacts_type = _KeepsListsOfGroups

    def order_regroup(self, order: dict[str, Any]) -> None:
        known = self.contacts.get(order["jid"])
        self.edit(known.with_groups((*known.groups, order["group"])))


class _KeepsNamelessGroups(Contacts):
    def read_groups(self, item: _Element) -> tuple[str, ...]:
        return tuple(dict.fromkeys(group.text or "" for group in item.iterfind(_GROUP)))


class _SplitsGroups(Contacts):
    def read_groups(self, item: _Element) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for group in super().read_groups(item) for part in group.split("::")))


# Results


class _StopsAtUnknownSubscriptions(Contacts):
    def readable(self, query: _Element) -> Iterator[Contact]:
        known = ("none", "to", "from", "both", "remove", None)
        wrong = next((item for item in query.findall(_ITEM) if item.get("subscription") not in known), None)
        if wrong is not None:
            for item in (wrong, *wrong.itersiblings()):
                query.remove(item)
        yield from super().readable(query)


class _ShowsRemovedContacts(Contacts):
    def readable(self, query: _Element) -> Iterator[Contact]:
        removed = {item.get("jid") for item in query.findall(_ITEM) if item.get("subscription") == "remove"}
        for contact in super().readable(query):
            yield replace(contact, subscription="remove") if contact.jid in removed else contact


class _TakesAnEmptyRosterForNone(ScriptedClient):
    def apply_push(self, query: _Element) -> None:
        if self.contacts.items:
            super().apply_push(query)


class _StopsAtBrokenItems(Contacts):
    def readable(self, query: _Element) -> Iterator[Contact]:
        addresses = takewhile(lambda address: address is not None, map(self.address, query.findall(_ITEM)))
        yield from islice(super().readable(query), len(list(addresses)))


class _ReadsAThousand(Contacts):
    def readable(self, query: _Element) -> Iterator[Contact]:
        yield from islice(super().readable(query), 1000)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "wants-to-know-everything",
        "It passes over an item with a child that it does not know.",
        _with(_WantsToKnowEverything),
    ),
    Mutant(
        "looks-for-the-default-namespace",
        "It passes over a push whose namespace has a prefix.",
        _LooksForTheDefaultNamespace,
    ),
    Mutant("dies-of-two-items", "It crashes on a push with two items.", _with(_DiesOfTwoItems)),
    Mutant(
        "takes-no-item-for-no-roster",
        "It takes a push without an item for an empty roster.",
        _with(_TakesNoItemForNoRoster),
    ),
    Mutant("knows-one-truth", "It takes approved='1' for false.", _with(_KnowsOneTruth)),
    Mutant(
        "takes-any-ask-for-a-request",
        "It believes that a request is on its way, whatever ask says.",
        _with(_TakesAnyAskForARequest),
    ),
    Mutant(
        "keeps-subscription-where-none-came",
        "It keeps the old subscription where a push has none.",
        _with(_KeepsSubscriptionWhereNoneCame),
    ),
    Mutant(
        "shows-any-subscription",
        "It shows whatever a push says of the subscription.",
        _with(_ShowsAnySubscription),
    ),
    Mutant("compares-jids-as-texts", "It takes a JID in upper case for another one.", _with(_ComparesTexts)),
    Mutant(
        "knows-plain-jids-only",
        "It passes over items whose JID has unusual characters.",
        _with(_KnowsPlainJidsOnly),
    ),
    Mutant("dies-of-a-resource", "It crashes on an item with a full JID.", _with(_DiesOfAResource)),
    Mutant("dies-without-a-jid", "It crashes on an item without a JID.", _with(_DiesWithoutAJid)),
    Mutant("keeps-what-is-no-jid", "It keeps an entry whose JID is none.", _with(_KeepsWhatIsNoJid)),
    Mutant("dies-of-itself", "It crashes on an item about its own account.", _with(_DiesOfItself)),
    Mutant("reads-names-as-markup", "It takes tags out of names.", _with(_ReadsNamesAsMarkup)),
    Mutant("sends-names-as-markup", "It sends names without escaping them.", _SendsNamesAsMarkup),
    Mutant("dies-of-an-empty-name", "It crashes on an empty name.", _with(_DiesOfAnEmptyName)),
    Mutant("passes-over-long-names", "It passes over items with a long name.", _with(_PassesOverLongNames)),
    Mutant("keeps-lists-of-groups", "It keeps and sends a group as often as it came.", _SendsListsOfGroups),
    Mutant("keeps-nameless-groups", "It keeps groups without a name and sends them.", _with(_KeepsNamelessGroups)),
    Mutant("splits-groups", "It takes '::' in a group for the border of two.", _with(_SplitsGroups)),
    Mutant(
        "stops-at-unknown-subscriptions",
        "It reads a result up to a subscription that it does not know.",
        _with(_StopsAtUnknownSubscriptions),
    ),
    Mutant(
        "shows-removed-contacts",
        "It shows an entry of a result as removed.",
        _with(_ShowsRemovedContacts),
    ),
    Mutant(
        "takes-an-empty-roster-for-none",
        "It passes over pushes while its roster is empty.",
        _TakesAnEmptyRosterForNone,
    ),
    Mutant("stops-at-broken-items", "It reads a result up to an item whose JID is none.", _with(_StopsAtBrokenItems)),
    Mutant("reads-a-thousand", "It reads the first thousand entries of a result.", _with(_ReadsAThousand)),
)
