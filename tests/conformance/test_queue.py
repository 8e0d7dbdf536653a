"""The rows of a run and the queue of its cases, with plays that are stubs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playing import PATIENCE, Person, made
from twisted.internet.task import Clock

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.results import Expectation, Row
from rosterkit.conformance.runner.checking import Checking, Plan, Queue
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import LogIn, Script
from rosterkit.conformance.verdicts import Finding, Level, Verdict, failed, inconclusive, passed
from rosterkit.core.credentials import Credentials
from rosterkit.wire.passwords import derive

CREDENTIALS: Credentials = derive("hush", b"rows by hand")


def case(name: str, judge: Callable[[Evidence], Finding] = lambda _: passed("Right.")) -> Case:
    """A case that waits for a login."""

    def script(scene: Scene) -> Script:
        yield LogIn()

    made_ = made(script)
    return Case(
        f"rfc6121/2.1.6/{name}", made_.level, made_.rule, made_.consequence, made_.done, made_.wanted, script, judge
    )


def check(name: str, judge: Callable[[Evidence], Finding | None]) -> Check:
    """A check."""
    return Check(f"rfc6120/8.2.3/{name}", Level.MUST, "Rule.", "Else.", "Done.", "Wanted.", judge)


class Rows:
    """A run of these; ``told`` is each row with how many there were then."""

    def __init__(self, *cases: Case, checks: tuple[Check, ...] = (), jobs: int = 1, **plan: Any) -> None:
        self.told: list[tuple[str, Verdict, int]] = []
        self.checking = Checking(Plan(cases, checks, "0", PATIENCE, jobs, **plan), CREDENTIALS, Clock(), self._tell)

    def _tell(self, row: Row, done: int) -> None:
        self.told.append((row.case.id.rpartition("/")[2], row.finding.verdict, done))

    def play(self, one: Case, end: str = "", came: bool = True) -> None:
        """A play of it from its beginning to its end."""
        play = self.checking.play(one, f"{one.account}@case.test", Person(), lambda _: None)
        play.begin()
        assert self.checking.running == [play]
        play._moves.logins = int(came)
        if end:
            play.give_up(end)
        else:
            play._end()
        assert self.checking.running == []

    def verdicts(self) -> dict[str, Verdict]:
        """What there is."""
        return {row.case.id.rpartition("/")[2]: row.finding.verdict for row in self.checking.rows()}


class TestRows:
    """What comes of the plays."""

    def test_in_the_order_of_the_documents(self):
        """Whichever was over first."""
        one, two, three = case("one"), case("two"), case("three")
        rows = Rows(one, two, three, checks=(check("never", lambda _: None),))
        for each in (three, one):
            rows.play(each)
        assert list(rows.verdicts()) == ["one", "three"]
        assert rows.checking.missing == [two]
        rows.checking.missed(two, "Nobody came.")
        assert rows.verdicts()["two"] is Verdict.INCONCLUSIVE
        assert rows.told == [("three", Verdict.PASS, 1), ("one", Verdict.PASS, 2)]

    def test_the_newest_play_counts(self):
        """A case that is played again has the verdict of the second time."""
        found = [passed("At first."), failed(Level.MUST, "Then.")]
        one = case("one", lambda _: found.pop(0))
        rows = Rows(one)
        rows.play(one)
        rows.play(one)
        assert rows.verdicts() == {"one": Verdict.FAIL}
        assert [told[2] for told in rows.told] == [1, 1]

    def test_not_one_to_which_nobody_came(self):
        """It says nothing that was not known before; where nothing was, it is told."""
        one, two = case("one"), case("two")
        rows = Rows(one, two)
        rows.play(one)
        rows.play(one, "Nobody came.", came=False)
        rows.play(two, "Nobody came.", came=False)
        assert rows.verdicts() == {"one": Verdict.PASS, "two": Verdict.INCONCLUSIVE}
        assert len(rows.told) == 2

    def test_not_one_that_the_end_has_cut_short(self):
        """What was found before stands."""
        one, two = case("one"), case("two")
        rows = Rows(one, two)
        rows.play(one)
        rows.checking.ending = True
        rows.play(one, "The run was stopped.")
        rows.play(two, "The run was stopped.")
        assert rows.verdicts() == {"one": Verdict.PASS, "two": Verdict.INCONCLUSIVE}

    def test_what_is_expected(self):
        """A row has the expectation of its case; so has one that was not played."""
        known = Expectation("*", Verdict.FAIL, "Known.")
        one, two = case("one"), case("two")
        rows = Rows(one, two, expected=lambda row: known)
        rows.play(one)
        rows.checking.missed(two, "No.")
        assert [row.expected for row in rows.checking.rows()] == [known, known]

    def test_a_judge_that_fails(self):
        """It costs its case and nothing else."""
        one, two = case("one", lambda evidence: evidence.nothing), case("two")  # type: ignore[attr-defined]
        broken = check("broken", lambda evidence: evidence.nothing)  # type: ignore[attr-defined]
        rows = Rows(one, two, checks=(broken,))
        rows.play(one)
        rows.play(two)
        assert rows.verdicts() == {"broken": Verdict.INCONCLUSIVE, "one": Verdict.INCONCLUSIVE, "two": Verdict.PASS}
        assert all("mistake of rosterkit" in row.finding.words for row in rows.checking.rows() if row.case is not two)

    def test_a_play_is_there_with_its_row(self):
        """Its journal, how long it took, its own id."""
        one = case("one")
        rows = Rows(one)
        rows.play(one, "Enough.")
        (row,) = rows.checking.rows()
        assert row.play == one.id
        assert "Enough." in row.entries[-1].text


class TestChecks:
    """What is looked at in every play."""

    def test_the_gravest_finding_of_all_plays(self):
        """With the play in which it was made; a check that no play was about has no row."""
        found = {"one": passed("Right."), "two": failed(Level.MUST, "Wrong."), "three": inconclusive("Who knows?")}

        def judge(evidence: Evidence) -> Finding | None:
            return found.get(evidence.scene.case_id.rpartition("/")[2])

        cases = [case(name) for name in (*found, "four")]
        rows = Rows(*cases, checks=(check("some", judge), check("never", lambda _: None)))
        for one in cases:
            rows.play(one)
        (row,) = [row for row in rows.checking.rows() if isinstance(row.case, Check)]
        assert (row.finding, row.play) == (found["two"], "rfc6121/2.1.6/two")
        assert row.entries == ()

    def test_of_a_case_that_is_played_again_the_newest_counts(self):
        """What was wrong in an older play is forgotten with it."""
        found = [failed(Level.MUST, "Wrong."), None]
        one = case("one")
        rows = Rows(one, checks=(check("some", lambda _: found.pop(0)),))
        rows.play(one)
        assert rows.verdicts() == {"some": Verdict.FAIL, "one": Verdict.PASS}
        rows.play(one)
        assert rows.verdicts() == {"one": Verdict.PASS}


class Line:
    """A queue of ``count`` cases; ``begun`` are those that have begun and are not over."""

    def __init__(self, count: int, jobs: int) -> None:
        self.cases = [case(f"case-{number}") for number in range(count)]
        self.rows = Rows(*self.cases, jobs=jobs)
        self.begun: list[tuple[Case, Callable[[Any], None]]] = []
        self.done = 0
        self.queue = Queue(self.rows.checking, lambda one, over: self.begun.append((one, over)), self._end)
        self.queue.start()

    def _end(self) -> None:
        self.done += 1

    def end(self, came: bool = True) -> None:
        """The oldest play is over."""
        one, over = self.begun.pop(0)
        self.rows.checking.came = self.rows.checking.came or came
        over(_Over(one, came))


class _Over:
    """A play that is over."""

    def __init__(self, one: Case, came: bool) -> None:
        self.case = one
        self.came = came


class TestQueue:
    """One after the other, several at once."""

    def test_as_many_as_may_be_at_once(self):
        """The next begins when one is over; at the end of the last it is told."""
        line = Line(5, jobs=2)
        order = []
        while line.begun:
            assert len(line.begun) == min(2, 5 - len(order))
            order.append(line.begun[0][0])
            assert line.done == 0
            line.end()
        assert order == line.cases
        assert line.done == 1

    def test_none(self):
        """Nothing to play is over at once."""
        assert Line(0, jobs=2).done == 1

    def test_nobody_ever_comes(self):
        """After three cases to which nobody came the others are not tried; those under way are waited for."""
        line = Line(9, jobs=2)
        for _ in range(3):
            line.end(came=False)
        assert len(line.begun) == 1
        assert line.done == 0
        assert len(line.rows.checking.rows()) == 5
        assert {row.finding.words for row in line.rows.checking.rows()} == {
            "No client has logged in within the first 3 cases, so the others were not tried."
        }
        line.end(came=False)
        assert line.done == 1

    def test_somebody_came_once(self):
        """Then every case is tried."""
        line = Line(9, jobs=1)
        line.end(came=True)
        for _ in range(8):
            line.end(came=False)
        assert line.done == 1
        assert line.rows.checking.rows() == []

    def test_stopped(self):
        """No other begins; what is under way may end."""
        line = Line(5, jobs=2)
        line.queue.stop()
        line.end()
        line.end()
        assert line.begun == []
        assert line.done == 1
