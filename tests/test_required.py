"""The option --require: which runs it does not let pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from required import complaint

THREE_TESTS = """
import pytest
def test_one(): pass
def test_two(): pass
@pytest.mark.skipif("CLIENT" not in __import__("os").environ, reason="no client")
def test_three(): pass
"""


@pytest.mark.parametrize(
    ("required", "passed", "skipped", "said"),
    [
        (3, 3, 0, ""),
        (3, 2, 0, "tests were lost"),
        (3, 4, 0, "raise the number"),
        (3, 3, 1, "forbids"),
        (0, 0, 1, "1 skipped"),
    ],
)
def test_only_the_exact_number_without_skips_is_right(required: int, passed: int, skipped: int, said: str):
    """Fewer, more and skipped are each refused with their reason."""
    assert said in complaint(required, passed, skipped)
    assert bool(said) == bool(complaint(required, passed, skipped))


@pytest.mark.parametrize(
    ("required", "environment", "code", "said"),
    [
        (3, {"CLIENT": "1"}, 0, "3 passed"),
        (3, {}, 1, "--require: 1 skipped"),
        (4, {"CLIENT": "1"}, 1, "tests were lost"),
    ],
)
@pytest.mark.parametrize("beside", [(), ("-p", "xdist", "-n", "2")])
def test_the_exit_code_tells_it(
    required: int, environment: dict[str, str], code: int, said: str, beside: tuple[str, ...], tmp_path: Path
):
    """A run that pytest itself calls green fails when tests are missing, in one process or several."""
    (tmp_path / "test_lane.py").write_text(THREE_TESTS)
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "required",
            "--require",
            str(required),
            "-p",
            "no:cacheprovider",
            *beside,
        ],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(Path(__file__).parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stdout
    assert said in ended.stdout
