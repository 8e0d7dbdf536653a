"""The whole run: every target by both engines, some processes beside each other, and what came of it.

Exit code 1 where an input was wrong, too slow or left something behind, where a target did not get deep enough, or
where fewer mutated inputs were tried than was asked for.

Tests: ``tests/bench/fuzz/test_fuzz_run.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from bench.fuzz import guided
from bench.fuzz.case import load, save
from bench.fuzz.keys import quick_keys
from bench.fuzz.targets import TARGETS
from bench.fuzz.watch import Growth, Marks
from bench.fuzz.worker import begin_logging, case_of, sentence_of

__all__ = ["Job", "Result", "main", "problems"]

#: Of so many inputs of the grammar one more comes from atheris.
_GUIDED_PART = 20
#: A run with fewer inputs says nothing about growth.
_ENOUGH_TO_GROW = 5_000
#: And about how deep they get.
_ENOUGH_TO_COUNT = 300
#: So many of the phases that were reached are told.
_TOLD = 6
_COVERED = re.compile(r"cov: (\d+)")
_ROOT = Path(__file__).resolve().parents[2]


class Job(NamedTuple):
    """What one process has to do."""

    target: str
    engine: str
    inputs: int
    seed: str


class Result(NamedTuple):
    """What came of a job.  ``mutated`` are those of ``inputs`` that are not as the grammar made them.

    ``phases`` count how often each was reached; ``sentence`` says what is wrong and ``file`` how to see it again.
    """

    job: Job
    inputs: int
    mutated: int
    seconds: float
    phases: dict[str, int]
    growth: Growth | None = None
    covered: int | None = None
    sentence: str | None = None
    file: str | None = None

    @property
    def line(self) -> str:
        """It in one line."""
        target, engine = self.job.target, self.job.engine
        speed = f"{self.inputs / self.seconds:7.0f}/s" if self.seconds else ""
        grown = f"{self.growth.kib:+d} KiB {self.growth.blocks:+d} blocks" if self.growth is not None else ""
        names = [name for name in dict.fromkeys([TARGETS[target].deep[0], *self.phases]) if name in self.phases]
        counts = ", ".join(f"{name} {self.phases[name]}" for name in names[:_TOLD])
        covered = f"{self.covered} edges" if self.covered is not None else ""
        return f"{target:12} {engine:8} {self.inputs:8} {self.mutated:8} {speed:10} {grown:24} {covered}{counts}"


def problems(result: Result) -> Iterable[str]:
    """What is wrong with it, a sentence each."""
    job = result.job
    if result.sentence is not None:
        again = f" See it again: make fuzz ARGS='--replay {result.file}'" if result.file is not None else ""
        yield f"{job.target} by {job.engine}: {result.sentence}{again}"
        return
    if result.growth is not None and result.growth.inputs >= _ENOUGH_TO_GROW and not result.growth.is_flat:
        yield f"{job.target}: it grows: {result.growth} between its half and its end. Look for what keeps it."
    if job.engine != "grammar":
        if not result.inputs:
            yield f"{job.target} by {job.engine}: it has tried nothing. Run it alone: --targets {job.target}"
        return
    phase, least = TARGETS[job.target].deep
    if result.inputs >= _ENOUGH_TO_COUNT and result.phases.get(phase, 0) < least * result.inputs:
        yield f"{job.target}: too few inputs reach {phase!r}: {result.phases}. The grammar has to be mended."


def main(arguments: list[str] | None = None) -> int:
    """Run it; the exit code."""
    options = _options(arguments)
    if options.replay is not None:
        return _replay(options.replay)
    began, results, number = time.monotonic(), [], 0
    print(f"The seed is {options.seed}; the same one makes the same inputs.", flush=True)
    if not guided.is_installed():
        if options.both:
            print("atheris is not installed for this Python, and --both asks for it: pip install '.[fuzz]'")
            return 2
        print("atheris is not installed for this Python: THE COVERAGE-GUIDED ENGINE DOES NOT RUN.", flush=True)
    print(f"{'target':12} {'engine':8} {'inputs':>8} {'mutated':>8} {'speed':10} {'growth':24} reached", flush=True)
    while True:
        seed = f"{options.seed}-{number}" if number else options.seed
        results += _round(list(_jobs(options, seed)), options)
        number += 1
        if any(result.sentence for result in results) or time.monotonic() - began >= options.seconds:
            break
    return _summed_up(results, options, time.monotonic() - began)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="How many mutated inputs in one round.")
    parser.add_argument("--seconds", type=float, default=0, help="Go on with new rounds until so much time is over.")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--targets", nargs="*", default=list(TARGETS), choices=TARGETS, metavar="TARGET")
    parser.add_argument("--folder", type=Path, default=Path("run/fuzz"), help="Where wrong cases are written.")
    parser.add_argument("--both", action="store_true", help="Refuse to run without atheris, the second engine.")
    parser.add_argument("--replay", type=Path, help="Play one case of such a file, and nothing else.")
    return parser.parse_args(arguments)


def _replay(path: Path) -> int:
    try:
        name, case = load(path)
        target = TARGETS[name]
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror}. Name a file that the fuzzer wrote.")
        return 2
    except ValueError as error:
        print(error)
        return 2
    except KeyError:
        print(f"There is no target {name!r} any more, which {path} is a case of; there are {', '.join(TARGETS)}.")
        return 2
    begin_logging()
    with quick_keys():
        sentence = sentence_of(target, case)
    print(sentence or f"Nothing is wrong with {path} any more.")
    return 1 if sentence else 0


def _jobs(options: argparse.Namespace, seed: str) -> Iterable[Job]:
    """The longest first."""
    shares = {name: TARGETS[name].share for name in options.targets}
    whole = sum(shares.values())
    for name, share in sorted(shares.items(), key=lambda item: -item[1]):
        inputs = -(-int(options.inputs * share * 1000) // int(whole * 1000))
        yield Job(name, "grammar", inputs, seed)
        if guided.is_installed():
            yield Job(name, "atheris", max(1, inputs // _GUIDED_PART), seed)


def _round(jobs: list[Job], options: argparse.Namespace) -> list[Result]:
    results = []
    with ThreadPoolExecutor(options.processes) as pool, tempfile.TemporaryDirectory() as folder:
        for result in pool.map(lambda job: _done(job, options, Path(folder)), jobs):
            print(result.line, flush=True)
            results.append(result)
    return results


def _done(job: Job, options: argparse.Namespace, folder: Path) -> Result:
    """One process from its beginning to its end, whatever that is."""
    marks = folder / f"{job.target}-{job.engine}"
    module = "bench.fuzz.worker" if job.engine == "grammar" else "bench.fuzz.guided"
    inputs = (
        job.inputs if job.target not in ("network", "control") or job.engine == "grammar" else job.inputs // 12 + 1
    )
    command = [sys.executable, "-m", module, job.target, f"--inputs={inputs}", f"--seed={job.seed}"]
    command += [f"--marks={marks}", f"--folder={options.folder}"]
    began = time.monotonic()
    ended = subprocess.run(
        command, capture_output=True, text=True, errors="replace", env={**os.environ, "PYTHONPATH": str(_ROOT)}
    )
    seconds = time.monotonic() - began
    if job.engine == "grammar" and ended.stdout.strip():
        return _of_grammar(job, json.loads(ended.stdout.splitlines()[-1]))
    return _of_marks(job, ended, marks, options.folder, seconds)


def _of_grammar(job: Job, told: dict[str, Any]) -> Result:
    grown = Growth(*told["growth"]) if told["growth"] is not None else None
    counts = (told["inputs"], told["mutated"], told["seconds"], told["phases"])
    return Result(job, *counts, growth=grown, sentence=told["sentence"], file=told["file"])


def _of_marks(job: Job, ended: subprocess.CompletedProcess[str], path: Path, folder: Path, seconds: float) -> Result:
    """What a process has left that could not tell it itself."""
    case, inputs, data = Marks(path, made=True).read() if path.exists() else (0, 0, b"")
    covered = _COVERED.findall(ended.stderr)
    result = Result(job, inputs, inputs, seconds, {}, covered=int(covered[-1]) if covered else None)
    if ended.returncode == 0:
        return result
    lines = ended.stdout.strip().splitlines()
    if job.engine == "atheris" and len(lines) >= 2 and Path(lines[-1]).exists():
        return result._replace(sentence="\n".join(lines[:-1]), file=lines[-1])
    target = TARGETS[job.target]
    sentence = f"the process ended with {ended.returncode} in an input:\n{ended.stderr[-3000:]}"
    file = folder / f"{job.target}-{job.seed}-{case}-ended.json"
    save(file, job.target, target.from_bytes(data) if data else case_of(target, job.seed, case), sentence, job.seed)
    return result._replace(sentence=sentence, file=str(file))


def _summed_up(results: list[Result], options: argparse.Namespace, seconds: float) -> int:
    inputs = sum(result.inputs for result in results)
    mutated = sum(result.mutated for result in results if result.job.engine == "grammar")
    by_atheris = sum(result.inputs for result in results if result.job.engine == "atheris")
    found = [problem for result in results for problem in problems(result)]
    if mutated < options.inputs and not found:
        found.append(f"Only {mutated} mutated inputs were tried, and {options.inputs} were asked for.")
    for problem in found:
        print(problem)
    engine = f"{by_atheris} by atheris" if guided.is_installed() else "none by atheris, which is not installed"
    print(f"{inputs} inputs in {seconds:.0f} s: {mutated} mutated by the grammar, {engine}; {len(found)} problems.")
    return 1 if found else 0
