"""``index.json`` and its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from report_samples import every_verdict, hostile_run, row, run

from rosterkit.conformance import report
from rosterkit.conformance.report.layout import lay_out
from rosterkit.conformance.report.machine import SCHEMA_VERSION, index_json
from rosterkit.conformance.report.suite import CLIENTS
from rosterkit.conformance.results import PASS_RULE, Run
from rosterkit.conformance.verdicts import Level, Oracle, Verdict

SCHEMA = json.loads((Path(report.__file__).parent / "index.schema.json").read_text())


def index(*runs: Run) -> Any:
    """The file, read."""
    return json.loads(index_json(lay_out(runs), CLIENTS))


@pytest.mark.parametrize(
    "runs", [[], [run([])], [run()], [run(), run(client="two", strict=True)], [hostile_run()]], ids=range(5)
)
def test_it_is_as_its_schema_says(runs: list[Run]):
    """Whatever is reported; the schema itself is one."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(index(*runs), SCHEMA, jsonschema.Draft202012Validator)


def test_the_schema_knows_every_word():
    """Verdicts, levels and oracles of the schema are those that there are, and its version is the writer's."""
    definitions = SCHEMA["$defs"]
    assert definitions["verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert definitions["row"]["properties"]["level"]["enum"] == [level.value for level in Level]
    assert definitions["row"]["properties"]["oracle"]["enum"] == [oracle.value for oracle in Oracle]
    assert SCHEMA["properties"]["rosterkit_report"]["const"] == SCHEMA_VERSION


def test_the_schema_can_fail():
    """A row without its verdict is not as it says."""
    broken = index(run())
    del broken["runs"][0]["rows"][0]["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA, jsonschema.Draft202012Validator)


def test_it_says_by_which_rule_a_row_is_right():
    """The rule stands in it, and what each row and the whole come to by it."""
    said = index(run(), run(client="strict", strict=True))
    assert said["pass_rule"] == PASS_RULE
    assert said["exit_code"] == 1
    good = {row["id"].rpartition("/")[2]: row["as_expected"] for row in said["runs"][0]["rows"]}
    assert good == {
        "is-pass": True,
        "is-non-strict": True,
        "is-fail": False,
        "is-info": True,
        "is-unsupported": True,
        "is-inconclusive": False,
        "known-fail": True,
        "mended": False,
        "checked": False,
    }
    assert [one["unexpected"] for one in said["runs"]] == [4, 5]
    assert said["counts"]["FAIL"] == sum(one["counts"]["FAIL"] for one in said["runs"]) == 6


def test_every_row_is_whole():
    """Its rule, what came, on what it rests, what was expected and where its files are."""
    said = index(run(every_verdict()))["runs"][0]
    known = next(one for one in said["rows"] if one["id"].endswith("known-fail"))
    assert known["section"] == "rfc6121/2.1.6"
    assert known["entries"] == [6, 7]
    assert known["expected"] == {
        "glob": "rfc6121/2.1.6/*",
        "verdict": "FAIL",
        "reason": "It is known: bug 12.",
        "until": "2030-01-31",
    }
    assert known["page"] == "cases/2-1-6-known-fail--sampler.html"
    assert known["transcript"] == "transcripts/sampler/2-1-6-known-fail.jsonl"
    checked = said["rows"][-1]
    assert (checked["kind"], checked["transcript"], checked["play"]) == ("check", None, "rfc6121/2.1.6/is-pass")


def test_nothing_in_it_acts_upon_a_terminal():
    """It is ASCII without control characters but line ends."""
    text = index_json(lay_out([hostile_run()]), CLIENTS)
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())


def test_nothing_ran_has_its_code():
    """A report without rows says so."""
    assert index(run([]))["exit_code"] == 4
    assert index(run([row(Verdict.INCONCLUSIVE)]))["exit_code"] == 3
