"""What a scripted contact is, as values: its script, and the orders of which a script's schedule is made.

:mod:`rosterkit.core.contact_script` reads them from tables, :mod:`rosterkit.core.robot` plays them.

Tests: ``tests/core/test_contact_script.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, TypeAlias

from rosterkit.core import markup
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import SUBSCRIPTION_TYPES, Message, Presence, Stanza

__all__ = ["ANSWERS", "NICK", "RESOURCE", "Order", "Script", "Step", "Table"]

Table: TypeAlias = Mapping[str, Any]

#: What a contact does with a subscription request.
ANSWERS = ("accept", "refuse", "ignore")
#: The resource of a contact for which nothing else is said.
RESOURCE = "rosterkit"
#: The namespace of a nickname (XEP-0172).
NICK = "http://jabber.org/protocol/nick"


@dataclass(slots=True, frozen=True)
class Order:
    """One thing that a contact does: ``do`` says what, the rest how; what ``do`` has no use for is at its default.

    ``to`` is the receiver; without one presence is broadcast.  ``resource`` is who does it.  ``children`` is
    canonical XML.  ``xml`` is the text of a whole stanza and ``stanza`` what was read from it.
    """

    do: str
    to: Jid | None = None
    resource: str | None = None
    id: str | None = None
    type: str = "normal"
    show: str | None = None
    status: str | None = None
    priority: int = 0
    nick: str | None = None
    body: str | None = None
    children: bytes = b""
    xml: str | None = None
    stanza: Stanza | None = field(default=None, compare=False, repr=False)

    def made(self, new_id: str) -> Stanza:
        """The stanza that it says, new each time; ``new_id`` is its id where the order has none."""
        if self.stanza is not None:
            return replace(self.stanza, memo=None)
        id_ = self.id if self.id is not None else new_id
        if self.do == "message":
            return Message(self.type, id_, self.to, body=self._body())
        type_ = self.do if self.do in SUBSCRIPTION_TYPES or self.do == "unavailable" else ""
        to = self.to.without_resource() if self.to is not None and self.do in SUBSCRIPTION_TYPES else self.to
        return Presence(type_, id_, to, body=self._body(), priority=self.priority)

    def as_json(self) -> dict[str, Any]:
        """The table that it was read from, in prepared form and without what is at its default."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "stanza"}
        told = {name: value for name, value in values.items() if value != _DEFAULTS.get(name)}
        return told | {name: made(told[name]) for name, made in _TEXTS.items() if name in told}

    def _body(self) -> bytes:
        texts = [("show", self.show), ("status", self.status), ("body", self.body)]
        xml = "".join(markup.element(name, markup.text(text)) for name, text in texts if text is not None)
        if self.priority:
            xml += markup.element("priority", str(self.priority))
        if self.nick is not None:
            xml += markup.element("nick", markup.text(self.nick), xmlns=NICK)
        return xml.encode() + self.children


_DEFAULTS: Table = {f.name: f.default for f in fields(Order) if f.name != "do"}
_TEXTS: Mapping[str, Any] = {"to": str, "children": bytes.decode}


class Step(NamedTuple):
    """An order and its time: seconds after the contact has begun, and again each ``every`` seconds where given."""

    order: Order
    after: float = 0
    every: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The table that it was read from."""
        times = {"after": self.after, "every": self.every}
        told = {name: value for name, value in times.items() if value}
        order = self.order.as_json()
        if order["do"] == "presence":
            del order["do"]
        return told | order


@dataclass(slots=True, frozen=True)
class Script:
    """How a contact behaves; without anything said it is online with one resource and accepts every request.

    Times are seconds: ``after`` from the request, ``cancel_after`` and ``subscribe_back_after`` from the acceptance,
    ``resubscribe_after`` from the refusal; None where it never does it.  ``pre_approves`` are bare JIDs, or None for
    everybody.  ``resources`` are orders of presence, each with a resource of its own.
    """

    answer: str = "accept"
    after: float = 0
    cancel_after: float | None = None
    subscribe_back_after: float | None = None
    resubscribe_after: float | None = None
    pre_approves: tuple[str, ...] | None = ()
    resources: tuple[Order, ...] = (Order("presence", resource=RESOURCE),)
    schedule: tuple[Step, ...] = ()

    def approves(self, contact: str) -> bool:
        """Whether ``contact`` (a bare JID) was approved before it asked."""
        return self.pre_approves is None or contact in self.pre_approves

    def as_json(self) -> dict[str, Any]:
        """The table that it was read from, in prepared form and without what is at its default."""
        told = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) != f.default}
        for made, name in (("subscribe_back", "subscribe_back_after"), ("resubscribe", "resubscribe_after")):
            if name in told:
                told[made] = True
        if "pre_approves" in told:
            told["pre_approves"] = True if self.pre_approves is None else list(self.pre_approves)
        if "resources" in told:
            told["resources"] = [_resource(order) for order in self.resources]
        if "schedule" in told:
            told["schedule"] = [step.as_json() for step in self.schedule]
        return told


def _resource(order: Order) -> dict[str, Any]:
    table = order.as_json()
    del table["do"]
    return {"name": table.pop("resource"), **table}
