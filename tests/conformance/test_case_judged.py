"""What comes of a play before its judge is asked: clients that leave, scripts that cannot go on."""

from __future__ import annotations

import pytest
from played import Played

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.verdicts import Finding, Level, Verdict, passed


def case(judge=lambda _: passed("It came.")) -> Case:
    """A case with this judge."""
    return Case("rfc6121/2.1/x", Level.MUST, "R.", "C.", "D.", "W.", lambda scene: iter(()), judge)


def unjudged(_: Evidence) -> Finding:
    """A judge that must not be asked."""
    raise AssertionError("The judge was asked.")


def test_a_play_that_came_to_its_end_is_the_judges():
    """The judge gets the evidence, and its finding is that of the play."""
    played = Played()
    played.logged_in()
    evidence = played.evidence()
    asked: list[Evidence] = []

    def judge(shown: Evidence) -> Finding:
        asked.append(shown)
        return passed("It came.")

    assert judged(case(judge), evidence) == passed("It came.")
    assert asked == [evidence]


def test_a_client_that_goes_after_the_case_has_begun_fails():
    """The sentence names the last thing that was sent before it went, and the entry is that of its going."""
    played = Played()
    played.logged_in()
    played.note(mark="first")
    played.note(mark="second")
    lost = played.note(lost="x")
    played.note(mark="third")
    finding = judged(case(unjudged), played.evidence())
    assert finding.verdict is Verdict.FAIL
    assert "'second'" in finding.words
    assert finding.entries == (lost,)


def test_a_client_that_goes_before_the_case_has_begun_is_not_judged():
    """Nobody knows why it went; a later mark does not change that."""
    played = Played()
    played.logged_in()
    played.note(lost="x")
    assert judged(case(unjudged), played.evidence()).verdict is Verdict.INCONCLUSIVE
    played.note(mark="later")
    assert judged(case(unjudged), played.evidence()).verdict is Verdict.INCONCLUSIVE


def test_a_client_whose_connection_the_tester_breaks_is_judged():
    """That it is gone then is no fault of its."""
    played = Played()
    played.note(mark="first")
    played.note(broke="close")
    played.note(lost="x")
    assert judged(case(), played.evidence()).verdict is Verdict.PASS


@pytest.mark.parametrize(("unsupported", "verdict"), [(True, "UNSUPPORTED"), (False, "INCONCLUSIVE")])
def test_a_script_that_cannot_go_on_says_why(unsupported: bool, verdict: str):
    """Its sentence is the finding's: what the client has shown to lack, or what nobody knows."""
    played = Played()
    played.note(mark="first")
    played.note(stuck="It takes no orders.", unsupported=unsupported)
    finding = judged(case(unjudged), played.evidence())
    assert (finding.verdict.value, finding.words) == (verdict, "It takes no orders.")


def test_a_play_that_is_given_up_is_inconclusive():
    """The note of a play that is ended from outside does not speak of support."""
    played = Played()
    played.note(stuck="The case took longer than it may.")
    assert judged(case(unjudged), played.evidence()).verdict is Verdict.INCONCLUSIVE


def test_a_client_that_goes_is_the_reason_why_a_script_is_stuck():
    """A script that waits in vain after that does not make a failure into something unknown."""
    played = Played()
    played.note(mark="first")
    played.note(lost="x")
    played.note(stuck="No client has logged in.", unsupported=False)
    assert judged(case(unjudged), played.evidence()).verdict is Verdict.FAIL
