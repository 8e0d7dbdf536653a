"""One process that tries one target: by the grammar, until so many mutated inputs are done.

Its last line on stdout is what came of it, in JSON.

Tests: ``tests/bench/fuzz/test_fuzz_run.py``.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from twisted.logger import globalLogBeginner

from bench.fuzz.case import Case, save
from bench.fuzz.keys import quick_keys
from bench.fuzz.minimise import minimised
from bench.fuzz.targets import TARGETS, Target
from bench.fuzz.watch import Marks, Size, growth, limit_time, size_now

__all__ = ["SECONDS_PER_CASE", "begin_logging", "case_of", "keep", "main", "sentence_of"]

#: The most CPU time of one case: a story of sixty stanzas, or a stream in all its cuts.
SECONDS_PER_CASE = 10.0


def begin_logging() -> None:
    """Let what is logged go: else Twisted keeps it for whoever may begin to read it."""
    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def case_of(target: Target, seed: str, number: int) -> Case:
    """The case with this number; always the same."""
    return target.make(random.Random(f"{seed}/{target.name}/{number}"))


def sentence_of(target: Target, case: Case) -> str | None:
    """Why ``case`` is wrong; None where it is not."""
    try:
        target.play(case)
    except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
        return f"{type(error).__name__}: {error}"
    return None


def keep(folder: Path, target: Target, case: Case, sentence: str, seed: str) -> Path:
    """Write ``case`` as small as it can be made; the file."""
    kind = sentence[:40]
    small = minimised(case, lambda smaller: (sentence_of(target, smaller) or "").startswith(kind))
    path = folder / f"{target.name}-{seed.replace('/', '-')}.json"
    save(path, target.name, small, sentence_of(target, small) or sentence, seed)
    return path


class Run:
    """One run of a target by the grammar."""

    def __init__(self, target: Target, seed: str, marks: Marks) -> None:
        self.target = target
        self.seed = seed
        self.marks = marks
        self.cases = self.inputs = self.mutated = 0
        self.phases: Counter[str] = Counter()
        self.half: Size | None = None

    def go(self, mutated: int, seconds: float) -> str | None:
        """Until so many mutated inputs are done or the time is over; the sentence of the first wrong case."""
        end = time.monotonic() + seconds
        while self.mutated < mutated and time.monotonic() < end:
            self.marks.write(self.cases, self.inputs)
            limit_time(SECONDS_PER_CASE)
            case = case_of(self.target, self.seed, self.cases)
            try:
                played = self.target.play(case)
            except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
                limit_time(0)
                traceback.print_exc()
                return f"{type(error).__name__}: {error}"
            self.cases += 1
            self.inputs += played.inputs
            self.mutated += case.mutated
            self.phases.update(set(played.phases) if played.inputs == 1 else played.phases)
            if self.half is None and self.mutated * 2 >= mutated:
                limit_time(0)
                self.half = size_now(self.inputs)
        limit_time(0)
        return None


def _told(run: Run, sentence: str | None, file: Path | None, seconds: float) -> dict[str, Any]:
    grown = growth(run.half, size_now(run.inputs)) if run.half is not None else None
    return {
        "target": run.target.name,
        "cases": run.cases,
        "inputs": run.inputs,
        "mutated": run.mutated,
        "seconds": round(seconds, 2),
        "phases": dict(run.phases.most_common(40)),
        "growth": grown,
        "flat": grown is None or grown.is_flat,
        "sentence": sentence,
        "file": str(file) if file is not None else None,
    }


def main(arguments: list[str] | None = None) -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz.worker", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--inputs", type=int, default=1000, help="How many mutated inputs.")
    parser.add_argument("--seconds", type=float, default=86_400, help="The most time.")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--marks", type=Path, required=True, help="A file for how far it is.")
    parser.add_argument("--folder", type=Path, required=True, help="Where a wrong case is written.")
    options = parser.parse_args(arguments)
    target, marks = TARGETS[options.target], Marks(options.marks)
    begin_logging()
    began = time.process_time()
    with quick_keys():
        run = Run(target, options.seed, marks)
        sentence = run.go(options.inputs, options.seconds)
        seconds, file = time.process_time() - began, None
        if sentence is not None:
            case = case_of(target, options.seed, run.cases)
            file = keep(options.folder, target, case, sentence, f"{options.seed}-{run.cases}")
        print(json.dumps(_told(run, sentence, file, seconds)))
    return 0 if sentence is None else 1


if __name__ == "__main__":
    sys.exit(main())
