"""The cases about login with every way to see what a client believes, and with clients that are odd and right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import judged
from rosterkit.conformance.cases.login import CASES
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants.login import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Oracle, Verdict
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE as ROSTER

_CASES = {case.id.removeprefix("rfc6121/"): case for case in CASES}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
_RESULTS = (
    "2.2/slow-roster",
    "2.2/push-before-result",
    "2.2/roster-result-without-from",
    "2.2/roster-result-from-own-bare-jid",
)

#: Which case is there for which mutant, and whether every oracle can tell.
_CATCHES = {
    "asks-with-an-item": ("2.1.3/get-without-items", True),
    "asks-the-domain": ("2.1.3/get-to-own-account", True),
    "never-asks": ("2.2/asks-for-roster", True),
    "asks-once": ("2.2/asks-again", True),
    "shows-itself-first": ("2.2/roster-before-presence", True),
    "gives-up-on-a-slow-roster": ("2.2/slow-roster", False),
    "loses-early-presence": ("2.2/presence-before-roster", False),
    "takes-the-first-query": ("2.2/push-before-result", False),
    "waits-for-ever": ("2.2/roster-refused", True),
    "results-with-a-sender-only": ("2.2/roster-result-without-from", False),
    "results-without-a-sender-only": ("2.2/roster-result-from-own-bare-jid", False),
}


@cache
def _found(name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    case = _CASES[name]
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


@pytest.mark.parametrize("orders", ["report", "edit", "none"])
@pytest.mark.parametrize("name", _CASES)
def test_the_model_is_right_by_whatever_can_be_seen(name: str, orders: str) -> None:
    """Who is there is seen in a report only; everything else by an edit or a version too."""
    wanted = Verdict.INFO if name == "2.2/roster-refused" else Verdict.PASS
    if name == "2.2/presence-before-roster" and orders != "report":
        wanted = Verdict.INCONCLUSIVE
    assert _found(name, orders=orders).verdict is wanted


@pytest.mark.parametrize(
    ("orders", "oracle"), [("report", Oracle.REPORT), ("edit", Oracle.EDIT), ("none", Oracle.VER)]
)
@pytest.mark.parametrize("name", _RESULTS)
def test_a_finding_says_on_what_it_rests(name: str, orders: str, oracle: Oracle) -> None:
    """A roster that was taken shows in a report, in an edit, and in the version of the next login."""
    assert _found(name, orders=orders).oracle is oracle


@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_fails_its_case(mutant: str) -> None:
    """What a mutant breaks is what its case is about."""
    name, _ = _CATCHES[mutant]
    assert _found(name, _CLIENTS[mutant]).verdict in _WRONG


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("mutant", _CLIENTS)
def test_no_mutant_passes_unseen(mutant: str, orders: str) -> None:
    """Where an oracle cannot tell the verdict is open, and never a pass."""
    name, always = _CATCHES[mutant]
    verdict = _found(name, _CLIENTS[mutant], orders).verdict
    assert verdict in _WRONG if always else verdict in (*_WRONG, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize("name", [name for name in _CASES if name != "2.2/roster-before-presence"])
def test_the_order_of_roster_and_presence_matters_to_one_case(name: str) -> None:
    """A client that is available before it has its roster is right in everything else."""
    assert _found(name, _CLIENTS["shows-itself-first"]).verdict is _found(name).verdict


def test_a_request_without_an_id_is_none() -> None:
    """The id is part of the request."""

    class _AsksWithoutId(ScriptedClient):
        def ask_for_roster(self) -> None:
            self.say(markup.element("iq", markup.element("query", xmlns=ROSTER), type="get"))

    assert _found("2.1.3/get-without-items", _AsksWithoutId).verdict is Verdict.FAIL


def test_the_bare_jid_is_the_account() -> None:
    """A client may write out to whom it speaks, and then an answer from there is the one that it waits for."""

    class _AsksItself(ScriptedClient):
        def ask_for_roster(self) -> None:
            query = markup.element("query", xmlns=ROSTER, ver=self.presents())
            self.request("get", query, self.on_roster, self.me)

        def comes_from(self, answer: _Element, asked: str | None) -> bool:
            return answer.get("from") in (None, self.me)

    assert _found("2.1.3/get-to-own-account", _AsksItself).verdict is Verdict.PASS
    assert _found("2.2/roster-result-from-own-bare-jid", _AsksItself).verdict is Verdict.PASS


@pytest.mark.parametrize("name", ["2.2/roster-result-without-from", "2.2/roster-result-from-own-bare-jid"])
def test_who_has_asked_somebody_else_need_not_take_the_accounts_answer(name: str) -> None:
    """An answer counts from whom was asked, so such a client is not judged by it."""
    assert _found(name, _CLIENTS["asks-the-domain"]).verdict is Verdict.INCONCLUSIVE


def test_presence_is_not_judged_where_it_is_not_told() -> None:
    """A roster without a word about who is there says nothing about it."""

    class _TellsNoPresence(ScriptedClient):
        def _told(self) -> Iterator[dict[str, Any]]:
            return ({key: entry[key] for key in entry if key != "available"} for entry in super()._told())

    assert _found("2.2/presence-before-roster", _TellsNoPresence).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("orders", ["report", "edit", "none"])
def test_a_client_without_a_roster_may_leave(orders: str) -> None:
    """Nothing forbids to end the session, in good order or not."""

    class _Leaves(ScriptedClient):
        def on_roster(self, answer: _Element) -> None:
            if answer.get("type") == "error":
                self.close()
            else:
                super().on_roster(answer)

    class _Crashes(ScriptedClient):
        def on_roster(self, answer: _Element) -> None:
            if answer.get("type") == "error":
                raise ValueError("There is no roster in the answer.")
            super().on_roster(answer)

    for client in (_Leaves, _Crashes):
        found = _found("2.2/roster-refused", client, orders)
        assert found.verdict is Verdict.INFO
        assert "ends its session" in found.words


def test_a_client_may_ask_again_for_a_refused_roster() -> None:
    """The second request is the server's, and the push that comes later counts."""

    class _AsksAgain(ScriptedClient):
        def on_roster(self, answer: _Element) -> None:
            if answer.get("type") == "error":
                self.ask_for_roster()
            else:
                super().on_roster(answer)

    found = _found("2.2/roster-refused", _AsksAgain)
    assert found.verdict is Verdict.INFO
    assert "takes a later push" in found.words


def test_a_client_that_ignores_pushes_without_a_roster_is_told_so() -> None:
    """The RFC leaves it open, and the finding has it in words."""

    class _WantsARoster(ScriptedClient):
        def apply_push(self, query: _Element) -> None:
            if self.contacts.items:
                super().apply_push(query)

    found = _found("2.2/roster-refused", _WantsARoster)
    assert found.verdict is Verdict.INFO
    assert "takes no later push" in found.words
