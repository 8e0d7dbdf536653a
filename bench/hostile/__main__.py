"""``make hostile``: exit code 1 where an attack is felt by others, or makes the server's memory grow without bound.

Twenty quiet sessions measure their round trips, pings and roster sets with their push, for a while alone, then beside
each attack.  A machine that has other things to do makes both slower, at different times: so an attack that seems to
be felt is tried again on a fresh server, and counts only where it is felt each time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.clients.figures import table
from bench.clients.process import allow_open_files, end_tidily
from bench.clients.serving import Serving
from bench.hostile.attacks import ATTACKS
from bench.hostile.judging import HEAD, Outcome
from bench.hostile.quiet import Quiet
from bench.hostile.target import COMPONENT, SECRET, Target, accounts
from bench.load.accounts import make_database

_MOST_CONNECTIONS = 4000


async def attack(name: str, target: Target) -> asyncio.subprocess.Process:
    """The attacker, a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.hostile.attacks", name, target.as_text(), stdout=asyncio.subprocess.PIPE
    )
    await asyncio.sleep(1.0)  # it has to start first
    return process


async def measure(serving: Serving, name: str, seconds: float) -> Outcome:
    """Measure alone, then beside the attack."""
    quiet = Quiet(serving)
    await quiet.come()
    await quiet.measure(1.0)
    before = await quiet.measure(seconds)
    process = await attack(name, Target(serving.place().port, serving.component_port, seconds + 1.0))
    beside = await quiet.measure(seconds)
    said, _ = await process.communicate()
    return Outcome(name, before, beside, "" if process.returncode else said.decode().strip(), serving.failures())


def play(name: str, folder: Path, options: argparse.Namespace) -> Outcome:
    """One attack on a fresh server."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        extra = ["--component-port", "0", "--component", f"{COMPONENT}:{SECRET}", *options.serve]
        serving = Serving(Path(place), extra)
        make_database(serving.database, accounts())
        try:
            serving.start()
            outcome = asyncio.run(measure(serving, name, options.seconds))
        finally:
            serving.stop()
    print(f"{table([HEAD, outcome.cells()])}\n    {outcome.said}", flush=True)
    for line in outcome.failures[:5]:
        print(f"    the log of the server: {line}")
    return outcome


def settle(name: str, folder: Path, options: argparse.Namespace) -> Outcome:
    """The first try in which the attack is not felt, or the last."""
    for _ in range(options.tries - 1):
        outcome = play(name, folder, options)
        if not outcome.felt:
            return outcome
    return play(name, folder, options)


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("attacks", nargs="*", help=f"which; all without it: {', '.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=10, help="how long each is measured, alone and attacked")
    parser.add_argument("--tries", type=int, default=3, help="how often an attack that is felt is tried in all")
    parser.add_argument("--serve", action="append", default=[], help="a further option of the server")
    options = parser.parse_args()
    if unknown := set(options.attacks) - set(ATTACKS):
        parser.error(f"{', '.join(unknown)}: no such attack; there are {', '.join(ATTACKS)}")
    end_tidily()
    allow_open_files(_MOST_CONNECTIONS)
    with tempfile.TemporaryDirectory(prefix="rosterkit-hostile-") as folder:
        outcomes = [settle(name, Path(folder), options) for name in options.attacks or ATTACKS]
    print(f"\n{table([HEAD, *(outcome.cells() for outcome in outcomes)])}")
    felt = [outcome.attack for outcome in outcomes if outcome.felt]
    print(f"Felt by others: {', '.join(felt)}." if felt else "No attack is felt by others.")
    return 1 if felt else 0


if __name__ == "__main__":
    sys.exit(main())
