"""An input that hangs ends its process wherever it hangs, and what a run leaves behind is seen."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.fuzz.watch import MOST_KIB, Growth, Marks, Size, growth, size_now

HANGS = {
    "in Python": "while True: pass",
    "in a pattern": "import re; re.match('(a+)+b', 'a' * 64)",
}


@pytest.mark.parametrize("where", HANGS)
def test_a_hang_ends_the_process(where: str) -> None:
    """By the signal, and with the place on stderr, also where no Python code runs any more."""
    program = f"from bench.fuzz.watch import limit_time; limit_time(0.2)\n{HANGS[where]}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == -signal.SIGPROF
    assert 'File "<string>", line 2' in ended.stderr


def test_what_is_in_time_goes_on() -> None:
    """A limit that is taken back has no effect."""
    program = "from bench.fuzz.watch import limit_time; limit_time(30); limit_time(0); print('done')"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "done\n"


def test_marks_are_read_by_somebody_else(tmp_path: Path) -> None:
    """What was written last, bytes of any length up to the longest input."""
    marks = Marks(tmp_path / "marks")
    assert Marks(tmp_path / "marks", made=True).read() == (0, 0, b"")
    marks.write(7, 1 << 40, b"x" * 6000)
    assert Marks(tmp_path / "marks", made=True).read() == (7, 1 << 40, b"x" * 6000)
    marks.write(8, 9)
    assert Marks(tmp_path / "marks", made=True).read() == (8, 9, b"")


def test_what_is_kept_is_seen() -> None:
    """Each object that stays counts; what only a bounded cache holds does not."""
    before = size_now(0)
    kept = [object() for _ in range(50_000)]
    after = size_now(1000)
    assert growth(before, after).blocks >= 50_000
    assert not growth(before, after).is_flat
    kept.clear()
    assert growth(before, size_now(1000)).is_flat


def test_growth_is_judged_by_what_was_done() -> None:
    """Blocks by the number of inputs, memory as a whole."""
    assert growth(Size(100, 10, 1), Size(140, 30, 5)) == Growth(40, 20, 4)
    assert Growth(MOST_KIB, 5_000, 0).is_flat
    assert not Growth(MOST_KIB + 1, 0, 10**6).is_flat
    assert not Growth(0, 5_001, 0).is_flat
    assert Growth(0, 50_000, 10**6).is_flat
