"""Clients that are built in other ways than the scripted one and break no rule: none is told that it fails.

What they do is unusual and allowed; a verdict against one of them is a mistake of a judge.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import judged
from rosterkit.conformance.catalogue import CASES, CHECKS
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core import jid, markup
from rosterkit.core.roster import NAMESPACE as ROSTER

_BAD = (Verdict.FAIL, Verdict.NON_STRICT)
#: What a client can do otherwise without breaking a MUST: each a SHOULD that the client here does not follow.
_NOT_RECOMMENDED = {
    "PresenceFirst": {"rfc6121/2.2/roster-before-presence"},
    "ForgetsAtTimes": {"rfc6121/2.6.2/ver-as-received", "rfc6121/2.6.2/ver-of-digits"},
}


class AsksTwice(ScriptedClient):
    """It asks for the roster again when it has it."""

    again = False

    def on_bound(self) -> None:
        self.again = True
        super().on_bound()

    def be_available(self) -> None:
        super().be_available()
        if self.again:
            self.again = False
            self.request("get", markup.element("query", xmlns=ROSTER), self.take_again)

    def take_again(self, answer: _Element) -> None:
        if answer.get("type") == "result":
            self.on_roster_result(answer.find(f"{{{ROSTER}}}query"))


class AsksAfterPushes(AsksTwice):
    """It takes a push for a reason to ask for the whole roster."""

    def be_available(self) -> None:
        ScriptedClient.be_available(self)

    def apply_push(self, query: _Element) -> None:
        super().apply_push(query)
        self.request("get", markup.element("query", xmlns=ROSTER), self.take_again)


class PresenceFirst(ScriptedClient):
    """It is available before it asks for the roster, and only when it has looked at its server."""

    def on_bound(self) -> None:
        super().be_available()
        info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        self.request("get", info, lambda _: self.ask_for_roster(), to=jid.parse(self.me).domain)

    def be_available(self) -> None:
        """It is."""


class Curious(ScriptedClient):
    """It asks its server and its contacts for everything there is, and has a presence of many parts."""

    def on_bound(self) -> None:
        for type_, content in (
            ("get", "<vCard xmlns='vcard-temp'/>"),
            ("set", "<enable xmlns='urn:xmpp:carbons:2'/>"),
            ("get", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"),
            ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
        ):
            self.request(type_, content, lambda _: None)
        super().on_bound()

    def be_available(self) -> None:
        self.say("<presence><show>away</show><status>x</status><priority>-3</priority><x xmlns='urn:x'/></presence>")
        for contact in list(self.contacts.items)[:3]:
            self.request("get", "<vCard xmlns='vcard-temp'/>", lambda _: None, to=contact)
            self.say(markup.element("presence", to=contact))


class SpellsOtherwise(ScriptedClient):
    """Prefixes, languages, addresses of its own, CDATA and white space wherever XML has room for it."""

    def say(self, xml: str) -> None:
        if self.online:
            xml = xml.replace("xmlns='jabber:iq:roster'", "xmlns:r='jabber:iq:roster'") if ROSTER in xml else xml
            if ROSTER in xml:
                xml = re.sub(r"<(/?)(query|item|group)\b", r"<\1r:\2", xml)
            xml = re.sub(r"^<(iq|presence)\b", f"<\\1 xml:lang='de' from='{self.full}'", xml)
            xml = re.sub(r"(<(?:iq|r:query|r:item)\b[^>/]*>)", "\\1\n  ", xml)
            xml = re.sub(r">([^<&\n]+)</r:group>", r"><![CDATA[\1]]></r:group>", xml)
            xml = f"\n{xml} "
        super().say(xml)


class NamesItself(ScriptedClient):
    """It asks its own bare JID for its roster, uses few ids and a resource of many characters."""

    def __init__(self, me: str, password: str, stored: Any) -> None:
        super().__init__(me, password, stored, resource="Ünïcode/\U0001f4a1 x")

    def request(self, type_: str, content: str, then: Any, to: str | None = None) -> None:
        super().request(type_, content, then, self.me if ROSTER in content else to)

    def comes_from(self, answer: _Element, asked: str | None) -> bool:
        return super().comes_from(answer, None if asked == self.me else asked)

    def new_id(self) -> str:
        return next(f"a{number}" for number in range(1, 99) if f"a{number}" not in self._pending)


class EditsInSteps(ScriptedClient):
    """One edit of the user's becomes several sets, and a request comes with an entry."""

    def order_set(self, order: dict[str, Any]) -> None:
        self.edit(Contact(self.bare(order["jid"]), order["name"]))
        super().order_set(order)
        if order["jid"] not in self.contacts.items:
            self.send_subscription("subscribe", order["jid"])

    def order_regroup(self, order: dict[str, Any]) -> None:
        super().order_regroup(order)
        super().order_regroup(order)

    def order_subscribe(self, order: dict[str, Any]) -> None:
        self.edit(self.contacts.get(self.bare(order["jid"])))
        super().order_subscribe(order)

    def order_remove(self, order: dict[str, Any]) -> None:
        self.send_subscription("unsubscribe", order["jid"])
        self.send_subscription("unsubscribed", order["jid"])
        super().order_remove(order)


class AddsAnew(ScriptedClient):
    """It puts a contact into a group by removing it and adding it again."""

    def order_regroup(self, order: dict[str, Any]) -> None:
        known = self.contacts.get(order["jid"])
        self.order_remove(order)
        self.edit(known.with_groups(dict.fromkeys((*known.groups, order["group"]))))


class KeepsNothing(ScriptedClient):
    """It knows of versions and never has one."""

    def presents(self) -> str:
        return ""


class ForgetsAtTimes(ScriptedClient):
    """It presents what it has stored at every second login."""

    turn = 0

    def ask_for_roster(self) -> None:
        self.turn += 1
        ver = self.presents() if self.versioning and self.turn % 2 == 0 else None
        self.request("get", markup.element("query", xmlns=ROSTER, ver=ver), self.on_roster)


class AnswersLate(ScriptedClient):
    """It answers a push when the next stanza has come, and strangers never."""

    def connect(self) -> None:
        self.owed: list[_Element] = []
        super().connect()

    def answer_push(self, element: _Element) -> None:
        self.owed.append(element)

    def on_stanza(self, element: _Element) -> None:
        owed, self.owed = self.owed, []
        super().on_stanza(element)
        for push in owed:
            self.answer(push)

    def on_request(self, element: _Element) -> None:
        sender = element.get("from")
        if sender is None or jid.parse(sender).bare in (self.me, jid.parse(self.me).domain):
            super().on_request(element)


class ShowsItselfAgain(ScriptedClient):
    """It goes and comes at each push, without a word to its server about the roster."""

    def apply_push(self, query: _Element) -> None:
        super().apply_push(query)
        self.say("<presence type='unavailable'/>")
        self.be_available()


_CLIENTS = (
    AsksTwice,
    AsksAfterPushes,
    PresenceFirst,
    Curious,
    SpellsOtherwise,
    NamesItself,
    EditsInSteps,
    AddsAnew,
    KeepsNothing,
    ForgetsAtTimes,
    AnswersLate,
    ShowsItselfAgain,
)


@pytest.mark.parametrize("client", _CLIENTS, ids=lambda client: client.__name__)
def test_a_client_that_breaks_no_rule_is_not_told_that_it_fails(client: type[ScriptedClient]) -> None:
    """Whatever is allowed is let pass by every case and check, but for the recommendations it does not follow."""
    against = {}
    for number, case in enumerate(CASES):
        evidence = play_in_memory(case, client, orders=("report", "edit")[number % 2]).evidence()
        found = {case.id: judged(case, evidence)} | {check.id: check.judge(evidence) for check in CHECKS}
        against |= {id_: finding.words for id_, finding in found.items() if finding and finding.verdict in _BAD}
    excused = _NOT_RECOMMENDED.get(client.__name__, set())
    assert {id_: words for id_, words in against.items() if id_ not in excused} == {}


class BelievesAnybody(AsksTwice):
    """It asks twice too, and takes pushes from whoever sends them."""

    def takes_push_from(self, sender: str | None) -> bool:
        return True


def test_to_ask_again_is_no_excuse() -> None:
    """A client that has asked for its roster again and believes a stranger since then fails."""
    case = next(case for case in CASES if case.id == "rfc6121/2.1.6/spoofed-stranger")
    for orders in ("report", "edit"):
        evidence = play_in_memory(case, BelievesAnybody, orders=orders).evidence()
        assert judged(case, evidence).verdict is Verdict.FAIL


def test_what_was_told_again_is_no_ground_for_a_verdict() -> None:
    """A client that asks for its roster after a push, and believes the answer, has an inconclusive case."""
    case = next(case for case in CASES if case.id == "rfc6121/2.1.6/accepts-no-from")
    evidence = play_in_memory(case, AsksAfterPushes).evidence()
    assert judged(case, evidence).verdict is Verdict.INCONCLUSIVE
