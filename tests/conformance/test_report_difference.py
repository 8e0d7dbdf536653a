"""Two reports compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_samples import HOSTILE, row, run

from rosterkit.conformance.report import differences, has_regression, render_differences, write_report
from rosterkit.conformance.report.difference import Difference
from rosterkit.conformance.results import Run
from rosterkit.conformance.verdicts import Verdict
from rosterkit.errors import ConfigError

PASS, FAIL, INFO = Verdict.PASS, Verdict.FAIL, Verdict.INFO
NON_STRICT, UNSUPPORTED, INCONCLUSIVE = Verdict.NON_STRICT, Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE


def compared(tmp_path: Path, old: list[Run], new: list[Run]) -> list[Difference]:
    """The differences between two reports on disk."""
    write_report(tmp_path / "old", old)
    write_report(tmp_path / "new", new)
    return differences(tmp_path / "old", tmp_path / "new")


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (PASS, FAIL, "worse"),
        (PASS, NON_STRICT, "worse"),
        (PASS, UNSUPPORTED, "worse"),
        (PASS, INCONCLUSIVE, "worse"),
        (INFO, FAIL, "worse"),
        (NON_STRICT, FAIL, "worse"),
        (UNSUPPORTED, FAIL, "worse"),
        (INCONCLUSIVE, FAIL, "worse"),
        (FAIL, PASS, "better"),
        (NON_STRICT, PASS, "better"),
        (INCONCLUSIVE, PASS, "better"),
        (FAIL, UNSUPPORTED, "better"),
        (FAIL, INCONCLUSIVE, "changed"),
        (PASS, INFO, "changed"),
        (INFO, PASS, "changed"),
    ],
)
def test_verdicts_are_compared(before: Verdict, after: Verdict, what: str, tmp_path: Path):
    """What is not known is never better than anything; only what is worse is a regression."""
    (found,) = compared(tmp_path, [run([row(before, "one")])], [run([row(after, "one")])])
    assert (found.what, found.before, found.after) == (what, before, after)
    assert found.is_regression is (what == "worse")
    assert has_regression([found]) is (what == "worse")


def test_the_same_is_no_difference(tmp_path: Path):
    """Whatever the words are, and however often it is run."""
    same = [run([row(FAIL, "one", "Now so.")])]
    assert compared(tmp_path, same, [run([row(FAIL, "one", "Now thus.")])]) == []
    assert render_differences([]) == "There is no difference.\n"
    assert not has_regression([])


def test_cases_come_and_go(tmp_path: Path):
    """A case that only one of the reports has is told, and is no regression though it fails."""
    found = compared(tmp_path, [run([row(PASS, "old")])], [run([row(FAIL, "new")])])
    assert [(one.case, one.what) for one in found] == [
        ("rfc6121/2.1.6/new", "added"),
        ("rfc6121/2.1.6/old", "gone"),
    ]
    assert not has_regression(found)


def test_clients_are_found_by_name_and_transport(tmp_path: Path):
    """First by both, then by the name; a client that is nowhere else is one line and not a hundred."""
    old = [run([row(PASS, "one")], "a"), run([row(FAIL, "one")], "a", transport="tls"), run([row(PASS, "one")], "b")]
    new = [run([row(FAIL, "one")], "a", transport="tls"), run([row(FAIL, "one")], "a"), run([row(PASS, "one")], "c")]
    found = compared(tmp_path, old, new)
    assert [(one.client, one.case, one.what) for one in found] == [
        ("a", "rfc6121/2.1.6/one", "worse"),
        ("c", "", "added"),
        ("b", "", "gone"),
    ]


def test_single_clients_are_compared_whatever_they_are_called(tmp_path: Path):
    """A fork with its origin, or a client that was renamed."""
    (found,) = compared(tmp_path, [run([row(PASS, "one")], "a")], [run([row(FAIL, "one")], "b")])
    assert (found.client, found.what) == ("b", "worse")


def test_the_text_begins_with_what_is_worse(tmp_path: Path):
    """With what came and what follows; the last line counts."""
    old = [run([row(FAIL, "a"), row(PASS, "b"), row(PASS, "c")])]
    new = [run([row(PASS, "a"), row(FAIL, "b", "It believes it."), row(PASS, "d")])]
    assert render_differences(compared(tmp_path, old, new)) == (
        "Worse:\n"
        "  sampler: rfc6121/2.1.6/b: PASS -> FAIL\n"
        "      It believes it.\n"
        "      What follows: The consequence of b.\n"
        "\n"
        "Better:\n"
        "  sampler: rfc6121/2.1.6/a: FAIL -> PASS\n"
        "      What came of a.\n"
        "\n"
        "Only in the new report:\n"
        "  sampler: rfc6121/2.1.6/d: PASS\n"
        "      What came of d.\n"
        "\n"
        "Only in the old report:\n"
        "  sampler: rfc6121/2.1.6/c: PASS\n"
        "\n"
        "1 worse, 1 better, 0 changed, 1 added, 1 gone.\n"
    )


def test_the_text_acts_upon_nothing(tmp_path: Path):
    """Names and words of clients are spelled out."""
    found = compared(tmp_path, [run([row(PASS, "one")], HOSTILE)], [run([row(FAIL, "one", HOSTILE)], HOSTILE)])
    assert all(line.isprintable() for line in render_differences(found).splitlines())


def test_no_report_is_said_so(tmp_path: Path):
    """Whichever of the two it is."""
    write_report(tmp_path / "old", [run()])
    for pair in ((tmp_path / "old", tmp_path / "none"), (tmp_path / "none", tmp_path / "old")):
        with pytest.raises(ConfigError, match="holds no report"):
            differences(*pair)
