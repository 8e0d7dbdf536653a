"""A whole run: what it says of problems, what it does where something is wrong, too slow or missing."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.fuzz import guided, run, worker
from bench.fuzz.case import WrongError, load
from bench.fuzz.run import Job, Result, problems
from bench.fuzz.targets import TARGETS
from bench.fuzz.watch import Growth, Marks

JOB = Job("jid", "grammar", 1000, "s")
FINE = Result(JOB, 1000, 1000, 1.0, {"full": 300})


def test_a_good_run_has_no_problems() -> None:
    """Nor has one of atheris, which counts no phases."""
    assert list(problems(FINE)) == []
    assert list(problems(FINE._replace(job=JOB._replace(engine="atheris"), phases={}))) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sentence": "WrongError: it is.", "file": "run/fuzz/a.json"}, "--replay run/fuzz/a.json"),
        ({"phases": {"full": 99}}, "too few inputs reach 'full'"),
        ({"growth": Growth(99_999, 0, 50_000)}, "it grows"),
        ({"growth": Growth(0, 99_999, 50_000)}, "it grows"),
    ],
)
def test_problems_are_told(changes: dict[str, Any], said: str) -> None:
    """A wrong input with the way to see it again, a run that stays shallow, one that leaves something behind."""
    (problem,) = problems(FINE._replace(**changes))
    assert said in problem


def test_an_engine_that_tries_nothing_is_a_problem() -> None:
    """Though its process ended well."""
    (problem,) = problems(FINE._replace(job=JOB._replace(engine="atheris"), inputs=0))
    assert "has tried nothing" in problem


def test_few_inputs_say_nothing_of_growth() -> None:
    """Tables fill at the beginning."""
    assert list(problems(FINE._replace(growth=Growth(99_999, 99_999, 4_999)))) == []


def options(tmp_path: Path, *more: str) -> list[str]:
    """Of a short run."""
    return ["--seed=t", f"--folder={tmp_path}", "--processes=1", "--targets", "jid", *more]


def test_a_run_tries_what_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """By processes of its own; it says how many, and that the other engine did not run where it is missing."""
    monkeypatch.setattr(guided, "is_installed", lambda: False)
    assert run.main(options(tmp_path, "--inputs=400")) == 0
    said = capsys.readouterr().out
    assert "DOES NOT RUN" in said
    assert "400 mutated by the grammar, none by atheris, which is not installed; 0 problems." in said
    assert list(tmp_path.iterdir()) == []


def test_both_engines_can_be_demanded(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Then nothing runs where the second is missing, and it is said what to install."""
    monkeypatch.setattr(guided, "is_installed", lambda: False)
    assert run.main(options(tmp_path, "--inputs=400", "--both")) == 2
    assert "pip install '.[fuzz]'" in capsys.readouterr().out


def test_time_makes_more_rounds(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Each with a seed of its own, until it is over."""
    monkeypatch.setattr(guided, "is_installed", lambda: False)
    now = iter([0.0, 1.0, 2.0, 5.0, 6.0, 7.0, *map(float, range(8, 99))])
    monkeypatch.setattr(run.time, "monotonic", lambda: next(now))
    assert run.main(options(tmp_path, "--inputs=40", "--seconds=6")) == 0
    assert capsys.readouterr().out.count("jid          grammar") >= 2


def test_a_wrong_input_is_kept_and_can_be_seen_again(tmp_path: Path, monkeypatch: Any) -> None:
    """Small, with its sentence; replaying it says whether it is still wrong."""
    target = TARGETS["jid"]

    def play(case: Any) -> Any:
        if any(b"@" in step.data for step in case.steps):
            raise WrongError("An at sign came.")
        return real(case)

    real = target.play
    monkeypatch.setattr(target, "play", play)
    monkeypatch.setattr(worker, "begin_logging", lambda: None)
    monkeypatch.setattr(run, "begin_logging", lambda: None)
    marks = tmp_path / "marks"
    assert worker.main(["jid", "--inputs=100", f"--marks={marks}", f"--folder={tmp_path}"]) == 1
    (path,) = tmp_path.glob("*.json")
    name, case = load(path)
    assert name == "jid"
    assert [step.data for step in case.steps] == [b"@"]
    assert json.loads(path.read_text())["sentence"] == "WrongError: An at sign came."
    assert run.main(["--replay", str(path)]) == 1
    monkeypatch.setattr(target, "play", real)
    assert run.main(["--replay", str(path)]) == 0


def test_an_input_that_ends_its_process_is_kept(tmp_path: Path, monkeypatch: Any) -> None:
    """Which it was stands in the marks; the file has it whole."""

    def ended(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        path = Path(next(word for word in command if word.startswith("--marks=")).removeprefix("--marks="))
        Marks(path).write(7, 70)
        return subprocess.CompletedProcess(command, -signal.SIGPROF, "", "Current thread")

    monkeypatch.setattr(run.subprocess, "run", ended)
    monkeypatch.setattr(guided, "is_installed", lambda: False)
    assert run.main(options(tmp_path, "--inputs=400")) == 1
    (path,) = tmp_path.glob("*.json")
    assert load(path)[1].steps == worker.case_of(TARGETS["jid"], "t", 7).steps
