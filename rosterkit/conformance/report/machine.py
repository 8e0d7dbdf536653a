"""``index.json``: all of a report for programs, but for the transcripts.  Its schema is ``index.schema.json``.

Tests: ``tests/conformance/test_report_index.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rosterkit.conformance.case import Check
from rosterkit.conformance.report.layout import Column, Layout, Place
from rosterkit.conformance.report.page import GENERATOR
from rosterkit.conformance.report.suite import Suite
from rosterkit.conformance.results import PASS_RULE, Expectation, exit_code
from rosterkit.conformance.verdicts import Verdict

__all__ = ["SCHEMA_VERSION", "index_json", "index_value"]

#: The version of the schema; a reader takes this one and those before it.
SCHEMA_VERSION = 1


def index_json(layout: Layout, suite: Suite) -> str:
    """The text of the file: ASCII, so that nothing in it acts upon a terminal."""
    return json.dumps(index_value(layout, suite), indent=1) + "\n"


def index_value(layout: Layout, suite: Suite) -> dict[str, Any]:
    """What is in the file."""
    return {
        "rosterkit_report": SCHEMA_VERSION,
        "generator": GENERATOR,
        "testee": suite.testee,
        "pass_rule": PASS_RULE,
        "exit_code": exit_code(layout.runs),
        "counts": _summed(column.run.counts() for column in layout.columns),
        "runs": [_run(column) for column in layout.columns],
    }


def _summed(counts: Iterable[Mapping[Verdict, int]]) -> dict[str, int]:
    summed = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    for one in counts:
        for verdict, count in one.items():
            summed[verdict.value] += count
    return summed


def _run(column: Column) -> dict[str, Any]:
    run = column.run
    return {
        "client": run.client,
        "version": run.version,
        "transport": run.transport,
        "command": run.command,
        "environment": dict(run.environment),
        "seed": run.seed,
        "started": run.started,
        "seconds": round(run.seconds, 3),
        "strict": run.strict,
        "counts": _summed([run.counts()]),
        "unexpected": len(run.unexpected()),
        "rows": [_row(place) for place in column.places.values()],
    }


def _row(place: Place) -> dict[str, Any]:
    row, case = place.row, place.row.case
    return {
        "id": case.id,
        "kind": "check" if isinstance(case, Check) else "case",
        "section": case.section,
        "aliases": list(case.aliases),
        "level": case.level.value,
        "rule": case.rule,
        "consequence": case.consequence,
        "done": case.done,
        "wanted": case.wanted,
        "verdict": row.finding.verdict.value,
        "words": row.finding.words,
        "oracle": row.finding.oracle.value,
        "entries": list(row.finding.entries),
        "seconds": round(row.seconds, 3),
        "play": row.play,
        "expected": _expected(row.expected),
        "as_expected": place.good,
        "page": place.page,
        "transcript": place.transcript,
    }


def _expected(expected: Expectation | None) -> dict[str, Any] | None:
    if expected is None:
        return None
    until = expected.until.isoformat() if expected.until is not None else None
    return {
        "glob": expected.glob,
        "verdict": expected.verdict.value,
        "reason": expected.reason,
        "until": until,
    }
