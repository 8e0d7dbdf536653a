"""``make hostile``: exit code 1 where an attack is felt by others, or makes the server's memory grow without bound.

Twenty quiet sessions measure their round trips, pings and roster sets with their push, for a while alone, then beside
each attack.  Their 99th percentile beside it is compared with three times the one from just before, or with a floor
where that is so small that a single turn of the server, or of the machine, decides.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench.clients.figures import milliseconds, table
from bench.clients.open_files import allow_open_files
from bench.clients.serving import Serving
from bench.hostile.attacks import ATTACKS
from bench.hostile.quiet import Measured, Quiet
from bench.hostile.target import COMPONENT, SECRET, Target, accounts
from bench.load.accounts import make_database

#: How many times slower the 99th percentile may be, and what counts as quiet in any case, in seconds.
SLOWER, FLOOR = 3.0, 0.005
#: By how many KiB the server's memory may grow beside an attack.
GROWTH = 96 * 1024
_HEAD = ("attack", "quiet p50 ms", "p99", "attacked p50 ms", "p99", "times", "lost", "grown MiB", "CPU", "felt")
_MOST_CONNECTIONS = 4000


async def attacked(name: str, target: Target, quiet: Quiet) -> tuple[Measured, str]:
    """What is measured beside an attack, and what the attacker says in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.hostile.attacks", name, target.as_text(), stdout=asyncio.subprocess.PIPE
    )
    await asyncio.sleep(1.0)  # it has to start first
    measured = await quiet.measure(target.seconds - 1.0)
    said, _ = await process.communicate()
    return measured, said.decode().strip() if not process.returncode else f"it failed with {process.returncode}"


def row(name: str, before: Measured, beside: Measured) -> tuple[tuple[str, ...], bool]:
    """The figures for a person, and whether the attack was felt."""
    times = beside.p99 / max(before.p99, FLOOR)
    grown = beside.most_kib - before.most_kib
    felt = [
        *(["slow"] if not beside.latencies or times > SLOWER else []),
        *(["lost"] if beside.lost else []),
        *(["memory"] if grown > GROWTH else []),
    ]
    shown = [milliseconds(value) for value in (before.p50, before.p99, beside.p50, beside.p99)]
    rest = (f"{times:.1f}", str(beside.lost), f"{grown / 1024:.1f}", f"{beside.cpu:.0%}", " ".join(felt) or "no")
    return (name, *shown, *rest), bool(felt)


async def play(options: argparse.Namespace, folder: Path) -> int:
    """Every attack, each on a fresh server; how many were felt."""
    rows: list[tuple[str, ...]] = [_HEAD]
    felt_by = 0
    for name in options.attacks or ATTACKS:
        (place := folder / name).mkdir()
        extra = ["--component-port", "0", "--component", f"{COMPONENT}:{SECRET}", *options.serve]
        serving = Serving(place, extra)
        make_database(serving.database, accounts())
        serving.start()
        try:
            quiet = Quiet(serving)
            await quiet.come()
            await quiet.measure(1.0)
            before = await quiet.measure(options.seconds)
            target = Target(serving.place().port, serving.component_port, options.seconds + 1.0)
            beside, said = await attacked(name, target, quiet)
        finally:
            await asyncio.to_thread(serving.stop)
        cells, felt = row(name, before, beside)
        rows.append(cells)
        felt_by += felt
        print(f"{table([_HEAD, cells])}\n    {said}", flush=True)
        for line in serving.failures()[:5]:
            print(f"    the log of the server: {line}")
            felt_by += 1
    print(f"\n{table(rows)}")
    print(f"{felt_by} of {len(rows) - 1} attacks are felt." if felt_by else "No attack is felt by others.")
    return felt_by


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description=__doc__)
    parser.add_argument("attacks", nargs="*", help=f"which; all without it: {', '.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=10, help="how long each is measured, alone and attacked")
    parser.add_argument("--serve", action="append", default=[], help="a further option of the server")
    options = parser.parse_args()
    if unknown := set(options.attacks) - set(ATTACKS):
        parser.error(f"{', '.join(unknown)}: no such attack; there are {', '.join(ATTACKS)}")
    allow_open_files(_MOST_CONNECTIONS)
    with tempfile.TemporaryDirectory(prefix="rosterkit-hostile-") as folder:
        return 1 if asyncio.run(play(options, Path(folder))) else 0


if __name__ == "__main__":
    sys.exit(main())
