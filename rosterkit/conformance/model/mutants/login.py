"""Mutants that ask for the roster wrongly, or lose it between the request and the answer (RFC 6121 §2.2).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contacts
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import jid, markup
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["MUTANTS"]

_QUERY = f"{{{ROSTER}}}query"


# How it asks


class _AsksWithAnItem(ScriptedClient):
    def ask_for_roster(self) -> None:
        query = markup.element("query", markup.element("item", jid=self.me), xmlns=ROSTER)
        self.request("get", query, self.on_roster)


class _AsksTheDomain(ScriptedClient):
    def ask_for_roster(self) -> None:
        domain = jid.parse(self.me).domain
        self.request("get", markup.element("query", xmlns=ROSTER), self.on_roster, domain)


class _NeverAsks(ScriptedClient):
    def on_bound(self) -> None:
        self.be_available()


class _AsksOnce(ScriptedClient):
    _asked = False

    def on_bound(self) -> None:
        if self._asked:
            self.be_available()
        else:
            super().on_bound()
        self._asked = True


class _ShowsItselfFirst(ScriptedClient):
    def on_bound(self) -> None:
        self.be_available()
        self.ask_for_roster()

    def on_roster(self, answer: _Element) -> None:
        if answer.get("type") == "result":
            self.on_roster_result(answer.find(_QUERY))


# What it makes of the answer


class _GivesUp(ScriptedClient):
    """It waits for three stanzas and no more."""

    _waited = 0

    def on_stanza(self, element: _Element) -> None:
        self._waited += 1
        super().on_stanza(element)

    def ask_for_roster(self) -> None:
        self._waited = 0
        super().ask_for_roster()

    def on_roster_result(self, query: _Element | None) -> None:
        if self._waited <= 3:
            super().on_roster_result(query)


class _BeginsWithNobodyThere(Contacts):
    def replace(self, query: _Element) -> None:
        super().replace(query)
        for contact in self.items:
            self.unavailable(contact)


class _LosesEarlyPresence(ScriptedClient):
    contacts_type = _BeginsWithNobodyThere


class _TakesTheFirstQuery(ScriptedClient):
    """Whatever comes first is the roster, and what comes second is the first again."""

    _has_it = False

    def ask_for_roster(self) -> None:
        self._has_it = False
        super().ask_for_roster()

    def on_roster_result(self, query: _Element | None) -> None:
        if not self._has_it:
            super().on_roster_result(query)
        self._has_it = True

    def apply_push(self, query: _Element) -> None:
        if self._has_it:
            super().apply_push(query)
        else:
            self.on_roster_result(query)


class _WaitsForEver(ScriptedClient):
    _refused = False

    def on_roster(self, answer: _Element) -> None:
        self._refused = answer.get("type") == "error"
        super().on_roster(answer)

    def on_request(self, element: _Element) -> None:
        if not self._refused:
            super().on_request(element)


class _WantsASender(ScriptedClient):
    def on_roster(self, answer: _Element) -> None:
        if answer.get("from") is not None:
            super().on_roster(answer)


class _WantsNoSender(ScriptedClient):
    def on_roster(self, answer: _Element) -> None:
        if answer.get("from") is None:
            super().on_roster(answer)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("asks-with-an-item", "Its request for the roster holds an item.", _AsksWithAnItem),
    Mutant("asks-the-domain", "It asks the server's domain for its roster.", _AsksTheDomain),
    Mutant("never-asks", "It never asks for the roster.", _NeverAsks),
    Mutant("asks-once", "It asks for the roster on its first stream only.", _AsksOnce),
    Mutant("shows-itself-first", "It sends presence, and asks for the roster after it.", _ShowsItselfFirst),
    Mutant("gives-up-on-a-slow-roster", "It takes no roster after three other stanzas.", _GivesUp),
    Mutant("loses-early-presence", "The roster makes everybody unavailable for it.", _LosesEarlyPresence),
    Mutant("takes-the-first-query", "It takes an early push for the roster.", _TakesTheFirstQuery),
    Mutant("waits-for-ever", "It answers nothing any more where the roster is refused.", _WaitsForEver),
    Mutant("results-with-a-sender-only", "It takes no roster result without from.", _WantsASender),
    Mutant("results-without-a-sender-only", "It takes no roster result that has a from.", _WantsNoSender),
)
