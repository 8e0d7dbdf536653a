"""Grades the servers that Debian has, and our own, and makes one report of them: `make grade-servers` runs it.

Each has its expected failures, with their reasons, in docs/results/expected; any other verdict ends this with 1.
With --runs every server is graded so many times, each with a seed of its own, and a verdict that is not always the same
ends this with 1 too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from grade import ROOT, concluded, expected_of
from rosterkit.testing.servers import RunningServer, ejabberd, prosody, rosterkit_server

NAMES = ("juliet", "nurse", "peter", "sampson", "gregory", "abram")
ACCOUNTS = {name: f"{name}-secret" for name in NAMES}
COMPONENT, SECRET = "feast.localhost", "sesame"
SERVERS: dict[str, Callable[..., AbstractContextManager[RunningServer]]] = {
    "rosterkit": rosterkit_server,
    "prosody": prosody,
    "ejabberd": ejabberd,
}


@contextmanager
def started(name: str) -> Iterator[list[str]]:
    """A server, as the options that say where it is."""
    with SERVERS[name](ACCOUNTS, components={COMPONENT: SECRET}) as server, tempfile.TemporaryDirectory() as folder:
        yield located(server, Path(folder), ACCOUNTS, COMPONENT)


def located(server: RunningServer, folder: Path, passwords: Mapping[str, str], component: str) -> list[str]:
    """The options that say where a server is, and who is played; the secrets are in files of ``folder``."""
    accounts, secret = folder / "accounts", folder / "secret"
    accounts.write_text("".join(f"{local}:{password}\n" for local, password in passwords.items()))
    secret.write_text(SECRET)
    options = ["--host", server.host, "--port", str(server.port), "--domain", server.domain]
    options += ["--ca-file", str(server.ca_file), "--accounts", str(accounts), "--secret-file", str(secret)]
    return [*options, "--component-connect", f"{server.host}:{server.component_port}", "--component", component]


def graded(options: list[str], folder: Path, rest: list[str]) -> int:
    """One run; its exit code."""
    command = [sys.executable, "-m", "rosterkit", "check", "server", *options, "--report", str(folder), *rest]
    return subprocess.run(command, check=False).returncode


def verdicts(folder: Path) -> dict[str, str]:
    """What a report says of each case."""
    (run,) = json.loads((folder / "index.json").read_text(encoding="utf-8"))["runs"]
    return {row["id"]: row["verdict"] for row in run["rows"]}


def grade(name: str, folder: Path, runs: int, rest: list[str]) -> int:
    """Grade one server so many times; the worst exit code, and 1 where a verdict flaps."""
    rest = [*rest, *expected_of(f"server-{name}")]
    seen: dict[str, Counter[str]] = {}
    codes = []
    with started(name) as options:
        for number in range(1, runs + 1):
            print(f"\n== {name}, run {number} of {runs}", flush=True)
            codes.append(graded(options, folder, rest))
            for case, verdict in verdicts(folder).items():
                seen.setdefault(case, Counter())[verdict] += 1
    flapping = {case: counts for case, counts in seen.items() if len(counts) > 1 or counts.total() != runs}
    for case, counts in flapping.items():
        print(f"{case} flaps: {dict(counts)}")
    return max(*codes, 1 if flapping else 0, 0)


def main() -> int:
    """Grade all that are named, or all; 1 where any verdict is not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="Which servers; all where none is named.")
    parser.add_argument("--report", type=Path, default=ROOT / "run" / "servers", help="Where the reports go.")
    parser.add_argument("--runs", type=int, default=1, help="How many times.")
    options, rest = parser.parse_known_args()
    names = options.names or list(SERVERS)
    unknown = [name for name in names if name not in SERVERS]
    if unknown:
        parser.error(f"there are {', '.join(SERVERS)}")
    return concluded(options.report, {name: grade(name, options.report / name, options.runs, rest) for name in names})


if __name__ == "__main__":
    sys.exit(main())
