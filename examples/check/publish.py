"""Writes docs/results/README.md from the reports of `make grade`: what came of each client, and why.

The two lines to each FAIL are the reasons in docs/results/expected, which were written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
GRADES = ROOT / "run" / "grades"
VERDICTS = ("PASS", "NON-STRICT", "FAIL", "INFO", "UNSUPPORTED", "INCONCLUSIVE")
HEAD = """# What came of well-known clients

`make grade` plays every case of `rosterkit check client` with eight clients as they are released, each driven by its program in
[examples/check](../../examples/check), whose README says what a program adds where a library keeps nothing. Each FAIL was
checked by hand, against the RFC and against the client's source; the reason stands here and in
[expected](expected), which CI compares with what comes. An author who mends one makes CI fail, which is as it should be.

A library that sends what its application orders, against a rule that the application could have kept, fails that case
too; the reason says so. NON-STRICT counts for nothing without `--strict`.

"""


def main() -> None:
    """Write the page."""
    runs = [run for _, run in reported(GRADES, "make grade")]
    lines = [*table(runs, "client", "over", "---", lambda run: (name_of(run), run["transport"]))]
    lines += [line for run in runs for line in details(run)]
    (ROOT / "docs" / "results" / "README.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def reported(grades: Path, lane: str) -> list[tuple[Path, dict[str, Any]]]:
    """Each run with the folder of its report, ours first; where there are none, this ends with the lane to run."""
    paths = [path for path in grades.glob("*/index.json") if path.parent.name != "all"]
    if not paths:
        sys.exit(f"There is no report in {grades}: run `{lane}` first.")
    runs = [(path.parent, run) for path in paths for run in json.loads(path.read_text(encoding="utf-8"))["runs"]]
    return sorted(runs, key=lambda pair: (pair[1]["client"] != "rosterkit", pair[1]["client"].lower()))


def table(
    runs: list[dict[str, Any]], kind: str, column: str, rule: str, begin: Callable[[dict[str, Any]], tuple[str, str]]
) -> Iterator[str]:
    """How often each verdict came; ``begin`` gives the first two cells of a run."""
    yield f"| {kind} | {column} | {' | '.join(VERDICTS)} |"
    yield f"| --- | {rule} | {' | '.join('---:' for _ in VERDICTS)} |"
    for run in runs:
        counts = [sum(row["verdict"] == verdict for row in run["rows"]) for verdict in VERDICTS]
        yield f"| {' | '.join((*begin(run), *(str(count or '') for count in counts)))} |"


def details(run: dict[str, Any]) -> Iterator[str]:
    """What a client fails, and what it does not do as recommended."""
    yield f"\n## {name_of(run)}\n"
    broken = [row for row in run["rows"] if row["verdict"] == "FAIL"]
    lenient = [row for row in run["rows"] if row["verdict"] == "NON-STRICT"]
    if not broken and not lenient:
        yield "Every rule is followed."
    for row in broken:
        expected = row["expected"] or {}
        yield f"- **FAIL** `{row['id']}`: {row['rule']}\n  {' '.join(expected.get('reason', row['words']).split())}"
    for row in lenient:
        yield f"- NON-STRICT `{row['id']}`: {row['words']}"


def name_of(run: dict[str, Any]) -> str:
    """The client and its version."""
    version = run.get("version") or ""
    return f"{'RosterClient' if run['client'] == 'rosterkit' else run['client']} {version}".strip()


if __name__ == "__main__":
    main()
