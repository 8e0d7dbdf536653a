"""Roster versioning: what the cases say of clients that differ in what a client may do, and by each oracle."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.cases import (
    versioning,
    versioning_interim,
    versioning_pushes,
    versioning_results,
)
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contacts
from rosterkit.conformance.model.mutants.versioning import MUTANTS
from rosterkit.conformance.runner.memory import MakeClient, play_in_memory
from rosterkit.conformance.verdicts import Finding, Oracle, Verdict

CASES: Sequence[Case] = (
    *versioning.CASES,
    *versioning_pushes.CASES,
    *versioning_results.CASES,
    *versioning_interim.CASES,
)
BY_NAME = {case.id.rpartition("/")[2]: case for case in CASES}
CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}

#: What each mutant is there for.
MEANT = {
    "makes-first-version-up": "first-ver",
    "presents-version-unasked": "not-offered",
    "shortens-versions": "ver-as-received",
    "reads-versions-as-numbers": "ver-of-digits",
    "keeps-highest-version": "not-ordered",
    "shares-roster-between-accounts": "another-account",
    "forgets-versions-of-pushes": "push-ver-kept",
    "needs-version-in-push": "push-without-ver",
    "makes-versions-up": "ver-not-made-up",
    "adopts-version-of-strangers": "spoofed-ver",
    "adopts-version-of-half-push": "half-push",
    "breaks-down-on-empty-result": "empty-result",
    "empties-list-on-empty-result": "empty-result",
    "keeps-presence-with-roster": "no-cached-presence",
    "shows-whole-roster-beside-old": "whole-roster-again",
    "merges-whole-roster": "forgotten",
    "takes-empty-roster-for-unchanged": "roster-emptied",
    "empties-list-when-refused": "refused-get",
    "empties-list-when-cut": "cut-before-result",
    "takes-one-interim-push": "interim-pushes",
    "keeps-what-was-removed-meanwhile": "interim-removal",
    "believes-first-push-of-contact": "other-resource",
    "stores-entries-late": "interim-cut",
    "asks-not-again-after-cut": "lost-push",
}
#: What cannot be seen of a client that takes orders and does not tell its roster, and of one that takes none.
UNSEEN = {
    "report": set(),
    "edit": {"no-cached-presence", "whole-roster-again", "roster-emptied"},
    "none": {
        "push-without-ver", "empty-result", "no-cached-presence", "whole-roster-again", "forgotten", "roster-emptied",
        "refused-get", "cut-before-result",
    },
}  # fmt: skip
#: By what is told of a client whose list must be known.
BELIEFS = {
    "push-without-ver", "empty-result", "forgotten", "refused-get", "cut-before-result", "interim-pushes",
    "interim-removal", "other-resource", "interim-cut", "lost-push",
}  # fmt: skip
BY = {"report": Oracle.REPORT, "edit": Oracle.EDIT, "none": Oracle.VER}
#: What can be told of a client that presents no version.
UNVERSIONED = {"not-offered", "push-without-ver"}


def found(name: str, make: MakeClient = ScriptedClient, orders: str = "report") -> Finding:
    """What comes of a case."""
    case = BY_NAME[name]
    return judged(case, play_in_memory(case, make, orders=orders).evidence())


def verdicts(make: MakeClient, orders: str = "report") -> dict[str, Verdict]:
    """The verdict of each case."""
    return {name: found(name, make, orders).verdict for name in BY_NAME}


# The model and its mutants, by each oracle


@pytest.mark.parametrize("orders", UNSEEN)
@pytest.mark.parametrize("name", BY_NAME)
def test_a_client_without_a_mistake_passes_wherever_it_can_be_seen(name, orders):
    """PASS, or INCONCLUSIVE where the oracle cannot see what the case is about; beliefs rest on the oracle."""
    finding = found(name, orders=orders)
    assert finding.verdict is (Verdict.INCONCLUSIVE if name in UNSEEN[orders] else Verdict.PASS), finding
    if name in BELIEFS - UNSEEN[orders]:
        assert finding.oracle is BY[orders], finding


def test_every_mutant_is_meant_for_a_case_and_every_case_has_one():
    """The table of this file is whole."""
    assert set(MEANT) == set(CLIENTS)
    assert set(MEANT.values()) == set(BY_NAME)


@pytest.mark.parametrize("orders", UNSEEN)
@pytest.mark.parametrize("name", MEANT)
def test_a_mutant_is_caught_or_what_is_wrong_with_it_cannot_be_seen(name, orders):
    """With a told roster it fails its case; otherwise it passes at most by the version that it has presented."""
    finding = found(MEANT[name], CLIENTS[name], orders)
    if orders == "report" or finding.verdict in (Verdict.FAIL, Verdict.NON_STRICT):
        assert finding.verdict in (Verdict.FAIL, Verdict.NON_STRICT), finding
    elif finding.verdict is Verdict.PASS:
        assert finding.oracle is Oracle.VER and name == "stores-entries-late" and orders == "none", finding
    else:
        assert finding.verdict is Verdict.INCONCLUSIVE, finding


@pytest.mark.parametrize("orders", UNSEEN)
@pytest.mark.parametrize(
    "name",
    ["ver-as-received", "ver-of-digits", "not-ordered", "another-account", "ver-not-made-up", "push-ver-kept"],
)
def test_what_is_presented_is_judged_without_any_order(name, orders):
    """The wire alone tells of versions."""
    mutant = next(mutant for mutant, case in MEANT.items() if case == name)
    assert found(name, CLIENTS[mutant], orders).verdict in (Verdict.FAIL, Verdict.NON_STRICT)


# What a client may do


class _NoVersions(ScriptedClient):
    """It does not know versioning."""

    versioning = False  # type: ignore[assignment]


class _AlwaysEmpty(ScriptedClient):
    """It keeps nothing from one login to the next."""

    def presents(self) -> str:
        return ""


class _LateVersions(ScriptedClient):
    """It presents a version when it has one, and leaves the attribute out before."""

    @property
    def versioning(self) -> bool:
        return super().versioning and self.contacts.ver is not None


class _PresenceFirst(ScriptedClient):
    """It is available before it has its roster."""

    def on_bound(self) -> None:
        self.say("<presence/>")
        super().on_bound()

    def be_available(self) -> None:
        pass


class _NewProcess(ScriptedClient):
    """Each login is one of a new process, which knows what is stored."""

    def __init__(self, me: str, password: str, stored: MutableMapping[str, Any]) -> None:
        super().__init__(me, password, stored)
        self.disk = stored

    def connect(self) -> None:
        self.contacts = self.contacts_type(self.me, self.disk)
        super().connect()


class _ResultsOnlyContacts(Contacts):
    def apply(self, query: _Element) -> None:
        kept = dict(self._stored)
        super().apply(query)
        self._stored.clear()
        self._stored.update(kept)


class _StoresResults(_NewProcess):
    """It stores whole rosters and nothing of what is pushed, neither entries nor versions."""

    contacts_type = _ResultsOnlyContacts


class _AsksAgain(ScriptedClient):
    """It asks once more when it is refused."""

    def on_roster(self, answer: _Element) -> None:
        super().on_roster(answer)
        if answer.get("type") == "error":
            self.ask_for_roster()


class _GivesItselfUp(_NewProcess):
    """It throws away what is stored when a request is refused."""

    def on_roster(self, answer: _Element) -> None:
        if answer.get("type") == "error":
            self.disk.clear()
        super().on_roster(answer)


@pytest.mark.parametrize("client", [_PresenceFirst, _NewProcess, _AsksAgain])
def test_ways_to_do_it_right_are_all_right(client):
    """When a client is available, how it stores and whether it asks again makes no difference."""
    assert set(verdicts(client).values()) == {Verdict.PASS}


def test_a_client_without_versioning_is_told_so():
    """Every sequence is UNSUPPORTED for it; what is about any client is not."""
    for name, verdict in verdicts(_NoVersions).items():
        assert verdict is (Verdict.PASS if name in UNVERSIONED else Verdict.UNSUPPORTED), name


def test_a_client_that_keeps_nothing_is_told_so():
    """It bootstraps rightly each time, which is all that can be said."""
    expected = {*UNVERSIONED, "first-ver"}
    for name, verdict in verdicts(_AlwaysEmpty).items():
        assert verdict is (Verdict.PASS if name in expected else Verdict.UNSUPPORTED), name


def test_a_client_that_presents_a_version_when_it_has_one_is_right():
    """A first request without a version is the client's choice (RFC 6121 §2.6.2), and the rest counts as ever."""
    assert {name: verdict for name, verdict in verdicts(_LateVersions).items() if verdict is not Verdict.PASS} == {
        "first-ver": Verdict.INFO
    }


def test_a_client_that_stores_whole_rosters_only_is_right_and_wasteful():
    """An older version that is true of what is stored breaks no MUST."""
    found_so = verdicts(_StoresResults)
    assert found_so.pop("push-ver-kept") is Verdict.NON_STRICT
    assert found_so.pop("not-ordered") is Verdict.UNSUPPORTED
    assert set(found_so.values()) == {Verdict.PASS}


def test_the_older_version_of_such_a_client_does_not_say_that_it_missed_something():
    """By its version alone nothing can be told of it."""
    for name in ("interim-pushes", "interim-removal", "other-resource", "interim-cut", "lost-push"):
        assert found(name, _StoresResults, "none").verdict is Verdict.INCONCLUSIVE, name


def test_a_client_that_forgets_its_roster_when_refused_is_right():
    """List and version go together, and the whole roster comes again."""
    finding = found("refused-get", _GivesItselfUp)
    assert finding.verdict is Verdict.INFO and "forgotten" in finding.words


# What is stored of an earlier run


def _with_leftovers(ver: str) -> MakeClient:
    def make(me: str, password: str, stored: MutableMapping[str, Any]) -> ScriptedClient:
        stored.setdefault(me, {"ver": ver, "items": []})
        return ScriptedClient(me, password, stored)

    return make


def test_a_version_of_an_earlier_run_is_not_taken_for_one_out_of_the_air():
    """It has the form of the server's own, and there is no telling; nothing else is disturbed by it."""
    made = verdicts(_with_leftovers("0123456789abcdef-7"))
    expected = {"first-ver": Verdict.INCONCLUSIVE, "another-account": Verdict.INCONCLUSIVE}
    assert {name: verdict for name, verdict in made.items() if verdict is not Verdict.PASS} == expected


def test_a_version_that_no_server_has_made_is():
    """Another form cannot come from an earlier run."""
    assert found("first-ver", _with_leftovers("1")).verdict is Verdict.FAIL


# How bad it is


class _DropsLongContacts(Contacts):
    def set_version(self, ver: str | None) -> None:
        super().set_version(ver if ver is None or len(ver) < 64 else "")


class _DropsLong(ScriptedClient):
    """A version that is too long for it is not stored at all."""

    contacts_type = _DropsLongContacts


def test_a_version_that_is_not_kept_is_less_grave_than_one_that_is_altered():
    """None presented: NON-STRICT; another one presented: FAIL."""
    assert found("ver-as-received", _DropsLong).verdict is Verdict.NON_STRICT
    assert found("ver-as-received", CLIENTS["shortens-versions"]).verdict is Verdict.FAIL


class _AlwaysPresents(ScriptedClient):
    """It presents a version, an empty one where it has none, whatever the server offers."""

    versioning = True  # type: ignore[assignment]


def test_even_an_empty_version_is_one_where_none_is_offered():
    """The attribute must not be there at all (RFC 6121 §2.6.2)."""
    finding = found("not-offered", _AlwaysPresents)
    assert finding.verdict is Verdict.FAIL and "''" in finding.words


def test_a_client_that_breaks_down_at_an_empty_result_fails_by_the_wire():
    """No oracle is needed: its connection is gone."""
    for orders in UNSEEN:
        finding = found("empty-result", CLIENTS["breaks-down-on-empty-result"], orders)
        assert finding.verdict is Verdict.FAIL and finding.oracle is Oracle.WIRE


def test_the_same_play_is_judged_the_same_again():
    """Verdicts depend on nothing but the play: twice the same words, whatever the versions were."""
    for name in BY_NAME:
        assert found(name)._replace(entries=()) == found(name)._replace(entries=()), name
