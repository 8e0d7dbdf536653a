"""The cases of RFC 6121 §2.1 with every way to see what a client believes, and with other right clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.cases import syntax
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutants.syntax import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict
from rosterkit.core.roster import NAMESPACE as ROSTER

_CASES = {case.id.removeprefix("rfc6121/"): case for case in syntax.CASES}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_ITEM, _GROUP = f"{{{ROSTER}}}item", f"{{{ROSTER}}}group"
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)

#: Which case is there for which mutant.
_CATCHES = {
    "wants-to-know-everything": "2.1.2/unknown-attributes",
    "looks-for-the-default-namespace": "2.1.2/prefixed",
    "dies-of-two-items": "2.1.6/two-items",
    "takes-no-item-for-no-roster": "2.1.6/no-item",
    "knows-one-truth": "2.1.2.1/approved-as-one",
    "takes-any-ask-for-a-request": "2.1.2.2/unknown-ask",
    "keeps-subscription-where-none-came": "2.1.2.5/missing-subscription",
    "shows-any-subscription": "2.1.2.5/unknown-in-push",
    "compares-jids-as-texts": "2.1.2.3/jid-case",
    "knows-plain-jids-only": "2.1.2.3/nasty-jid",
    "dies-of-a-resource": "2.1.2.3/full-jid-item",
    "dies-without-a-jid": "2.1.2.3/missing-jid",
    "keeps-what-is-no-jid": "2.1.2.3/malformed-jid",
    "dies-of-itself": "2.1.2.3/own-jid",
    "reads-names-as-markup": "2.1.2.4/hostile-name",
    "sends-names-as-markup": "2.1.2.4/hostile-name",
    "dies-of-an-empty-name": "2.1.2.4/empty-name",
    "passes-over-long-names": "2.1.2.4/long-name",
    "keeps-lists-of-groups": "2.1.2.6/duplicate-groups",
    "keeps-nameless-groups": "2.1.2.6/empty-group",
    "splits-groups": "2.1.2.6/hostile-groups",
    "stops-at-unknown-subscriptions": "2.1.2.5/unknown-in-result",
    "shows-removed-contacts": "2.1.2.5/remove-in-result",
    "takes-an-empty-roster-for-none": "2.1.3/empty-roster",
    "stops-at-broken-items": "2.1.4/broken-item-in-result",
    "reads-a-thousand": "2.1.4/long-roster",
}


def _found(case: Case, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


# The model and the mutants


@pytest.mark.parametrize("name", _CASES)
def test_the_model_passes(name: str) -> None:
    """The scripted client passes what is asked for, and is described where nothing is."""
    wanted = Verdict.INFO if _CASES[name].level is Level.MAY else Verdict.PASS
    assert _found(_CASES[name]).verdict is wanted


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("name", _CASES)
def test_a_right_client_that_cannot_be_seen_is_not_blamed(name: str, orders: str) -> None:
    """Where less can be seen the scripted client is not found wrong, and passes by what was seen only."""
    found = _found(_CASES[name], orders=orders)
    assert found.verdict not in _WRONG
    if found.verdict is Verdict.PASS:
        assert found.oracle is (Oracle.EDIT if orders == "edit" else Oracle.VER)


@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_is_caught_by_its_case(mutant: str) -> None:
    """What a mutant does wrong is what its case is about."""
    assert _found(_CASES[_CATCHES[mutant]], _CLIENTS[mutant]).verdict in _WRONG


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("mutant", _CLIENTS)
def test_a_wrong_client_that_cannot_be_seen_is_not_praised(mutant: str, orders: str) -> None:
    """No mutant passes its case because less can be seen."""
    assert _found(_CASES[_CATCHES[mutant]], _CLIENTS[mutant], orders).verdict is not Verdict.PASS


@pytest.mark.parametrize(
    "name", [name for name in _CASES if name.startswith(("2.1.2.4/", "2.1.2.6/", "2.1.4/", "2.1.2/", "2.1.3/"))]
)
def test_names_and_groups_are_seen_in_edits(name: str) -> None:
    """What a set shows is judged without any report."""
    assert _found(_CASES[name], orders="edit").verdict in (Verdict.PASS, Verdict.INFO)


# Clients that have died


class _Hangs(ScriptedClient):
    """It is still connected after a push, and does nothing any more."""

    hung = False

    def apply_push(self, query: _Element) -> None:
        self.hung = True

    def say(self, xml: str) -> None:
        if not self.hung:
            super().say(xml)


class _HangsOnResults(_Hangs):
    """The same, after a roster result that is not its own."""

    def on_roster_result(self, query: _Element | None) -> None:
        self.hung = True


class _NeverAnswers(ScriptedClient):
    """It answers no request of anybody, whatever came before."""

    def _reply(self, request: _Element, type_: str, content: str) -> None:
        pass


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("name", ["2.1.6/two-items", "2.1.2.3/own-jid", "2.1.2.4/empty-name", "2.1.2/prefixed"])
def test_a_client_that_hangs_fails(name: str, orders: str) -> None:
    """Who has answered pings before the push and none after it has not survived it."""
    found = _found(_CASES[name], _Hangs, orders)
    assert found.verdict is (Verdict.FAIL if name == "2.1.2/prefixed" else Verdict.NON_STRICT)
    assert "answers nothing" in found.words


@pytest.mark.parametrize("orders", ["report", "edit", "none"])
@pytest.mark.parametrize("name", _CASES)
def test_a_client_that_answers_no_requests_is_not_blamed_here(name: str, orders: str) -> None:
    """A client that never answers a request breaks another rule, and is not taken for dead."""
    assert _found(_CASES[name], _NeverAnswers, orders).verdict not in _WRONG


# Clients that are right in another way


def _with(contacts: type[Contacts]) -> type[ScriptedClient]:
    return type(contacts.__name__, (ScriptedClient,), {"contacts_type": contacts})


class _PassesOverUnknownSubscriptions(Contacts):
    def readable(self, query: _Element) -> Iterator[Contact]:
        for item in query.findall(_ITEM):
            if item.get("subscription") not in (None, "none", "to", "from", "both"):
                query.remove(item)
        yield from super().readable(query)

    def apply_item(self, item: _Element) -> None:
        if item.get("subscription") in (None, "none", "to", "from", "both", "remove"):
            super().apply_item(item)


class _TakesEveryItem(Contacts):
    def apply(self, query: _Element) -> None:
        for item in query.findall(_ITEM):
            self.apply_item(item)


class _TakesTheFirstItem(Contacts):
    def apply(self, query: _Element) -> None:
        for item in query.findall(_ITEM)[:1]:
            self.apply_item(item)


class _TakesTheLastItem(Contacts):
    def apply(self, query: _Element) -> None:
        for item in query.findall(_ITEM)[-1:]:
            self.apply_item(item)


class _CutsResources(Contacts):
    def address(self, item: _Element) -> str | None:
        return (super().address(item) or "").partition("/")[0] or None


class _PassesOverOddItems(Contacts):
    def address(self, item: _Element) -> str | None:
        address = super().address(item) or ""
        return None if "/" in address or address in ("", self.me) else address


class _KeepsOldNames(Contacts):
    def apply_item(self, item: _Element) -> None:
        known = self.items.get(item.get("jid", ""))
        if not item.get("name") and known is not None:
            item.set("name", known.name or "")
        super().apply_item(item)


class _CutsNames(Contacts):
    def read_name(self, value: str | None) -> str | None:
        return value[:1000] if value is not None else None


class _CleansNames(Contacts):
    def read_name(self, value: str | None) -> str | None:
        return " ".join("".join(one for one in value if one != "\u202e").split()) if value is not None else None


class _KeepsNamelessGroups(Contacts):
    def read_groups(self, item: _Element) -> tuple[str, ...]:
        return tuple(dict.fromkeys(group.text or "" for group in item.iterfind(_GROUP)))


class _KeepsNamelessGroupsToItself(ScriptedClient):
    contacts_type = _KeepsNamelessGroups

    def order(self, line: str) -> str:
        """It only tells."""
        order = json.loads(line)
        if order["do"] == "roster":
            return super().order(line)
        return json.dumps({"done": order["order"], "error": "It edits nothing."})


class _Tells(ScriptedClient):
    """It tells its roster in another way."""

    def change(self, told: dict[str, Any]) -> None:
        raise NotImplementedError

    def order(self, line: str) -> str:
        answer = json.loads(super().order(line))
        for told in answer.get("roster", ()):
            self.change(told)
        return json.dumps(answer)


class _TellsNoApproval(_Tells):
    def change(self, told: dict[str, Any]) -> None:
        del told["approved"]


class _TellsNoNone(_Tells):
    def change(self, told: dict[str, Any]) -> None:
        if told["subscription"] == "none":
            del told["subscription"]


class _TellsNoSubscription(_Tells):
    def change(self, told: dict[str, Any]) -> None:
        del told["subscription"]


class _TellsUpperCase(_Tells):
    def change(self, told: dict[str, Any]) -> None:
        told["jid"] = told["jid"].upper()


class _TellsItself(_Tells):
    """The roster that it tells has an entry of its own for the account, as some libraries have."""

    def order(self, line: str) -> str:
        answer = json.loads(ScriptedClient.order(self, line))
        if "roster" in answer:
            answer["roster"].append({"jid": self.me, "name": "", "groups": [], "subscription": "none"})
        return json.dumps(answer)


class _HandsAskOn(ScriptedClient):
    asks: str | None = None

    def apply_push(self, query: _Element) -> None:
        self.asks = query[0].get("ask")
        super().apply_push(query)

    def order(self, line: str) -> str:
        answer = json.loads(super().order(line))
        for told in answer.get("roster", ()):
            told["ask"] = self.asks
        return json.dumps(answer)


@pytest.mark.parametrize(
    ("name", "client", "verdict", "words"),
    [
        ("2.1.2.5/unknown-in-result", _with(_PassesOverUnknownSubscriptions), Verdict.PASS, "passes over the entry"),
        ("2.1.2.5/remove-in-result", _with(_PassesOverUnknownSubscriptions), Verdict.PASS, "passes over the entry"),
        ("2.1.2.5/unknown-in-push", _with(_PassesOverUnknownSubscriptions), Verdict.PASS, "'both'"),
        ("2.1.6/two-items", _with(_TakesEveryItem), Verdict.INFO, "both items"),
        ("2.1.6/two-items", _with(_TakesTheFirstItem), Verdict.INFO, "the first item only"),
        ("2.1.6/two-items", _with(_TakesTheLastItem), Verdict.INFO, "the last item only"),
        ("2.1.2.3/full-jid-item", _with(_CutsResources), Verdict.INFO, "about the bare JID"),
        ("2.1.2.3/full-jid-item", _with(_PassesOverOddItems), Verdict.INFO, "passes over"),
        ("2.1.2.3/own-jid", _with(_PassesOverOddItems), Verdict.INFO, "passes over"),
        ("2.1.2.3/own-jid", _TellsItself, Verdict.INFO, "passes over"),
        ("2.1.2.3/missing-jid", _TellsItself, Verdict.PASS, "as before"),
        ("2.1.2.4/empty-name", _with(_KeepsOldNames), Verdict.INFO, "with the name"),
        ("2.1.2.4/long-name", _with(_CutsNames), Verdict.PASS, "1000 characters"),
        ("2.1.2.4/hostile-name", _with(_CleansNames), Verdict.INFO, "cannot be seen"),
        ("2.1.2.6/empty-group", _KeepsNamelessGroupsToItself, Verdict.INFO, "tells of a group"),
        ("2.1.2.1/approved-as-one", _TellsNoApproval, Verdict.UNSUPPORTED, "no approval"),
        ("2.1.2.5/missing-subscription", _TellsNoNone, Verdict.PASS, "none"),
        ("2.1.2.5/missing-subscription", _TellsNoSubscription, Verdict.INCONCLUSIVE, "cannot be seen"),
        ("2.1.2.5/unknown-in-push", _TellsNoSubscription, Verdict.INCONCLUSIVE, "cannot be seen"),
        ("2.1.2.5/unknown-in-result", _TellsNoSubscription, Verdict.INCONCLUSIVE, "cannot be seen"),
        ("2.1.2.3/jid-case", _TellsUpperCase, Verdict.PASS, "changed the entry"),
        ("2.1.2.2/unknown-ask", _HandsAskOn, Verdict.INFO, "as it came"),
    ],
)
def test_other_ways_to_be_right(name: str, client: type[ScriptedClient], verdict: Verdict, words: str) -> None:
    """What the RFC leaves open is no mistake, and the words say how the client does it."""
    found = _found(_CASES[name], client)
    assert found.verdict is verdict
    assert words in found.words


# Mistakes that no mutant makes


class _Forgets(Contacts):
    """A push of an entry that it has lets it forget that entry."""

    def apply_item(self, item: _Element) -> None:
        self.forget(item.get("jid", "").lower())


class _TakesUnnamedItems(Contacts):
    def address(self, item: _Element) -> str | None:
        return item.get("jid", "")


class _Renames(Contacts):
    """Whatever comes, somebody else gets another name by it."""

    def apply(self, query: _Element) -> None:
        first, *others = self.items.values()
        del others
        self.items = {**self.items, first.jid: replace(first, name="Somebody Else")}


@pytest.mark.parametrize(
    ("name", "client", "verdict", "words"),
    [
        ("2.1.2.5/unknown-in-push", _with(_Forgets), Verdict.FAIL, "does not know"),
        ("2.1.2.5/missing-subscription", _with(_Forgets), Verdict.NON_STRICT, "does not have the entry"),
        ("2.1.2.2/unknown-ask", _with(_Forgets), Verdict.NON_STRICT, "passed over"),
        ("2.1.2.3/jid-case", _with(_Forgets), Verdict.NON_STRICT, "not as it was pushed"),
        ("2.1.2.6/duplicate-groups", _with(_Forgets), Verdict.NON_STRICT, "passed over"),
        ("2.1.2.6/empty-group", _with(_Forgets), Verdict.NON_STRICT, "passed over"),
        ("2.1.2.6/hostile-groups", _with(_Forgets), Verdict.NON_STRICT, "passed over"),
        ("2.1.2.4/hostile-name", _with(_Forgets), Verdict.NON_STRICT, "passed over"),
        ("2.1.2.3/missing-jid", _with(_TakesUnnamedItems), Verdict.NON_STRICT, "an entry for ''"),
        ("2.1.6/no-item", _with(_Renames), Verdict.NON_STRICT, "another name"),
    ],
)
def test_other_ways_to_be_wrong(name: str, client: type[ScriptedClient], verdict: Verdict, words: str) -> None:
    """What is lost or made up by an odd item is seen, and the words say what."""
    found = _found(_CASES[name], client)
    assert found.verdict is verdict
    assert words in found.words
