"""What runs say to people, whichever suite they are of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from report_samples import row, run

from rosterkit.conformance.runner.telling import check_folder, complain, counted, in_one_line
from rosterkit.conformance.verdicts import Verdict
from rosterkit.errors import ConfigError


def test_rows_are_counted_by_verdict():
    """Those that did not come are left out; nothing is nothing."""
    assert counted(run([row(Verdict.PASS), row(Verdict.PASS, "two"), row(Verdict.FAIL, "three")])) == (
        "3 rows: 2 PASS, 1 FAIL"
    )
    assert counted(run([])) == "0 rows: nothing ran"


def test_words_of_a_testee_stay_in_their_line():
    """Whatever it says cannot act upon the terminal, and does not fill it."""
    said = in_one_line("one\n\x1b[31mtwo\t" + "x" * 5000)
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) < 400


def test_a_reader_who_has_gone_does_not_end_a_run(capsys: pytest.CaptureFixture[str]):
    """The line is lost, and that is all."""
    code = "import os, sys\nos.close(2)\nfrom rosterkit.conformance.runner.telling import complain\ncomplain('x')"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    complain("heard")
    assert "heard" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_played(tmp_path: Path):
    """With the option; one that can is made, and left empty."""
    check_folder(tmp_path / "made" / "deep")
    assert list((tmp_path / "made" / "deep").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written to"):
        check_folder(tmp_path / "file" / "in")
