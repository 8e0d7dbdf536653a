"""The cases about senders of pushes with every way to see what a client believes, and with clients that are odd."""

from __future__ import annotations

from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.cases import senders
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutants.senders import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Oracle, Verdict

_CASES = {case.id.removeprefix("rfc6121/2.1.6/"): case for case in senders.CASES}
_SPOOFS = [name for name in _CASES if name.startswith("spoofed-") and name != "spoofed-acknowledged"]
_ACCEPTED = ["accepts-no-from", "accepts-bare-from"]
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
_ORACLES = {"report": Oracle.REPORT, "edit": Oracle.EDIT, "none": Oracle.VER}

#: Which case is there for which mutant.
_CATCHES = {
    "forgets-who-no-from-is": "accepts-no-from",
    "takes-no-from-only": "accepts-bare-from",
    "takes-pushes-from-strangers": "spoofed-stranger",
    "takes-pushes-from-contacts": "spoofed-contact",
    "takes-pushes-from-neighbours": "spoofed-neighbour",
    "takes-pushes-from-its-domain": "spoofed-domain",
    "takes-pushes-from-itself": "spoofed-own-full-jid",
    "takes-pushes-from-other-resources": "spoofed-other-resource",
    "compares-beginnings-of-senders": "spoofed-lookalike",
    "checks-additions-only": "spoofed-remove",
    "acknowledges-every-push": "spoofed-acknowledged",
}


def _found(name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    case: Case = _CASES[name]
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


@pytest.mark.parametrize("orders", _ORACLES)
@pytest.mark.parametrize("name", _CASES)
def test_the_model_passes_by_every_oracle(name: str, orders: str) -> None:
    """The scripted client is right about senders, and each of the oracles can tell."""
    found = _found(name, orders=orders)
    assert found.verdict is Verdict.PASS
    assert found.oracle is (Oracle.WIRE if name == "spoofed-acknowledged" else _ORACLES[orders])


@pytest.mark.parametrize("orders", _ORACLES)
@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_is_seen_by_every_oracle(mutant: str, orders: str) -> None:
    """A mutant fails its case; by versions alone a push that was not taken cannot be told from one without effect."""
    found = _found(_CATCHES[mutant], _CLIENTS[mutant], orders)
    if orders == "none" and _CATCHES[mutant] in _ACCEPTED:
        assert found.verdict is Verdict.INCONCLUSIVE
    else:
        assert found.verdict is Verdict.FAIL


class _TakesEverything(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return True


@pytest.mark.parametrize("orders", _ORACLES)
@pytest.mark.parametrize("name", [*_SPOOFS, "spoofed-acknowledged"])
def test_who_looks_at_no_sender_fails_everywhere(name: str, orders: str) -> None:
    """The commonest mistake of all fails every case about lies."""
    assert _found(name, _TakesEverything, orders).verdict is Verdict.FAIL


class _Silent(ScriptedClient):
    """It meets a lie with silence, which is as good as an error."""

    def on_spoofed_push(self, element: _Element) -> None:
        pass


@pytest.mark.parametrize("name", [*_SPOOFS, "spoofed-acknowledged"])
def test_silence_is_right(name: str) -> None:
    """Who says nothing to a liar tells nobody that somebody is there."""
    found = _found(name, _Silent)
    assert found.verdict is Verdict.PASS
    assert "silence" in found.words


class _NeverAnswers(ScriptedClient):
    def _reply(self, request: _Element, type_: str, content: str) -> None:
        pass


def test_silence_proves_nothing_where_nothing_is_ever_answered() -> None:
    """Without the answer to a later ping nobody knows whether an answer is still to come."""
    assert _found("spoofed-acknowledged", _NeverAnswers).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", [*_SPOOFS, *_ACCEPTED])
def test_who_answers_nothing_is_judged_by_what_it_believes(name: str) -> None:
    """A push that is not answered may have been taken all the same."""
    assert _found(name, _NeverAnswers).verdict is Verdict.PASS


class _AcknowledgesAndDisbelieves(ScriptedClient):
    def on_spoofed_push(self, element: _Element) -> None:
        self.answer_push(element)


@pytest.mark.parametrize("name", _SPOOFS)
def test_an_answer_alone_is_no_belief(name: str) -> None:
    """A result to a lie is one mistake, to believe it another; the words tell of the result all the same."""
    found = _found(name, _AcknowledgesAndDisbelieves)
    assert found.verdict is Verdict.PASS
    assert "with a result" in found.words


class _KeepsNoVersion(ScriptedClient):
    """It asks with the version of the last result only, whatever was pushed since."""

    class contacts_type(Contacts):
        def apply(self, query: _Element) -> None:
            query.attrib.pop("ver", None)
            super().apply(query)


class _KeepsNoVersionAndBelievesAll(_KeepsNoVersion, _TakesEverything):
    pass


@pytest.mark.parametrize("client", [_KeepsNoVersion, _KeepsNoVersionAndBelievesAll])
@pytest.mark.parametrize("name", [*_SPOOFS, *_ACCEPTED])
def test_a_version_that_no_push_changes_tells_nothing(name: str, client: type[ScriptedClient]) -> None:
    """Only who presents the version of a true push can be believed not to have taken the lie after it."""
    assert _found(name, client, "none").verdict is Verdict.INCONCLUSIVE


class _NamesContactsItself(ScriptedClient):
    """Made to edit somebody it does not know, it makes up a name and a group."""

    def order_regroup(self, order: dict[str, Any]) -> None:
        known = self.contacts.items.get(order["jid"]) or Contact(order["jid"], "Made Up", ("General",))
        self.edit(known.with_groups((*known.groups, order["group"])))


@pytest.mark.parametrize("name", [name for name in _SPOOFS if name != "spoofed-remove"])
def test_a_made_up_name_is_no_belief(name: str) -> None:
    """What a client makes up of its own has not come from a liar."""
    assert _found(name, _NamesContactsItself, "edit").verdict is Verdict.PASS


class _TellsJidsOnly(ScriptedClient):
    def order(self, line: str) -> str:
        answer = super().order(line)
        if '"roster"' not in answer:
            return answer
        told = [f'{{"jid": "{jid}"}}' for jid in self.contacts.items]
        return f'{answer.partition(", ")[0]}, "roster": [{", ".join(told)}]}}'


@pytest.mark.parametrize("name", [*_SPOOFS, *_ACCEPTED])
def test_a_list_of_jids_is_enough(name: str) -> None:
    """Who is in the roster tells whether a push was believed; names and groups are not needed for it."""
    assert _found(name, _TellsJidsOnly).verdict is Verdict.PASS


class _TellsJidsAndTakesEverything(_TellsJidsOnly, _TakesEverything):
    pass


@pytest.mark.parametrize("name", _SPOOFS)
def test_a_list_of_jids_shows_a_lie_too(name: str) -> None:
    """An entry that came from a liar is a mistake whatever name it has."""
    assert _found(name, _TellsJidsAndTakesEverything).verdict is Verdict.FAIL


class _Hangs(ScriptedClient):
    hung = False

    def on_spoofed_push(self, element: _Element) -> None:
        self.hung = True

    def say(self, xml: str) -> None:
        if not self.hung:
            super().say(xml)


@pytest.mark.parametrize("name", ["spoofed-stranger", "spoofed-acknowledged"])
def test_who_hangs_has_not_withstood(name: str) -> None:
    """A client that a lie has stopped is not taken for one that keeps silent."""
    assert _found(name, _Hangs).verdict is Verdict.FAIL
