"""Mutants that do something else than their user decides about subscriptions (RFC 6121 §3.1 to §3.4).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import markup

__all__ = ["MUTANTS"]


class _AsksByAnEdit(ScriptedClient):
    def order_subscribe(self, order: dict[str, Any]) -> None:
        self.send_set(markup.element("item", jid=self.bare(order["jid"]), ask="subscribe"))


class _AsksAResource(ScriptedClient):
    def address_for(self, type_: str, to: str) -> str:
        return to if type_ == "subscribe" else super().address_for(type_, to)


class _AsksWithoutId(ScriptedClient):
    def id_for(self, type_: str) -> str | None:
        return None if type_ == "subscribe" else super().id_for(type_)


class _ApprovesByAnEdit(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        if self.contacts.answered(self.bare(order["jid"])):
            self.send_set(markup.element("item", jid=self.bare(order["jid"]), subscription="from"))
        else:
            super().order_approve(order)


class _ApprovesTwice(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        asked = self.bare(order["jid"]) in self.contacts.requests
        super().order_approve(order)
        if asked:
            self.send_subscription("subscribed", order["jid"])


class _ApprovesWithoutId(ScriptedClient):
    def id_for(self, type_: str) -> str | None:
        return None if type_ == "subscribed" else super().id_for(type_)


class _MirrorsIds(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        self._asked_with = element.get("id")

    def id_for(self, type_: str) -> str | None:
        asked_with = getattr(self, "_asked_with", None)
        return asked_with if type_ == "subscribed" and asked_with else super().id_for(type_)


class _RefusesInSilence(ScriptedClient):
    def order_deny(self, order: dict[str, Any]) -> None:
        if not self.contacts.answered(self.bare(order["jid"])):
            super().order_deny(order)


class _AnswersTheResource(ScriptedClient):
    def on_subscribe(self, element: _Element, sender: str) -> None:
        super().on_subscribe(element, sender)
        self._asked_from = sender

    def address_for(self, type_: str, to: str) -> str:
        asked_from = getattr(self, "_asked_from", "")
        return asked_from if type_ == "subscribed" and self.bare(asked_from) == to else super().address_for(type_, to)


class _Unescapes(ScriptedClient):
    def address_for(self, type_: str, to: str) -> str:
        return super().address_for(type_, to).replace(r"\27", "'")


class _ForgetsServices(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        if "@" in order["jid"]:
            super().order_approve(order)


class _ApprovesAll(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        others = [bare for bare in self.contacts.requests if bare != self.bare(order["jid"])]
        super().order_approve(order)
        for bare in others:
            super().order_approve({"jid": bare})


class _RemovesInsteadOfCancelling(ScriptedClient):
    def order_deny(self, order: dict[str, Any]) -> None:
        if self.contacts.get(self.bare(order["jid"])).subscription == "from":
            self.order_remove(order)
        else:
            super().order_deny(order)


class _KeepsPreApprovals(ScriptedClient):
    def order_deny(self, order: dict[str, Any]) -> None:
        if not self.contacts.get(self.bare(order["jid"])).approved:
            super().order_deny(order)


class _ConfusesTheTwo(ScriptedClient):
    def order_unsubscribe(self, order: dict[str, Any]) -> None:
        known = self.contacts.get(self.bare(order["jid"]))
        self.send_subscription("unsubscribe" if known.ask else "unsubscribed", order["jid"])


class _CannotTakeBack(ScriptedClient):
    def order_unsubscribe(self, order: dict[str, Any]) -> None:
        if self.contacts.get(self.bare(order["jid"])).subscription in ("to", "both"):
            super().order_unsubscribe(order)


class _PreApprovesAnywhere(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        self.contacts.answered(self.bare(order["jid"]))
        self.send_subscription("subscribed", order["jid"])


class _PreApprovesByAnEdit(ScriptedClient):
    def order_approve(self, order: dict[str, Any]) -> None:
        if self.bare(order["jid"]) in self.contacts.requests:
            super().order_approve(order)
        elif "{urn:xmpp:features:pre-approval}sub" in self.features:
            self.send_set(markup.element("item", jid=self.bare(order["jid"]), approved="true"))


MUTANTS: tuple[Mutant, ...] = (
    Mutant("asks-by-an-edit", "It asks for presence with an edit of its roster.", _AsksByAnEdit),
    Mutant("asks-a-resource", "It sends a request to the full JID that the user has named.", _AsksAResource),
    Mutant("asks-without-id", "It sends requests without an id.", _AsksWithoutId),
    Mutant("approves-by-an-edit", "It approves a request with an edit of its roster.", _ApprovesByAnEdit),
    Mutant("approves-twice", "It sends an approval twice.", _ApprovesTwice),
    Mutant("approves-without-id", "It sends approvals without an id.", _ApprovesWithoutId),
    Mutant("mirrors-ids", "It answers a request with the id of the request.", _MirrorsIds),
    Mutant("refuses-in-silence", "It forgets a request that its user refuses, and tells nobody.", _RefusesInSilence),
    Mutant("answers-the-resource", "It answers a request to the resource that it came from.", _AnswersTheResource),
    Mutant("unescapes-addresses", "It sends to an address as it shows it, without its escapes.", _Unescapes),
    Mutant("approves-no-services", "It approves nobody whose address has no localpart.", _ForgetsServices),
    Mutant("approves-all", "It approves everybody who waits when its user approves one.", _ApprovesAll),
    Mutant(
        "removes-instead-of-cancelling",
        "It removes the entry of somebody who is not to see its user any more.",
        _RemovesInsteadOfCancelling,
    ),
    Mutant("keeps-pre-approvals", "It takes no approval back that was given beforehand.", _KeepsPreApprovals),
    Mutant("confuses-the-two", "It ends the wrong direction of a subscription.", _ConfusesTheTwo),
    Mutant("cannot-take-back", "It takes no request back that nobody has answered.", _CannotTakeBack),
    Mutant("pre-approves-anywhere", "It approves beforehand where no server offers that.", _PreApprovesAnywhere),
    Mutant("pre-approves-by-an-edit", "It approves beforehand with an edit of its roster.", _PreApprovesByAnEdit),
)
