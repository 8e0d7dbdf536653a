"""Whether verdicts flap: the whole suite many times in a row, on a machine that has other things to do.

Every run has a seed of its own, so names, ids and versions differ too.  Exit code 1 where any verdict, or what it
rests on, was not the same in every run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "-m rosterkit.conformance.runner.scripted {jid} {password} {host} {port} --state {state}"
SCRIPTED = f"{sys.executable} {PROGRAM}"


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that do nothing else than to keep a processor busy."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def verdicts(command: str, folder: Path, patterns: list[str]) -> dict[str, str]:
    """What one run says of each case."""
    arguments = ["check", "client", *patterns, "--exec", command, "--report", str(folder)]
    ended = subprocess.run([sys.executable, "-m", "rosterkit", *arguments], capture_output=True, text=True)
    if ended.returncode not in (0, 1, 3):
        sys.exit(f"A run ended with {ended.returncode}:\n{ended.stderr}")
    (run,) = json.loads((folder / "index.json").read_text(encoding="utf-8"))["runs"]
    return {row["id"]: f"{row['verdict']} by {row['oracle']}" for row in run["rows"]}


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", nargs="*", help="Which cases; all where none is named.")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--busy", type=int, default=2, help="How many processes keep the machine busy meanwhile.")
    parser.add_argument("--exec", default=SCRIPTED, help="The client's program; the scripted client by default.")
    options = parser.parse_args()
    seen: dict[str, Counter[str]] = {}
    began = time.monotonic()
    with busy(options.busy), tempfile.TemporaryDirectory() as folder:
        for number in range(1, options.runs + 1):
            for case, verdict in verdicts(options.exec, Path(folder), options.patterns).items():
                seen.setdefault(case, Counter())[verdict] += 1
            flapping = sum(len(counts) > 1 for counts in seen.values())
            print(
                f"{number}/{options.runs}: {len(seen)} rows, {flapping} flap, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    wrong = {case: counts for case, counts in seen.items() if len(counts) > 1 or counts.total() != options.runs}
    for case, counts in wrong.items():
        print(f"{case}: {', '.join(f'{verdict} {count} times' for verdict, count in counts.items())}")
    print(f"{options.runs} runs of {len(seen)} rows: {len(wrong)} flap.")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
