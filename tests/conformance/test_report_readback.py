"""Reports read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_samples import hostile_run, row, run

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.report import read_report, write_report
from rosterkit.conformance.report.machine import SCHEMA_VERSION
from rosterkit.conformance.report.readback import read_index
from rosterkit.conformance.results import Row, Run
from rosterkit.conformance.verdicts import Verdict
from rosterkit.errors import ConfigError


def told(one: Row) -> tuple[Any, ...]:
    """Everything of a row but what cannot be written down: the case's functions."""
    case = one.case
    words = (case.id, case.level, case.rule, case.consequence, case.done, case.wanted, case.aliases)
    return type(case), words, one.finding, list(one.entries), one.seconds, one.play, one.expected


def about(one: Run) -> tuple[Any, ...]:
    """A run without its rows."""
    return (
        one.client, one.seed, one.started, one.seconds, one.strict, one.version, one.transport, one.command,
        dict(one.environment),
    )  # fmt: skip


@pytest.mark.parametrize("runs", [[run(), run(client="two", strict=True)], [hostile_run()], []], ids=range(3))
def test_what_was_written_is_read_back(runs: list[Run], tmp_path: Path):
    """Runs, rows, findings, expectations and transcripts are the same."""
    write_report(tmp_path, runs)
    read = read_report(tmp_path)
    assert [about(one) for one in read] == [about(one) for one in runs]
    assert [[told(one) for one in sorted_rows(run)] for run in read] == [
        [told(one) for one in sorted_rows(run)] for run in runs
    ]


def sorted_rows(run: Run) -> list[Row]:
    """Rows by their ids."""
    return sorted(run.rows, key=lambda row: row.case.id)


def test_reports_of_several_clients_become_one(tmp_path: Path):
    """Each has its column, its pages and its transcripts."""
    write_report(tmp_path / "a", [run(client="a")])
    write_report(tmp_path / "b", [run([row(Verdict.PASS, "other")], "b")])
    both = [*read_report(tmp_path / "a"), *read_report(tmp_path / "b")]
    index = write_report(tmp_path / "both", both)
    assert [one.client for one in read_report(index)] == ["a", "b"]
    assert (tmp_path / "both/transcripts/a/2-1-6-is-fail.jsonl").read_bytes() == (
        tmp_path / "a/transcripts/a/2-1-6-is-fail.jsonl"
    ).read_bytes()
    assert (tmp_path / "both/cases/2-1-6-other--b.html").exists()


def test_a_case_that_is_not_known_is_shown_by_what_the_report_says(tmp_path: Path):
    """The catalogue is not asked; such a case cannot be played, and says so."""
    write_report(tmp_path, [run()])
    read = read_report(tmp_path)[0]
    one = next(row.case for row in read.rows if row.case.id == "rfc6121/2.1.6/is-fail")
    assert isinstance(one, Case)
    assert one.rule == "The rule of is-fail."
    assert any(isinstance(row.case, Check) for row in read.rows)


def test_a_file_in_the_folder_names_it_too(tmp_path: Path):
    """The page or the index, which may be alone somewhere else."""
    page = write_report(tmp_path / "a", [run()])
    assert len(read_report(page)) == len(read_report(tmp_path / "a" / "index.json")) == 1
    (tmp_path / "alone.json").write_bytes((tmp_path / "a" / "index.json").read_bytes())
    (alone,) = read_report(tmp_path / "alone.json")
    assert all(not row.entries for row in alone.rows)


def test_the_index_can_be_read_without_transcripts(tmp_path: Path):
    """A comparison needs none."""
    write_report(tmp_path, [run()])
    assert all(not row.entries for row in read_index(tmp_path)[0].rows)


def changed(tmp_path: Path, **values: Any) -> Path:
    """A report whose first row has other values."""
    write_report(tmp_path, [run([row(Verdict.FAIL, "one")])])
    path = tmp_path / "index.json"
    said = json.loads(path.read_text())
    said["runs"][0]["rows"][0].update(values)
    path.write_text(json.dumps(said))
    return tmp_path


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"verdict": "GOOD"}, "GOOD"),
        ({"verdict": 5}, "verdict"),
        ({"id": "../../x/y"}, "id"),
        ({"id": "no-section"}, "id"),
        ({"transcript": "../../../etc/passwd"}, "transcript"),
        ({"transcript": "transcripts/../../x.jsonl"}, "transcript"),
        ({"transcript": 5}, "transcript"),
        ({"words": None}, "words"),
        ({"expected": {"glob": "*"}}, "until"),
        ({"expected": {"glob": "*", "verdict": "FAIL", "reason": "x", "until": "soon"}}, "soon"),
    ],
)
def test_a_wrong_row_is_said_so(values: dict[str, Any], name: str, tmp_path: Path):
    """With the file and what is wrong in it; nothing outside of the folder is read."""
    with pytest.raises(ConfigError) as error:
        read_report(changed(tmp_path, **values))
    assert "index.json" in str(error.value)
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no report"),
        ("{}", "no report of rosterkit"),
        ("[1]", "no report of rosterkit"),
        ('{"rosterkit_report": "1"}', "no report of rosterkit"),
        ('{"rosterkit_report": 1}', "not as a report"),
        (f'{{"rosterkit_report": {SCHEMA_VERSION + 1}, "runs": []}}', "Upgrade"),
        ("[" * 100_000, "no report"),
    ],
)
def test_what_is_no_report_is_said_so(text: str, said: str, tmp_path: Path):
    """Another file, half of one, or the report of a newer version."""
    (tmp_path / "index.json").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_report(tmp_path)


def test_an_empty_folder_is_no_report(tmp_path: Path):
    """With the reason."""
    with pytest.raises(ConfigError, match="holds no report"):
        read_report(tmp_path / "none")


def test_a_broken_transcript_is_said_so(tmp_path: Path):
    """A report whose transcript somebody has cut."""
    write_report(tmp_path, [run([row(Verdict.FAIL, "one")])])
    path = tmp_path / "transcripts/sampler/2-1-6-one.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ConfigError, match=r"one\.jsonl is no transcript"):
        read_report(tmp_path)
