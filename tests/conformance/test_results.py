"""What a run came to: which rows are as they should be, and the exit code."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.catalogue import CASES
from rosterkit.conformance.results import PASS_RULE, Expectation, Row, Run, exit_code, no_expectations
from rosterkit.conformance.verdicts import Finding, Verdict

GREEN = {Verdict.PASS, Verdict.INFO, Verdict.UNSUPPORTED}
VERDICTS = st.sampled_from(Verdict)


def row(verdict: Verdict, expected: Verdict | None = None) -> Row:
    """A row of any case with this verdict."""
    expectation = Expectation("*", expected, "Because.") if expected is not None else None
    return Row(CASES[0], Finding(verdict, "It came."), expected=expectation)


def run(*rows: Row, strict: bool = False) -> Run:
    """A run with these rows."""
    return Run("client", rows, "0", "2026-01-01T00:00:00Z", 1.0, strict)


ROWS = st.builds(row, VERDICTS, st.none() | VERDICTS)


class TestRow:
    """Whether a row is as it should be."""

    @pytest.mark.parametrize(("verdict", "strict"), list(product(Verdict, [False, True])))
    def test_without_an_expectation_the_verdict_decides(self, verdict: Verdict, strict: bool):
        """PASS, INFO and UNSUPPORTED are; NON-STRICT is unless one is strict; FAIL and INCONCLUSIVE are not."""
        good = verdict in GREEN or (verdict is Verdict.NON_STRICT and not strict)
        assert row(verdict).is_good(strict) is good

    @pytest.mark.parametrize(("verdict", "expected", "strict"), list(product(Verdict, Verdict, [False, True])))
    def test_with_an_expectation_only_what_is_expected_is_good(
        self, verdict: Verdict, expected: Verdict, strict: bool
    ):
        """An expected failure that passes is as wrong as a pass that fails, and nobody can expect not to know."""
        good = verdict is expected and verdict is not Verdict.INCONCLUSIVE
        assert row(verdict, expected).is_good(strict) is good

    def test_the_published_rule_names_every_verdict_that_it_speaks_of(self):
        """The rule that stands in reports is the one above, in words."""
        for verdict in Verdict:
            assert (verdict.value in PASS_RULE) is (verdict is not Verdict.FAIL)


class TestRun:
    """What a run counts."""

    def test_every_verdict_is_counted(self):
        """One that has not come counts nothing, and the order is that in which they are declared."""
        counts = run(row(Verdict.FAIL), row(Verdict.PASS), row(Verdict.FAIL)).counts()
        assert list(counts) == list(Verdict)
        assert {verdict: count for verdict, count in counts.items() if count} == {Verdict.PASS: 1, Verdict.FAIL: 2}

    def test_the_unexpected_rows_are_those_that_are_not_good(self):
        """Whether NON-STRICT is one depends on the run."""
        rows = [row(Verdict.PASS), row(Verdict.NON_STRICT), row(Verdict.FAIL), row(Verdict.FAIL, Verdict.FAIL)]
        assert run(*rows).unexpected() == [rows[2]]
        assert run(*rows, strict=True).unexpected() == [rows[1], rows[2]]

    def test_nothing_is_expected_where_nobody_said_so(self):
        """The default for a run without a file."""
        assert no_expectations(CASES[0]) is None


class TestExitCode:
    """The last word of a run."""

    @pytest.mark.parametrize(
        ("verdicts", "code"),
        [
            ([Verdict.PASS, Verdict.INFO, Verdict.UNSUPPORTED, Verdict.NON_STRICT], 0),
            ([Verdict.PASS, Verdict.FAIL], 1),
            ([Verdict.PASS, Verdict.INCONCLUSIVE], 3),
            ([Verdict.INCONCLUSIVE, Verdict.FAIL], 1),
        ],
    )
    def test_the_gravest_row_decides(self, verdicts: list[Verdict], code: int):
        """A failure goes before what nobody knows, and that before success."""
        assert exit_code([run(*map(row, verdicts))]) == code

    def test_nothing_that_ran_is_an_error_of_its_own(self):
        """Neither no run nor a run without rows is a success."""
        assert exit_code([]) == 4
        assert exit_code([run()]) == 4
        assert exit_code([run(), run()]) == 4

    def test_strict_counts_what_breaks_a_should(self):
        """With --strict a NON-STRICT is unexpected."""
        assert exit_code([run(row(Verdict.NON_STRICT), strict=True)]) == 1

    def test_an_expected_failure_that_passes_is_unexpected(self):
        """Somebody has to take it out of the file."""
        assert exit_code([run(row(Verdict.PASS, Verdict.FAIL))]) == 1
        assert exit_code([run(row(Verdict.FAIL, Verdict.FAIL))]) == 0

    def test_an_expected_row_that_nobody_could_judge_is_not_known(self):
        """It is neither the failure that was expected nor another one."""
        assert exit_code([run(row(Verdict.INCONCLUSIVE, Verdict.FAIL))]) == 3

    def test_the_worst_of_several_runs_decides(self):
        """A report of many clients is as good as the worst of them."""
        good, bad = run(row(Verdict.PASS)), run(row(Verdict.FAIL))
        assert exit_code([good, bad]) == 1
        assert exit_code([good, run(row(Verdict.INCONCLUSIVE))]) == 3

    @given(st.lists(ROWS, min_size=1), st.booleans())
    def test_zero_says_that_all_rows_are_good(self, rows: list[Row], strict: bool):
        """Whatever the rows: 0 means that each is as it should be, and anything else that one is not."""
        assert (exit_code([run(*rows, strict=strict)]) == 0) is all(one.is_good(strict) for one in rows)
