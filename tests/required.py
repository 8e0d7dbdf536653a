"""The option ``--require N``: a run is green only when exactly N tests passed and none was skipped.

A lane that lost its client, or half of its tests, would be green for the wrong reason; and a number that is too low
would not notice it.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the option known."""
    parser.addoption(
        "--require", type=int, metavar="N", help="fail unless exactly N tests passed and none was skipped"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Count where the option is given; where several processes run the tests, in the one that hears of all."""
    required = config.getoption("--require")
    if required is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Count(required))


def complaint(required: int, passed: int, skipped: int) -> str:
    """What is wrong with a run in which no test failed; empty where nothing is."""
    if skipped:
        return f"{skipped} skipped, which --require forbids: the lane has to bring what they need."
    if passed < required:
        return f"{passed} passed, {required} are required: tests were lost."
    if passed > required:
        return f"{passed} passed, {required} are required: raise the number in the Makefile."
    return ""


class _Count:
    def __init__(self, required: int) -> None:
        self._required = required
        self._passed = 0
        self._skipped = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._skipped += report.skipped or hasattr(report, "wasxfail")
        self._passed += report.when == "call" and report.passed

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._skipped += report.skipped

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        quiet = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if exitstatus in quiet and complaint(self._required, self._passed, self._skipped):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        said = complaint(self._required, self._passed, self._skipped)
        if said:
            terminalreporter.write_line(f"--require: {said}", red=True)
