"""How a play of a server's case is judged where it did not get as far as the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from served import Told

from rosterkit.conformance.server.case import ServerCase, broken, judged, kept, shown
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level, Verdict


def _script(_: object) -> Script:
    yield from ()


def case(level: Level = Level.MUST, finding: Callable[[], Finding] = lambda: kept("Well.")) -> ServerCase:
    """A case whose judge always says the same."""
    return ServerCase("rfc6121/2.1.6/one", level, "R.", "C.", "D.", "W.", _script, lambda _: finding())


def test_a_play_that_is_whole_is_the_judges():
    """Nothing else is said of it."""
    assert judged(case(), Told().mark("a").evidence()).words == "Well."


@pytest.mark.parametrize(
    ("level", "verdict"),
    [(Level.MUST, Verdict.FAIL), (Level.SHOULD, Verdict.NON_STRICT), (Level.MAY, Verdict.NON_STRICT)],
)
def test_a_server_that_hangs_up_in_the_case_has_broken_the_rule(level: Level, verdict: Verdict):
    """With the mark after which it did; the case's own level says how bad it is."""
    finding = judged(case(level), Told().mark("a").note("me", over="It is gone.").evidence())
    assert finding.verdict is verdict
    assert "'a'" in finding.words
    assert "It is gone." in finding.words


def test_a_server_that_answers_nothing_any_more_has_broken_the_rule():
    """A ping that nobody answers, after the case has begun."""
    finding = judged(case(), Told().mark("a").note("me", fence="silent").evidence())
    assert finding.verdict is Verdict.FAIL
    assert "answers nothing any more" in finding.words


@pytest.mark.parametrize("what", [{"over": "It is gone."}, {"fence": "silent"}])
def test_before_the_case_has_begun_nobody_knows(what: dict[str, str]):
    """The tester's surroundings may be to blame: never green, never the server's."""
    assert judged(case(), Told().note("me", **what).mark("a").evidence()).verdict is Verdict.INCONCLUSIVE


def test_a_lost_component_is_nobodys_fault():
    """Other plays share it: only a case that is played alone is blamed."""
    lost = Told().mark("a").note("component", over="It is gone.").evidence()
    assert judged(case(), lost).verdict is Verdict.INCONCLUSIVE
    assert judged(replace(case(), alone=True), lost).verdict is Verdict.FAIL


def test_a_play_that_got_stuck_says_why():
    """INCONCLUSIVE, or UNSUPPORTED where the server has shown that it has not what it takes."""
    stuck = judged(case(), Told().mark("a").note(stuck="No.").evidence())
    assert (stuck.verdict, stuck.words) == (Verdict.INCONCLUSIVE, "No.")
    unsupported = judged(case(), Told().mark("a").note(stuck="No.", unsupported=True).evidence())
    assert unsupported.verdict is Verdict.UNSUPPORTED


def test_findings_name_what_they_rest_on():
    """By the numbers of the entries, which the page of the case points at."""
    (seen,) = Told().mark("a").came("me", "<message/>").evidence().came("me", "a")
    assert kept("W.", seen).entries == broken(Level.MUST, "W.", seen).entries == shown("W.", seen).entries == (2,)
    assert broken(Level.SHOULD, "W.").verdict is Verdict.NON_STRICT
    assert shown("W.").verdict is Verdict.INFO


@pytest.mark.parametrize(
    ("accounts", "component", "words"),
    [(1, False, "an account of the server."), (2, True, "2 accounts of the server, and a component beside it.")],
)
def test_what_a_case_needs_is_said(accounts: int, component: bool, words: str):
    """For --explain."""
    made = ServerCase("a/1/b", Level.MUST, "", "", "", "", _script, lambda _: kept(""), accounts, component)
    assert made.needs == words
