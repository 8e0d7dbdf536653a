"""The report of a conformance run: pages for people, files for programs, and the same read back and compared.

Tests: ``tests/conformance/test_report_*.py``.
"""

from __future__ import annotations

from rosterkit.conformance.report.difference import Difference, differences, has_regression, render_differences
from rosterkit.conformance.report.folder import write_report
from rosterkit.conformance.report.readback import read_report
from rosterkit.conformance.report.suite import CLIENTS, SERVERS, Suite, suite_of
from rosterkit.conformance.report.summaries import console_table, markdown
from rosterkit.conformance.report.transcript import Transcript, judge_again, read_transcript, transcript_lines

__all__ = [
    "CLIENTS",
    "SERVERS",
    "Difference",
    "Suite",
    "Transcript",
    "console_table",
    "differences",
    "has_regression",
    "judge_again",
    "markdown",
    "read_report",
    "read_transcript",
    "render_differences",
    "suite_of",
    "transcript_lines",
    "write_report",
]
