"""Transcripts: written, read back, judged again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from report_samples import ME, Play, case, hostile_run, played, row

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.catalogue import CASES
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants import MUTANTS
from rosterkit.conformance.report import judge_again, read_transcript, transcript_lines
from rosterkit.conformance.report.transcript import account_of
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Verdict, passed
from rosterkit.core.journal import Entry
from rosterkit.errors import ConfigError

SEED = "5"


def written(path: Path, entries: list[Entry], case_id: str = "rfc6121/2.1.6/sample", me: str = ME) -> Path:
    """A transcript in a file."""
    path.write_text("".join(f"{line}\n" for line in transcript_lines(case_id, SEED, me, entries)), encoding="ascii")
    return path


def test_every_entry_survives(tmp_path: Path):
    """What was written is read back the same: data of any bytes, notes with any text, faults and all."""
    entries = list(hostile_run().rows[0].entries)
    assert any(b"\xff" in entry.data for entry in entries)
    read = read_transcript(written(tmp_path / "t.jsonl", entries))
    assert read.entries == entries
    assert read[:3] == ("rfc6121/2.1.6/sample", SEED, ME)


def test_all_bytes_survive(tmp_path: Path):
    """Each byte alone, and the characters that JSON or a line end could change."""
    play = Play()
    for data in [bytes([byte]) for byte in range(256)] + [
        "\u2028\u2029\x85\ufeff".encode(),
        b"\xef\xbf\xbd",
        b"\xed\xa0\x80",
    ]:
        play.add("in", "message", data)
    assert read_transcript(written(tmp_path / "t.jsonl", play.entries)).entries == play.entries


def test_the_text_of_what_is_no_utf_8_can_be_read(tmp_path: Path):
    """``xml`` is there for people in each line, ``base64`` only where it is not the whole truth."""
    play = Play()
    play.add("in", "message", b"<a>\xff</a>")
    play.add("in", "message", "<a>é</a>".encode())
    _, broken, whole = map(json.loads, written(tmp_path / "t.jsonl", play.entries).read_text().splitlines())
    assert broken["xml"] == "<a>\ufffd</a>"
    assert "base64" in broken
    assert "base64" not in whole


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.id)
def test_the_same_is_found_again(one: Case, tmp_path: Path):
    """From the transcript of a play alone its judge comes to the same finding."""
    play = play_in_memory(one, ScriptedClient, SEED)
    lines = transcript_lines(one.id, SEED, play.scene.me, play.entries)
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(lines), encoding="ascii")
    assert judge_again(path) == judged(one, play.evidence())


def test_a_failure_is_found_again(tmp_path: Path):
    """Also where the client is wrong, and with every oracle."""
    seen = set()
    one = next(one for one in CASES if one.id == "rfc6121/2.1.6/spoofed-stranger")
    mutant = next(mutant for mutant in MUTANTS if mutant.name == "takes-pushes-from-strangers")
    for orders in ("report", "edit", "none"):
        play = play_in_memory(one, mutant.client, SEED, orders)
        path = written(tmp_path / f"{orders}.jsonl", play.entries, one.id, play.scene.me)
        found = judge_again(path)
        assert found == judged(one, play.evidence())
        assert found.verdict is Verdict.FAIL
        seen.add(found.oracle)
    assert len(seen) == 3


def test_the_account_is_that_of_the_first_login():
    """It is what the scene is drawn for; without a login it is the case's own."""
    assert account_of(row(Verdict.PASS)) == ME
    assert account_of(row(Verdict.PASS, case=case("quiet"), entries=())) == "c-2-1-6-quiet@case.test"


def test_cases_of_another_suite_are_judged_by_their_own(tmp_path: Path):
    """The catalogue can be given."""
    path = written(tmp_path / "t.jsonl", played().entries)
    assert judge_again(path, [case()]).words == "It is as it was wanted."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("nothing", "Expecting value"),
        ('{"rosterkit_transcript": 2, "case": "a", "seed": "", "me": "a@b"}', "rosterkit_transcript as 1, and has 2"),
        ('{"rosterkit_transcript": 1}', "case"),
        ('{"rosterkit_transcript": 1, "case": "rfc6121/9/none", "seed": "", "me": "a@b"}', "does not have"),
        ('{"rosterkit_transcript": 1, "case": "rfc6121/2.1.6/sample", "seed": "", "me": "@"}', "no transcript"),
        ('{"rosterkit_transcript": 1, "case": "c", "seed": "", "me": "a@b"}\n{"number": 1}', "no transcript"),
        ('{"rosterkit_transcript": 1, "case": "c", "seed": "", "me": "a@b"}\n[]', "no transcript"),
        ("[" * 100_000, "no transcript"),
    ],
)
def test_what_is_no_transcript_is_said_so(text: str, said: str, tmp_path: Path):
    """A sentence that names the file, and no other exception."""
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        judge_again(path, [case()])
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_notes_that_somebody_has_changed_are_said_so(tmp_path: Path):
    """The judge's trouble with them is no traceback."""
    play = Play()
    play.note(belief=5)
    path = written(tmp_path / "t.jsonl", play.entries)
    one = replace(case(), judge=lambda evidence: passed(str(evidence.belief("after").ver)))
    with pytest.raises(ConfigError, match="cannot be judged"):
        judge_again(path, [one])


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path):
    """With the reason of the system."""
    with pytest.raises(ConfigError, match="cannot be read"):
        judge_again(tmp_path / "none.jsonl")
