"""The second engine: atheris, which keeps the bytes that lead to code where none has led before.

A process of its own for each target; how many inputs it has tried stands in the file of marks, what it has covered
on its stderr.  Exit code 1 where an input was wrong: its sentence and its file are the last lines on stdout.

Tests: ``tests/bench/fuzz/test_fuzz_run.py``.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["is_installed", "main"]

#: How many cases of the grammar it begins with at most.
_SEEDS = 200
#: The most bytes of its inputs.
_LONGEST = 6000


def is_installed() -> bool:
    """Whether there is atheris for this Python."""
    return importlib.util.find_spec("atheris") is not None


def main() -> None:
    """Run it; never comes back."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz.guided", description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=86_400, help="The most time.")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--marks", type=Path, required=True, help="A file for how far it is.")
    parser.add_argument("--folder", type=Path, required=True, help="Where a wrong case is written.")
    options = parser.parse_args()
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["rosterkit"]):  # what was imported before is not looked at
        from bench.fuzz.keys import quick_keys
        from bench.fuzz.targets import TARGETS

    with tempfile.TemporaryDirectory() as corpus, quick_keys():
        target = TARGETS[options.target]
        _sow(target, options.seed, Path(corpus), min(_SEEDS, options.inputs // 4))
        limits = [f"-runs={options.inputs}", f"-max_total_time={int(options.seconds)}", f"-max_len={_LONGEST}"]
        places = [f"-artifact_prefix={corpus}/", f"-seed={_number(options.seed)}", corpus]
        atheris.Setup([sys.argv[0], *limits, *places], _trying(target, options))
        atheris.Fuzz()


def _trying(target: Any, options: Any) -> Callable[[bytes], None]:
    from bench.fuzz.watch import Marks, limit_time
    from bench.fuzz.worker import SECONDS_PER_CASE, begin_logging, keep, sentence_of

    begin_logging()
    marks = Marks(options.marks)
    cases = inputs = 0

    def try_one(data: bytes) -> None:
        nonlocal cases, inputs
        marks.write(cases, inputs, data)
        limit_time(SECONDS_PER_CASE)
        case = target.from_bytes(data)
        sentence = sentence_of(target, case)
        limit_time(0)
        cases, inputs = cases + 1, inputs + max(1, case.mutated)
        marks.write(cases, inputs)
        if sentence is not None:
            print(sentence)
            print(keep(options.folder, target, case, sentence, f"{options.seed}-guided"), flush=True)
            os._exit(1)

    return try_one


def _sow(target: Any, seed: str, folder: Path, count: int) -> None:
    """Write what the grammar makes as the corpus to begin with."""
    for number in range(count):
        case = target.make(random.Random(f"{seed}/{target.name}/guided/{number}"))
        actor = case.steps[0].actor % 256 if case.steps else 0
        data = b"".join(step.data for step in case.steps)[: _LONGEST - 2]
        (folder / str(number)).write_bytes(bytes((0, actor)) + data)


def _number(seed: str) -> int:
    return random.Random(seed).randrange(1, 1 << 31)


if __name__ == "__main__":
    main()
