"""Summaries for a terminal and for the pages of a CI."""

from __future__ import annotations

from report_samples import HOSTILE, every_verdict, hostile_run, row, run

from rosterkit.conformance.report import console_table, markdown
from rosterkit.conformance.report.summaries import WIDTH
from rosterkit.conformance.verdicts import Verdict


def test_a_terminal_shows_what_is_wrong_and_what_follows():
    """Counts, then each row that is not as it should be, then what counts only with --strict."""
    assert console_table([run()]) == (
        "sampler 1.2 (tcp, seed 7): 2 PASS, 1 NON-STRICT, 3 FAIL, 1 INFO, 1 UNSUPPORTED, 1 INCONCLUSIVE.\n"
        "\n"
        "FAIL         rfc6121/2.1.6/is-fail\n"
        "    What came of is-fail.\n"
        "    What follows: The consequence of is-fail.\n"
        "\n"
        "PASS         rfc6121/2.1.6/mended (FAIL was expected: It is known: bug 12.)\n"
        "    What came of mended.\n"
        "    If the rule is broken: The consequence of mended.\n"
        "\n"
        "FAIL         rfc6120/8.2.3/checked\n"
        "    It answers twice.\n"
        "    What follows: The consequence of checked.\n"
        "\n"
        "INCONCLUSIVE rfc6121/2.1.6/is-inconclusive\n"
        "    What came of is-inconclusive.\n"
        "\n"
        "Not as the RFC recommends, which counts only with --strict:\n"
        "    rfc6121/2.1.6/is-non-strict: What came of is-non-strict.\n"
    )


def test_strict_counts_what_is_recommended():
    """Then such a row stands among those that are wrong."""
    shown = console_table([run(strict=True)])
    assert "seed 7, strict" in shown
    assert "NON-STRICT   rfc6121/2.1.6/is-non-strict\n    What came" in shown
    assert "only with --strict" not in shown


def test_all_well_is_said():
    """A run without anything wrong, and one in which nothing ran."""
    assert console_table([run([row(Verdict.PASS)])]).endswith(": 1 PASS.\nEvery row is as it should be.\n")
    assert console_table([run([])]) == "sampler 1.2 (tcp, seed 7): nothing ran.\n"


def test_what_is_not_known_for_one_reason_is_told_once():
    """Where no client came, a hundred cases are one paragraph."""
    rows = [row(Verdict.INCONCLUSIVE, f"case-{number}", "No client came.") for number in range(100)]
    for shown in (console_table([run(rows)]), markdown([run(rows)])):
        assert shown.count("No client came.") == 1
        assert all(row.case.id in shown for row in rows)


def test_lines_fit_a_terminal_and_act_upon_nothing():
    """Whatever a client is called and however long its sentences are."""
    rows = [row(Verdict.FAIL, "long", "word " * 200_000), row(Verdict.INCONCLUSIVE, "one", "x" * 200_000)]
    for runs in ([hostile_run()], [run(rows)]):
        shown = console_table(runs)
        assert all(line.isprintable() and len(line) <= WIDTH for line in shown.splitlines())
        assert len(shown) < 20_000
        shown.encode()


def test_markdown_counts_and_says_what_is_wrong():
    """A table with a line for each client, and a list."""
    shown = markdown([run(), run(client="two")])
    assert "| sampler 1.2 | 2 | 1 | 3 | 1 | 1 | 1 | 4 |" in shown
    assert "### two 1.2: not as it should be" in shown
    assert (
        "- **FAIL** `rfc6121/2.1.6/is-fail`: What came of is-fail.<br>\n  Rule (MUST): The rule of is-fail.<br>"
        in shown
    )
    assert shown.startswith("## RFC 6121 conformance\n\nExit code 1:")


def test_markdown_of_hostile_names_is_text():
    """No markup, table cell, code or link of a client's making."""
    shown = markdown([hostile_run()])
    assert HOSTILE not in shown
    assert "<script" not in shown
    table = next(line for line in shown.splitlines() if line.startswith("| &#60;script"))
    assert table.count("|") == 9
    assert all(line.isprintable() for line in shown.splitlines())


def test_it_is_short_where_all_is_well():
    """A summary is no second report."""
    rows = [one for one in every_verdict() if one.finding.verdict is Verdict.PASS and one.expected is None]
    assert len(markdown([run(rows)]).splitlines()) < 12
