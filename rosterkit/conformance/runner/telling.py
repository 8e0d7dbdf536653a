"""What runs of both suites say to people: lines of progress, the table at the end, and where the report goes.

Tests: ``tests/conformance/test_telling.py``, ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from rosterkit.conformance.report import console_table
from rosterkit.conformance.report.visible import cut
from rosterkit.conformance.results import Row, Run
from rosterkit.core.visible import plain
from rosterkit.errors import ConfigError

__all__ = ["check_folder", "complain", "conclude", "counted", "in_one_line", "progress"]

#: The most characters of a finding in a line of progress.
_WORDS = 300


def in_one_line(words: str) -> str:
    """Words without what acts upon a terminal, cut where they are many."""
    return cut(plain(" ".join(words.split())), _WORDS)


def progress(row: Row, done: int, total: int, strict: bool) -> str:
    """The line for a play that is over, with what came where that is not as it should be."""
    why = "" if row.is_good(strict) else f"  {in_one_line(row.finding.words)}"
    return f"[{done:3}/{total}] {row.finding.verdict.value:12} {row.case.id} ({row.seconds:.1f} s){why}"


def counted(run: Run) -> str:
    """How many rows of each verdict: ``3 rows: 2 PASS, 1 FAIL``."""
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in run.counts().items() if count)
    return f"{len(run.rows)} rows: {counts or 'nothing ran'}"


def complain(line: str) -> None:
    """A line for people; where nobody can read it any more, the run goes on."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def conclude(run: Run, last: str) -> None:
    """The table of a run and its last line on standard output; a reader who has gone, or a full disk, is no error."""
    try:
        print(f"{console_table([run])}\n{last}", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check_folder(folder: Path) -> None:
    """ConfigError where no report can be written there, before anything is played."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(
            f"--report: {folder} cannot be written to: {error.strerror}. Name another folder."
        ) from error
