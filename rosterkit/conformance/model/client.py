"""The scripted client: bytes in, bytes out, no I/O.  It logs in, keeps a roster and does what it is ordered.

It follows every rule of RFC 6121 that a case looks at, each in a small method of its own, so that a mutant can break
one of them and nothing else.

Tests: ``tests/conformance/test_model.py``.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.core import jid, markup
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.errors import StreamError
from rosterkit.wire import names
from rosterkit.wire.reader import Closed, Opened, Reader

__all__ = ["ScriptedClient"]

_CLIENT = f"{{{names.CLIENT}}}"
_QUERY = f"{{{ROSTER}}}query"
_LIMIT = 16 * 1024 * 1024
_PING = "{urn:xmpp:ping}ping"
_UNAVAILABLE = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


class ScriptedClient:
    """One client of the account ``me`` (a bare JID).

    ``stored`` outlives it: what it keeps of each account's roster from one process to the next.  ``take`` gives the
    bytes that it wants to send; ``ended`` says that it has closed the stream.
    """

    #: What keeps its roster.
    contacts_type: type[Contacts] = Contacts

    def __init__(self, me: str, password: str, stored: MutableMapping[str, Any], resource: str = "model") -> None:
        self.me = me
        self.password = password
        self.full = f"{me}/{resource}"
        self.resource = resource
        self.contacts = self.contacts_type(me, stored)
        self.ended = False
        self.features: set[str] = set()
        self._out: list[bytes] = []
        self._pending: dict[str, tuple[str | None, Callable[[_Element], None]]] = {}
        self._number = 0
        self._phase = ""

    # The stream

    def connect(self) -> None:
        """The connection is there; again for each new one."""
        self.ended = False
        self._out.clear()
        self._pending.clear()
        self.contacts.offline()
        self._restart("log in")

    def take(self) -> bytes:
        """What is to be sent now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes) -> None:
        """Bytes have come."""
        while data and not self.ended:
            reader = self._reader
            for event in reader.feed(data):
                self._event(event)
            data = reader.rest
            if reader is self._reader and not data:
                break

    @property
    def online(self) -> bool:
        """Whether the last connection has come as far as to bind a resource."""
        return self._phase == "online"

    def lost(self) -> None:
        """The connection is gone."""
        self.ended = True
        self.contacts.offline()

    def close(self) -> None:
        """End the stream."""
        self.say("</stream:stream>")
        self.ended = True

    def say(self, xml: str) -> None:
        """Send markup."""
        self._out.append(xml.encode())

    def _restart(self, phase: str) -> None:
        self._phase = phase
        self._reader = Reader(_LIMIT, stepwise=True)
        domain = jid.parse(self.me).domain
        self.say(f"<stream:stream to='{domain}' version='1.0' xmlns='{names.CLIENT}' xmlns:stream='{names.STREAM}'>")

    def _event(self, event: Any) -> None:
        if isinstance(event, Opened):
            return
        if isinstance(event, Closed | StreamError):
            self.close()
        elif self._phase == "online":
            self.on_stanza(event)
        else:
            self._negotiate(event)

    def _negotiate(self, element: _Element) -> None:
        name = element.tag.rpartition("}")[2]
        if name == "features" and self._phase == "log in":
            self.before_login()
            secret = b64encode(f"\0{jid.parse(self.me).local}\0{self.password}".encode()).decode()
            self.say(f"<auth xmlns='{names.SASL}' mechanism='PLAIN'>{secret}</auth>")
        elif name == "success":
            self._restart("bind")
        elif name == "features":
            self.features = {child.tag for child in element}
            content = markup.element("resource", markup.text(self.resource))
            self.before_bind()
            self.request("set", markup.element("bind", content, xmlns=names.BIND), self._bound)
            self._phase = "online"
            self._reader.stepwise = False
        else:
            self.close()

    def before_login(self) -> None:
        """Nothing is sent before the login (RFC 6120 §6.3)."""

    def before_bind(self) -> None:
        """Nothing is sent before a resource is bound (RFC 6120 §7.1)."""

    def _bound(self, answer: _Element) -> None:
        bound = answer.findtext(f"{{{names.BIND}}}bind/{{{names.BIND}}}jid")
        self.full = bound or self.full
        self.on_bound()

    # Requests and answers

    def new_id(self) -> str:
        """An id that no request in flight has (RFC 6120 §8.1.3)."""
        self._number += 1
        return f"m{self._number}"

    def request(self, type_: str, content: str, then: Callable[[_Element], None], to: str | None = None) -> None:
        """Send an iq, and let ``then`` have its answer."""
        id_ = self.new_id()
        self._pending[id_] = (to, then)
        self.say(markup.element("iq", content, type=type_, id=id_, to=to))

    def on_stanza(self, element: _Element) -> None:
        """A stanza has come."""
        if element.tag == f"{_CLIENT}iq":
            if element.get("type") in ("get", "set"):
                self.on_request(element)
            else:
                self.on_answer(element)
        elif element.tag == f"{_CLIENT}presence":
            self.on_presence(element)

    def on_request(self, element: _Element) -> None:
        """Answer every iq get and set once (RFC 6120 §8.2.3), what is unknown with ``service-unavailable`` (§8.4)."""
        child = next(iter(element), None)
        if child is not None and child.tag == _QUERY and element.get("type") == "set":
            self.on_push(element)
        elif child is not None and child.tag == _PING:
            self.answer(element)
        else:
            self.on_unknown_request(element)

    def on_unknown_request(self, element: _Element) -> None:
        """Nobody gets the roster from the client either (RFC 6121 §2.1.3)."""
        self.refuse(element)

    def answer(self, request: _Element, content: str = "") -> None:
        """An empty result."""
        self._reply(request, "result", content)

    def refuse(self, request: _Element) -> None:
        """An error."""
        self._reply(request, "error", _UNAVAILABLE)

    def _reply(self, request: _Element, type_: str, content: str) -> None:
        self.say(markup.element("iq", content, type=type_, id=request.get("id"), to=request.get("from")))

    def on_answer(self, element: _Element) -> None:
        """Take an answer to a request that is in flight, from whom was asked, and only once (RFC 6120 §8.1.2.1)."""
        to, then = self._pending.get(element.get("id", ""), (None, None))
        if then is None or not self.comes_from(element, to):
            return
        del self._pending[element.get("id", "")]
        then(element)

    def comes_from(self, answer: _Element, asked: str | None) -> bool:
        """Whether an answer comes from whom was asked; where no address was given, from one's own server."""
        sender = answer.get("from")
        return sender == asked if asked is not None else sender in (None, self.me)

    # The roster

    def on_bound(self) -> None:
        """Ask for the roster, and be available when it is there (RFC 6121 §2.2, §4.2)."""
        self.ask_for_roster()

    def ask_for_roster(self) -> None:
        """The request, without items and to nobody else (§2.1.3), with the version where that is offered (§2.6.2)."""
        ver = self.presents() if self.versioning else None
        self.request("get", markup.element("query", xmlns=ROSTER, ver=ver), self.on_roster)

    @property
    def versioning(self) -> bool:
        """Whether the server offers roster versioning (§2.6.1)."""
        return "{urn:xmpp:features:rosterver}ver" in self.features

    def presents(self) -> str:
        """The version of what is stored, empty where nothing is (§2.6.2)."""
        return self.contacts.ver if self.contacts.ver is not None else ""

    def on_roster(self, answer: _Element) -> None:
        """The answer to the request: a roster, nothing new, or an error."""
        if answer.get("type") == "result":
            self.on_roster_result(answer.find(_QUERY))
        self.be_available()

    def on_roster_result(self, query: _Element | None) -> None:
        """A whole roster takes the place of what was known; without a query that is still right (§2.6.3)."""
        if query is not None:
            self.contacts.replace(query)

    def be_available(self) -> None:
        """Initial presence (§4.2.1)."""
        self.say("<presence/>")

    def on_push(self, element: _Element) -> None:
        """Take a push from one's own server and nobody else (§2.1.6), and say so."""
        if not self.takes_push_from(element.get("from")):
            self.on_spoofed_push(element)
            return
        query = element.find(_QUERY)
        assert query is not None
        self.answer_push(element)
        self.apply_push(query)

    def takes_push_from(self, sender: str | None) -> bool:
        """Whether a push counts: no ``from``, or one's own bare JID (§2.1.6)."""
        return sender in (None, self.me)

    def on_spoofed_push(self, element: _Element) -> None:
        """A push that counts for nothing is refused (§2.1.6)."""
        self.refuse(element)

    def answer_push(self, element: _Element) -> None:
        """Every push that is taken is answered with a result (§2.1.6)."""
        self.answer(element)

    def apply_push(self, query: _Element) -> None:
        """What the push says is so from now on."""
        self.contacts.apply(query)

    # Presence and subscriptions

    def on_presence(self, element: _Element) -> None:
        """Presence of a contact, or one of the four that manage subscriptions."""
        sender, type_ = element.get("from"), element.get("type")
        if sender is None:
            return
        if type_ == "subscribe":
            self.on_subscribe(element, sender)
        elif type_ in ("subscribed", "unsubscribed", "unsubscribe"):
            self.on_notice(element, sender, type_)
        elif type_ == "probe":
            self.on_probe(element)
        elif type_ == "error":
            self.on_presence_error(sender)
        else:
            self.on_availability(element, sender, type_)

    def on_subscribe(self, element: _Element, sender: str) -> None:
        """A request waits for what the user says (§3.1.3); the same one again is the same (§3.1.3)."""
        self.contacts.ask(sender.partition("/")[0])

    def on_notice(self, element: _Element, sender: str, type_: str) -> None:
        """What changes by it is told by a push (§3.1.6); there is nothing to answer."""
        if type_ == "unsubscribe":
            self.contacts.answered(sender.partition("/")[0])

    def on_probe(self, element: _Element) -> None:
        """A probe is for servers; a client answers none (§4.3)."""

    def on_presence_error(self, sender: str) -> None:
        """Who cannot be reached is not available (§4.7.1)."""
        self.contacts.unavailable(sender)

    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        """Somebody is there with a resource, or not any more (§4.4, §4.5)."""
        if type_ == "unavailable":
            self.contacts.unavailable(sender)
        elif type_ is None and sender.partition("/")[0] != self.me:
            self.contacts.available(sender)

    # Orders

    def order(self, line: str) -> str:
        """Do what an order says; gives the line that answers it."""
        order = json.loads(line)
        done: dict[str, Any] = {"done": order["order"]}
        if order["do"] == "roster":
            done["roster"] = list(self._told())
            done["requests"] = list(self.contacts.requests)
        else:
            getattr(self, f"order_{order['do']}")(order)
        return json.dumps(done)

    def _told(self) -> Iterator[dict[str, Any]]:
        return (contact.as_json(self.contacts.resources(contact.jid)) for contact in self.contacts.items.values())

    def order_set(self, order: dict[str, Any]) -> None:
        """Name and groups, whatever they were; an entry is a bare JID (§2.1.2.3)."""
        self.edit(Contact(self.bare(order["jid"]), order["name"], tuple(order["groups"])))

    def order_rename(self, order: dict[str, Any]) -> None:
        """A name; a set replaces the groups too, so they are sent again (§2.4.1)."""
        self.edit(self.contacts.get(order["jid"]).with_name(order["name"]))

    def order_regroup(self, order: dict[str, Any]) -> None:
        """A group more; a set replaces the name too, so it is sent again (§2.4.1)."""
        known = self.contacts.get(order["jid"])
        self.edit(known.with_groups(dict.fromkeys((*known.groups, order["group"]))))

    def edit(self, contact: Contact) -> None:
        """Ask for the change; it is so when the server pushes it (§2.3.2, §2.4.2)."""
        self.send_set(contact.markup())

    def send_set(self, items: str) -> None:
        """A roster set holds one item (§2.1.5)."""
        self.request("set", markup.element("query", items, xmlns=ROSTER), self.on_edited)

    def on_edited(self, answer: _Element) -> None:
        """Whether it was taken; a refused edit changes nothing (§2.3.3)."""

    def order_remove(self, order: dict[str, Any]) -> None:
        """A removal names the contact and nothing else (§2.5.1)."""
        self.send_set(markup.element("item", jid=self.bare(order["jid"]), subscription="remove"))

    def order_subscribe(self, order: dict[str, Any]) -> None:
        """A request goes to a bare JID (§3.1.1)."""
        self.send_subscription("subscribe", order["jid"])

    def order_unsubscribe(self, order: dict[str, Any]) -> None:
        """So does its end (§3.3.1)."""
        self.send_subscription("unsubscribe", order["jid"])

    def order_approve(self, order: dict[str, Any]) -> None:
        """An approval without a request only where the server offers that (§3.4.1)."""
        bare = self.bare(order["jid"])
        asked = self.contacts.answered(bare)
        if asked or "{urn:xmpp:features:pre-approval}sub" in self.features:
            self.send_subscription("subscribed", bare)

    def order_deny(self, order: dict[str, Any]) -> None:
        """A refusal, or the end of an approval (§3.1.5, §3.2.1)."""
        self.contacts.answered(self.bare(order["jid"]))
        self.send_subscription("unsubscribed", order["jid"])

    def send_subscription(self, type_: str, to: str) -> None:
        """A presence stanza that manages a subscription, with an id (§3.1.1)."""
        self.say(markup.element("presence", type=type_, to=self.address_for(type_, to), id=self.id_for(type_)))

    def address_for(self, type_: str, to: str) -> str:
        """Subscriptions are between bare JIDs (§3.1.1)."""
        return self.bare(to)

    def id_for(self, type_: str) -> str | None:
        """An id of its own, never that of the request (§3.1.1, §3.1.4)."""
        return self.new_id()

    @staticmethod
    def bare(address: str) -> str:
        """The bare JID of an address."""
        return address.partition("/")[0]
