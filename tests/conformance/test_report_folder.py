"""The folder of a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_samples import every_verdict, row, run

from rosterkit.conformance.report import write_report
from rosterkit.conformance.verdicts import Verdict
from rosterkit.errors import ConfigError


def files(folder: Path) -> set[str]:
    """Every file in it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_report_is_these_files(tmp_path: Path):
    """Pages, files for programs, a transcript for each play; and nothing half made."""
    page = write_report(tmp_path / "deep" / "report", [run([row(Verdict.PASS, "one"), every_verdict()[-1]])])
    assert page == tmp_path / "deep" / "report" / "index.html"
    assert files(page.parent) == {
        "index.html",
        "index.json",
        "junit.xml",
        "summary.md",
        "cases/2-1-6-one--sampler.html",
        "cases/rfc6120-8-2-3-checked--sampler.html",
        "transcripts/sampler/2-1-6-one.jsonl",
    }


def test_what_an_earlier_report_left_is_removed_and_nothing_else(tmp_path: Path):
    """Pages and transcripts of cases and clients that are not in it any more; a file of somebody else stays."""
    write_report(
        tmp_path, [run([row(Verdict.PASS, "one"), row(Verdict.PASS, "two")]), run([row(Verdict.PASS)], "gone")]
    )
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "cases" / "mine.html").write_text("mine")
    write_report(tmp_path, [run([row(Verdict.PASS, "one")])])
    assert files(tmp_path) == {
        "index.html",
        "index.json",
        "junit.xml",
        "summary.md",
        "notes.txt",
        "cases/mine.html",
        "cases/2-1-6-one--sampler.html",
        "transcripts/sampler/2-1-6-one.jsonl",
    }
    assert not (tmp_path / "transcripts" / "gone").exists()


def test_an_index_that_somebody_has_changed_removes_nothing_outside(tmp_path: Path):
    """Only names that a report of ours could have are taken from it."""
    outside = tmp_path / "outside.html"
    outside.write_text("mine")
    folder = tmp_path / "report"
    write_report(folder, [run([row(Verdict.PASS, "one")])])
    path = folder / "index.json"
    said = json.loads(path.read_text())
    said["runs"][0]["rows"] += [
        {"page": name} for name in ("../outside.html", "cases/../../outside.html", str(outside), 5)
    ]
    path.write_text(json.dumps(said))
    write_report(folder, [run([row(Verdict.PASS, "one")])])
    assert outside.read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"rosterkit_report": 1, "runs": 5}', '{"rosterkit_report": 9, "runs": [{}]}']
)
def test_a_spoilt_index_of_ours_is_replaced(text: str, tmp_path: Path):
    """The page beside it says that the folder is a report's."""
    write_report(tmp_path, [run()])
    (tmp_path / "index.json").write_text(text)
    write_report(tmp_path, [run()])
    assert json.loads((tmp_path / "index.json").read_text())["rosterkit_report"] == 1


@pytest.mark.parametrize("name", ["index.html", "index.json", "junit.xml", "summary.md"])
def test_files_of_something_else_are_not_overwritten(name: str, tmp_path: Path):
    """A folder with somebody's page or results in it is refused, and they stay."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(ConfigError, match=f"holds {name} of something else"):
        write_report(tmp_path, [run()])
    assert files(tmp_path) == {name}
    assert (tmp_path / name).read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path):
    """A file where a folder should be; the sentence names it and what to do."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match=r"cannot be written to .*file.* Name another folder\."):
            write_report(folder, [run()])


def test_a_full_disk_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each file is replaced at once, so one that cannot be written is as it was, and no piece of it stays."""
    write_report(tmp_path, [run([row(Verdict.PASS, "one")])])
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match="No space left on device"):
        write_report(tmp_path, [run([row(Verdict.FAIL, "one")])])
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_the_index_is_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whoever sees a new index.json finds every file that it names."""
    made: list[str] = []
    replace = Path.replace

    def seen(path: Path, target: Path) -> Path:
        made.append(target.name)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", seen)
    write_report(tmp_path, [run()])
    assert made[-1] == "index.json"
    assert len(made) == len(set(made)) > 10


def test_others_may_read_it(tmp_path: Path):
    """Files have the rights of any other file, so that a web server can show them."""
    (tmp_path / "other").write_text("")
    page = write_report(tmp_path / "report", [run()])
    assert page.stat().st_mode == (tmp_path / "other").stat().st_mode
