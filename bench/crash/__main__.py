"""``make crash``: exit code 1 where an answered change is lost, one is half there, or an old copy is led astray."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

from bench.clients.figures import table
from bench.crash.commits import measure
from bench.crash.rounds import Run, WrongError
from bench.crash.server import Server
from bench.crash.trouble import Came, full_disk, full_file_system, without_commits
from rosterkit.store import Durability

_TROUBLES = {
    "commits that fail": without_commits,
    "no room: files may not grow": full_disk,
    "no room: a full file system": full_file_system,
}


async def crash(run: Run, rounds: int) -> None:
    """So many rounds, and a last look at everything."""
    began = time.monotonic()
    for number in range(1, rounds + 1):
        await run.round()
        if number % 20 == 0 or number == rounds:
            accepted, copies = run.ledger.accepted, len(run.caches)
            print(
                f"{number}/{rounds}: {accepted} changes, {copies} copies, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    await run.start()
    await run.look()
    await run.look_at_every_copy()
    run.server.kill()


async def trouble(folder: Path, seed: int, durability: Durability) -> dict[str, Came | None]:
    """Every trouble, one after the other."""
    came = {}
    for number, (name, suffer) in enumerate(_TROUBLES.items()):
        own = folder / f"trouble-{number}"
        own.mkdir()
        came[name] = await suffer(own, seed, durability)
    return came


def summary(run: Run, troubles: dict[str, Came | None], seconds: float) -> str:
    """The table, with what commits cost here."""
    count, ledger = run.count, run.ledger
    starts = sorted(count.start_seconds)
    rows = [
        ("rounds", f"{count.rounds}"),
        ("killed from outside, at any moment", f"{count.outside}"),
        ("killed inside a transaction", f"{count.inside}"),
        ("killed between a commit and its answers", f"{count.behind}"),
        ("rounds with changes that were not answered", f"{count.open_rounds}"),
        ("changes answered: stored", f"{ledger.accepted}"),
        ("changes answered: refused as they should be", f"{ledger.refused}"),
        ("changes not answered: there, and whole", f"{count.kept}"),
        ("changes not answered: not there", f"{count.gone}"),
        ("lost", "0"),
        ("half there", "0"),
        ("old copies held by clients", f"{len(run.caches)}"),
        ("old copies led to the right roster", f"{count.led}"),
        ("median seconds of a start", f"{starts[len(starts) // 2]:.2f}"),
    ]
    for name, came in troubles.items():
        said = "not permitted here" if came is None else f"{came.failed} refused, then {came.stored} stored"
        rows.append((name, said))
    levels: tuple[Durability, ...] = ("process", "full")
    for durability in levels:
        cost = measure(durability)
        said = f"{cost.median * 1000:.3f} ms, of 99 in 100 at most {cost.p99 * 1000:.3f} ms"
        rows.append((f"median of a commit, --durability {durability}", said))
    return table([("make crash", f"{seconds:.0f} s"), *rows])


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--durability", choices=("process", "full"), default="process")
    parser.add_argument("--no-troubles", action="store_true", help="Leave out the full disks and failing commits.")
    options = parser.parse_args()
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each write to a server that was killed
    print(f"seed {options.seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="rosterkit-crash-"))
    began = time.monotonic()
    run = Run(Server(folder, options.durability), options.seed)
    troubles: dict[str, Came | None] = {}
    try:
        asyncio.run(crash(run, options.rounds))
        if not options.no_troubles:
            troubles = asyncio.run(trouble(folder, options.seed, options.durability))
    except WrongError as error:
        print(f"Wrong after the kill of round {run.count.rounds - 1}, seed {options.seed}:\n{error}\n")
        print(f"Everything is in {folder}: measured.db as it is now, left.db as the last start found it, server.log.")
        print(f"Again: python -m bench.crash --seed {options.seed} --rounds {run.count.rounds}")
        return 1
    finally:
        run.server.stop()
    print(summary(run, troubles, time.monotonic() - began))
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
