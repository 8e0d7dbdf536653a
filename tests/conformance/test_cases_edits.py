"""The cases about edits with every way to see what a client believes, and with clients that are odd and right."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import judged
from rosterkit.conformance.cases.edits import CASES
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutants.edits import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Oracle, Verdict

_CASES = {case.id.removeprefix("rfc6121/"): case for case in CASES}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
_OPEN = (Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED)
#: Cases in which nobody orders the client to do something.
_OF_OTHERS = (
    "2.3.2/other-resources-add",
    "2.3.2/many-pushes",
    "2.4.2/others-rename",
    "2.4.2/others-clear",
    "2.4.2/push-same",
    "2.5.2/others-remove",
    "2.5.2/remove-unknown",
    "2.5.2/re-added",
)
#: Cases in which the wire alone tells.
_ON_THE_WIRE = (
    "2.3.1/adds-one-item",
    "2.3.1/adds-with-name-and-groups",
    "2.3.1/set-to-own-server",
    "2.3.1/full-jid-cut",
    "2.3.3/refusal-is-not-repeated",
    "2.4.1/rename-keeps-groups",
    "2.4.1/regroup-keeps-name",
    "2.4.1/edit-after-push",
    "2.5.1/remove-names-contact",
)


@cache
def _found(name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    case = _CASES[name]
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


# The model and the mutants


@pytest.mark.parametrize("name", _CASES)
def test_the_model_passes(name: str) -> None:
    """The scripted client is right about every edit, and the finding says how that was seen."""
    found = _found(name)
    assert found.verdict is Verdict.PASS
    assert found.oracle is (Oracle.WIRE if name in _ON_THE_WIRE else Oracle.REPORT)


@pytest.mark.parametrize("name", _CASES)
def test_an_edit_shows_what_is_believed(name: str) -> None:
    """Without a report the client's own edits tell; only an entry without name and groups does not show in them."""
    found = _found(name, orders="edit")
    assert found.verdict is (Verdict.INCONCLUSIVE if name == "2.5.2/remove-unknown" else Verdict.PASS)
    assert found.oracle in (Oracle.WIRE, Oracle.EDIT)


@pytest.mark.parametrize("name", _CASES)
def test_without_orders_only_what_others_do_can_be_judged(name: str) -> None:
    """A version tells that a new entry was taken, and of other pushes nothing."""
    found = _found(name, orders="none")
    if name not in _OF_OTHERS:
        assert found.verdict is Verdict.UNSUPPORTED
    elif name == "2.3.2/other-resources-add":
        assert (found.verdict, found.oracle) == (Verdict.PASS, Oracle.VER)
    else:
        assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_fails_a_case_and_passes_none_unseen(mutant: str) -> None:
    """Where it is wrong by a report it is wrong by its edits too, or nobody knows."""
    client = _CLIENTS[mutant]
    caught = [name for name in _CASES if _found(name, client).verdict in _WRONG]
    assert caught
    for name in caught:
        for orders in ("edit", "none"):
            assert _found(name, client, orders).verdict in (*_WRONG, *_OPEN)


@pytest.mark.parametrize("name", _CASES)
def test_each_case_fails_a_mutant(name: str) -> None:
    """A case that fails nobody proves nothing."""
    assert any(_found(name, client).verdict in _WRONG for client in _CLIENTS.values())


# Programs that answer an order in their own time


class _TellsErrors(ScriptedClient):
    """What drives it takes the server's refusal for its own."""

    def order(self, line: str) -> str:
        order, done = json.loads(line), super().order(line)
        return done if order["do"] == "roster" else json.dumps({"done": order["order"], "error": "not-acceptable"})


class _SaysNothing(ScriptedClient):
    """What drives it waits for the server before it answers, and here it waits too long."""

    def order(self, line: str) -> str:
        done = super().order(line)
        return done if json.loads(line)["do"] == "roster" else ""


@pytest.mark.parametrize("client", [_TellsErrors, _SaysNothing])
@pytest.mark.parametrize("name", [name for name in _CASES if name not in _OF_OTHERS and "full-jid" not in name])
def test_what_was_sent_counts_whatever_is_said_of_it(name: str, client: type[ScriptedClient]) -> None:
    """An order that is answered late or with the server's error was done all the same."""
    assert _found(name, client).verdict is Verdict.PASS


class _CannotEdit(ScriptedClient):
    """It tells its roster and does nothing else."""

    def order(self, line: str) -> str:
        order = json.loads(line)
        if order["do"] == "roster":
            return super().order(line)
        return json.dumps({"done": order["order"], "error": "It cannot do that."})


@pytest.mark.parametrize("name", [name for name in _CASES if name not in _OF_OTHERS])
def test_a_client_that_cannot_edit_is_not_judged_by_its_edits(name: str) -> None:
    """Nothing was sent, so the feature is not there."""
    assert _found(name, _CannotEdit).verdict is Verdict.UNSUPPORTED


class _DoesNothing(ScriptedClient):
    """It says that it is done and sends nothing."""

    def send_set(self, items: str) -> None:
        """Nothing is sent."""


def test_an_edit_that_never_comes_is_not_judged() -> None:
    """A person who has not understood the order breaks no rule."""
    assert _found("2.3.1/adds-one-item", _DoesNothing).verdict is Verdict.INCONCLUSIVE


def test_refusing_a_full_jid_is_right() -> None:
    """A client may send nothing at all, as long as it could have."""

    class _Refuses(ScriptedClient):
        def order(self, line: str) -> str:
            order = json.loads(line)
            if "/" in order.get("jid", ""):
                return json.dumps({"done": order["order"], "error": "An entry is a bare JID."})
            return super().order(line)

    found = _found("2.3.1/full-jid-cut", _Refuses)
    assert found.verdict is Verdict.PASS
    assert "no roster set" in found.words


# What a client sends


class _AddsInTwoSteps(ScriptedClient):
    """First the name, then the groups."""

    def order_set(self, order: dict[str, Any]) -> None:
        self.edit(Contact(self.bare(order["jid"]), order["name"]))
        super().order_set(order)


@pytest.mark.parametrize("name", [name for name in _CASES if name.startswith("2.3.")])
def test_an_addition_may_take_two_sets(name: str) -> None:
    """What counts is what the last of them says."""
    assert _found(name, _AddsInTwoSteps).verdict is Verdict.PASS


class _WritesItself(ScriptedClient):
    def send_set(self, items: str) -> None:
        self.request("set", f"<query xmlns='jabber:iq:roster'>{items}</query>", self.on_edited, self.me)


def test_the_bare_jid_is_the_own_server() -> None:
    """A client may write out whose roster it edits."""
    assert _found("2.3.1/set-to-own-server", _WritesItself).verdict is Verdict.PASS


def test_what_is_wrong_with_a_set_is_said() -> None:
    """The words name what was lost."""
    words = _found("2.4.1/regroup-keeps-name", _CLIENTS["moves-between-groups"]).words
    assert "instead of the groups" in words
    assert "no name instead of" in _found("2.4.1/regroup-keeps-name", _CLIENTS["regroups-without-name"]).words


# What a client believes


class _VersionsResults(Contacts):
    """The version of a push is not kept, which costs a longer answer at the next login and nothing else."""

    def apply(self, query: _Element) -> None:
        query.attrib.pop("ver", None)
        super().apply(query)


def test_a_version_that_was_not_kept_is_no_push_that_was_not_taken() -> None:
    """Another version than that of the push does not tell that the push was lost."""

    class _Keeps(ScriptedClient):
        contacts_type = _VersionsResults

    assert _found("2.3.2/other-resources-add", _Keeps, "none").verdict is Verdict.INCONCLUSIVE


class _NamesWhomItDoesNotKnow(ScriptedClient):
    """A contact that it is made to edit and does not have gets its address for a name."""

    def order_regroup(self, order: dict[str, Any]) -> None:
        known = self.contacts.get(order["jid"])
        self.edit(Contact(known.jid, known.name or known.jid, (*known.groups, order["group"])))


@pytest.mark.parametrize(
    "name", ["2.3.3/add-refused", "2.4.2/others-clear", "2.5.2/others-remove", "2.5.2/remove-unknown"]
)
def test_a_name_of_the_clients_own_is_no_belief(name: str) -> None:
    """An edit of somebody whom the client does not know tells nothing of what it believed."""
    assert _found(name, _NamesWhomItDoesNotKnow, "edit").verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)


def test_a_name_that_was_cut_was_not_refused() -> None:
    """Where the server has nothing to refuse, nobody knows what the client does then."""

    class _CutsNames(ScriptedClient):
        def edit(self, contact: Contact) -> None:
            super().edit(contact.with_name((contact.name or "")[:100]))

    for name in ("2.3.3/add-refused", "2.3.3/refusal-is-not-repeated", "2.4.2/update-refused"):
        assert _found(name, _CutsNames).verdict is Verdict.INCONCLUSIVE


def test_a_removal_that_was_sent_again_and_taken_is_not_held_against_the_client() -> None:
    """The contact is gone because the server has removed it."""
    assert _found("2.5.3/remove-refused", _CLIENTS["sends-again"]).verdict is Verdict.INCONCLUSIVE


def test_no_name_and_an_empty_one_are_the_same() -> None:
    """A client may tell an empty name, or none, for a contact that was cleared."""

    class _TellsEmptyNames(ScriptedClient):
        def order(self, line: str) -> str:
            said = json.loads(super().order(line))
            for entry in said.get("roster", ()):
                entry["name"] = entry["name"] or ""
            return json.dumps(said)

    assert _found("2.4.2/others-clear", _TellsEmptyNames).verdict is Verdict.PASS


def test_a_cleared_contact_that_is_gone_was_not_cleared() -> None:
    """A contact without a name is still a contact."""

    class _WantsNames(Contacts):
        def apply_item(self, item: _Element) -> None:
            super().apply_item(item)
            if item.get("name") is None:
                self.forget(item.get("jid", ""))

    class _DropsTheNameless(ScriptedClient):
        contacts_type = _WantsNames

    assert _found("2.4.2/others-clear", _DropsTheNameless).verdict is Verdict.FAIL


def test_an_error_is_no_answer_to_a_right_push() -> None:
    """A push that says nothing new is a push like any other."""

    class _RefusesThePush(ScriptedClient):
        def answer_push(self, element: _Element) -> None:
            self.refuse(element)

    found = _found("2.4.2/push-same", _RefusesThePush)
    assert found.verdict is Verdict.NON_STRICT
    assert "service-unavailable" in found.words
