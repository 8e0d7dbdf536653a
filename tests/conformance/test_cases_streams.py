"""The cases about abused streams with every way to see what a client believes, and with clients that are odd."""

from __future__ import annotations

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import judged
from rosterkit.conformance.cases import streams, streams_answers
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contacts
from rosterkit.conformance.model.mutants.streams import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Oracle, Verdict
from rosterkit.core import markup

_CASES = {case.id.rpartition("/")[2]: case for case in (*streams.CASES, *streams_answers.CASES)}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
_ORACLES = {"report": Oracle.REPORT, "edit": Oracle.EDIT, "none": Oracle.VER}
#: The cases in which it matters what the client believes, and those of them that a version does not decide.
_BELIEFS = (
    "cut-mid-push", "dribble", "cut-characters", "white-space", "result-from-stranger", "error-from-stranger",
    "result-wrong-id", "result-twice", "duplicate-id",
)  # fmt: skip
_BEYOND_VERSIONS = ("cut-characters", "error-from-stranger")
_FORGERIES = ("result-from-stranger", "result-wrong-id", "result-twice")

#: Which case is there for which mutant.
_CATCHES = {
    "reads-halves": "cut-mid-push",
    "packets-are-stanzas": "dribble",
    "decodes-packets": "cut-characters",
    "dies-of-white-space": "white-space",
    "takes-results-by-id": "result-from-stranger",
    "takes-errors-by-id": "error-from-stranger",
    "takes-the-next-result": "result-wrong-id",
    "takes-every-roster": "result-wrong-id",
    "keeps-requests-open": "result-twice",
    "knows-each-id-once": "duplicate-id",
    "answers-answers": "no-answer-to-errors",
    "answers-presence-errors": "no-answer-to-errors",
    "silent-about-the-unknown": "unknown-request",
    "says-not-implemented": "unknown-request",
    "accepts-the-unknown": "unknown-request",
    "gives-its-roster": "roster-get-from-stranger",
    "wants-a-payload": "malformed-requests",
    "looks-for-the-reason": "error-without-reason",
}
#: Those that only their own word betrays, or an edit; with versions, or with neither, nobody knows.
_UNSEEN = {
    ("decodes-packets", "none"),
    ("takes-errors-by-id", "edit"),
    ("takes-errors-by-id", "none"),
}


def _found(name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    case = _CASES[name]
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


@pytest.mark.parametrize("orders", _ORACLES)
@pytest.mark.parametrize("name", _CASES)
def test_the_model_passes_by_every_oracle(name: str, orders: str) -> None:
    """The scripted client is right, and each oracle can tell where it can tell at all."""
    found = _found(name, orders=orders)
    if name == "malformed-requests":
        assert found.verdict is Verdict.INFO
    elif orders == "none" and name in _BEYOND_VERSIONS:
        assert found.verdict is Verdict.INCONCLUSIVE
    else:
        assert found.verdict is Verdict.PASS
        assert found.oracle is (_ORACLES[orders] if name in _BELIEFS else Oracle.WIRE)


@pytest.mark.parametrize("orders", _ORACLES)
@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_fails_its_case_or_is_not_seen(mutant: str, orders: str) -> None:
    """No mutant passes the case that is there for it, whatever oracle there is."""
    verdict = _found(_CATCHES[mutant], _CLIENTS[mutant], orders).verdict
    if (mutant, orders) in _UNSEEN:
        assert verdict is Verdict.INCONCLUSIVE
    else:
        assert verdict in _WRONG


def test_every_case_is_there_for_a_mutant() -> None:
    """No mutant is without its case, and no case without somebody who fails it."""
    assert _CATCHES.keys() == _CLIENTS.keys()
    assert set(_CATCHES.values()) == set(_CASES)


class _HasNoVersions(ScriptedClient):
    versioning = False  # type: ignore[assignment]


def test_without_versions_the_whole_roster_comes_after_a_cut() -> None:
    """A client that knows nothing of versions is right where it has the contact in the end."""
    assert _found("cut-mid-push", _HasNoVersions).verdict is Verdict.PASS
    assert _found("cut-mid-push", _HasNoVersions, "none").verdict is Verdict.INCONCLUSIVE


class _KeepsVersionsOfPushesOnly(ScriptedClient):
    """It presents no version that came with a whole roster."""

    class contacts_type(Contacts):
        def replace(self, query: _Element) -> None:
            query.attrib.pop("ver", None)
            super().replace(query)


@pytest.mark.parametrize("name", _FORGERIES)
def test_who_keeps_no_version_of_a_roster_is_not_cleared_by_it(name: str) -> None:
    """A version that a true roster would not have set does not tell that no forged one was believed."""
    assert _found(name, _KeepsVersionsOfPushesOnly, "none").verdict is Verdict.INCONCLUSIVE


class _EditsFromNothing(ScriptedClient):
    """Its edits hold what they are told and nothing that it knows."""

    def order_regroup(self, order: dict[str, str]) -> None:
        self.edit(self.contacts.get("nobody@nowhere.test").with_groups([order["group"]]))


class _EditsFromNothingAndTakesLies(_EditsFromNothing, _CLIENTS["takes-results-by-id"]):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("client", [_EditsFromNothing, _EditsFromNothingAndTakesLies])
def test_a_version_that_an_edit_has_changed_tells_nothing(client: type[ScriptedClient]) -> None:
    """Where edits were tried first, the version that is presented afterwards is that of the edits."""
    assert _found("result-from-stranger", client, "edit").verdict is Verdict.INCONCLUSIVE


class _IsSilentToStrangers(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        if "strangers.test" not in (element.get("from") or ""):
            super().on_unknown_request(element)


class _HasNothingForStrangers(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        self.answer(element, "<query xmlns='jabber:iq:roster'/>")


def test_a_stranger_may_be_met_with_silence() -> None:
    """An error tells him that the client is there, so silence is as good."""
    found = _found("roster-get-from-stranger", _IsSilentToStrangers)
    assert found.verdict is Verdict.PASS
    assert "does not answer" in found.words


def test_an_empty_roster_gives_nothing_away() -> None:
    """It is an odd answer, and told; no contact is in it."""
    assert _found("roster-get-from-stranger", _HasNothingForStrangers).verdict is Verdict.INFO


class _AnswersPushesOnce(ScriptedClient):
    answered = False

    def answer_push(self, element: _Element) -> None:
        if not self.answered:
            super().answer_push(element)
        self.answered = True


class _AnswersNoPushes(ScriptedClient):
    def answer_push(self, element: _Element) -> None:
        pass


@pytest.mark.parametrize(
    ("client", "verdict"), [(_AnswersPushesOnce, Verdict.NON_STRICT), (_AnswersNoPushes, Verdict.PASS)]
)
def test_one_answer_to_two_pushes_is_one_too_few(client: type[ScriptedClient], verdict: Verdict) -> None:
    """Who answers one of two under the same id takes them for one; who answers none breaks another rule."""
    assert _found("duplicate-id", client).verdict is verdict


class _RefusesWith(ScriptedClient):
    condition = ""

    def on_unknown_request(self, element: _Element) -> None:
        condition = markup.element(self.condition, xmlns="urn:ietf:params:xml:ns:xmpp-stanzas")
        self._reply(element, "error", markup.element("error", condition, type="cancel") if self.condition else "")


class _RefusesAsForbidden(_RefusesWith):
    condition = "forbidden"


@pytest.mark.parametrize(
    ("client", "words"), [(_RefusesWith, "an error without a condition"), (_RefusesAsForbidden, "forbidden")]
)
def test_any_error_is_an_answer(client: type[ScriptedClient], words: str) -> None:
    """That there is an error is a MUST, that it is service-unavailable costs no more than the strict pass."""
    found = _found("unknown-request", client)
    assert found.verdict is Verdict.NON_STRICT
    assert words in found.words


class _NeverAnswers(ScriptedClient):
    def _reply(self, request: _Element, type_: str, content: str) -> None:
        pass


def test_nobody_knows_whether_the_mute_go_on() -> None:
    """A client that never answers a ping has not shown that it has survived."""
    assert _found("error-without-reason", _NeverAnswers).verdict is Verdict.INCONCLUSIVE


class _Hangs(ScriptedClient):
    hung = False

    def on_request(self, element: _Element) -> None:
        self.hung = self.hung or len(element) != 1
        super().on_request(element)

    def on_presence_error(self, sender: str) -> None:
        self.hung = True

    def say(self, xml: str) -> None:
        if not self.hung:
            super().say(xml)


@pytest.mark.parametrize("name", ["malformed-requests", "error-without-reason", "no-answer-to-errors"])
def test_who_hangs_has_not_survived(name: str) -> None:
    """A client that answers nothing any more fails, and is not taken for one that keeps silent."""
    assert _found(name, _Hangs).verdict in (Verdict.FAIL, Verdict.NON_STRICT)
