"""What plays come to: a row for each case, the gravest finding of each check."""

from __future__ import annotations

from typing import Any

from report_samples import case, check

from rosterkit.conformance.case import Check
from rosterkit.conformance.results import no_expectations
from rosterkit.conformance.runner.rows import Rows
from rosterkit.conformance.verdicts import Finding, Level, Verdict, failed, passed

ONE, TWO = case("one"), case("two")


def checking(finding: Any) -> Check:
    """A check that says of a piece of evidence what ``finding`` does."""
    made = check("checked")
    object.__setattr__(made, "judge", finding)
    return made


def rows(*checks: Check) -> Rows:
    """An empty collection."""
    return Rows([ONE, TWO], checks, no_expectations)


def put(to: Rows, one: Any, finding: Finding, evidence: object = None) -> None:
    """A play is over."""
    to.judge(one, lambda: finding, evidence, (), 1.5)


def test_a_case_has_one_row():
    """The newest play counts; the order is that of the documents."""
    made = rows()
    put(made, TWO, passed("B."))
    put(made, ONE, failed(Level.MUST, "A."))
    put(made, ONE, passed("A."))
    assert [(row.case.id, row.finding.verdict) for row in made.all()] == [
        (ONE.id, Verdict.PASS),
        (TWO.id, Verdict.PASS),
    ]
    assert len(made) == 2
    assert ONE in made


def test_a_case_that_was_not_played_says_why():
    """INCONCLUSIVE, never green."""
    made = rows()
    made.miss(ONE, "Nobody came.")
    (row,) = made.all()
    assert (row.finding.verdict, row.finding.words) == (Verdict.INCONCLUSIVE, "Nobody came.")
    assert TWO not in made


def test_of_a_check_the_gravest_finding_counts():
    """With the play in which it was made; one that no play was about has no row."""
    said = {"good": passed("P."), "bad": failed(Level.MUST, "F."), "nothing": None}
    made = rows(checking(said.__getitem__))
    put(made, ONE, passed("A."), "nothing")
    assert len(made.all()) == 1
    put(made, ONE, passed("A."), "good")
    put(made, TWO, passed("B."), "bad")
    row = made.all()[-1]
    assert (row.finding.words, row.play) == ("F.", TWO.id)


def test_a_newer_play_takes_back_what_a_check_said():
    """Of the older play of the same case."""
    said = {"bad": failed(Level.MUST, "F."), "nothing": None}
    made = rows(checking(said.__getitem__))
    put(made, ONE, passed("A."), "bad")
    put(made, ONE, passed("A."), "nothing")
    assert len(made.all()) == 1


def test_a_mistake_of_a_judge_costs_its_own_row_only():
    """INCONCLUSIVE, with the words that it was ours."""
    made = rows(checking(lambda _: 1 / 0))
    made.judge(ONE, lambda: 1 / 0, None, (), 0.0)  # type: ignore[arg-type, return-value]
    put(made, TWO, passed("B."))
    verdicts = {row.case.id: row.finding for row in made.all()}
    assert verdicts[ONE.id].verdict is Verdict.INCONCLUSIVE
    assert "mistake of rosterkit" in verdicts[ONE.id].words
    assert verdicts[TWO.id].verdict is Verdict.PASS
