"""``make soak``: exit code 1 where a roster is not what it has to be, memory grows, or the server logs a failure."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from bench.clients.client import PASSWORD
from bench.clients.figures import slope
from bench.clients.process import allow_open_files, end_tidily
from bench.clients.serving import Serving
from bench.soak.chaos import SLOW, Chaos
from bench.soak.checking import check_by_clients, check_by_control, check_file
from bench.soak.choosing import BEGINNING, ROBOTS
from bench.soak.circle import CLIENTS, Circle, contacts_of, names_of
from bench.soak.tally import Tally
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store import open_store
from rosterkit.wire import passwords

#: When the server is started anew, as shares of the time: by SIGTERM, then by SIGKILL.  Memory is judged behind them.
_TERM_AT, _KILL_AT, _WARM_AT = 0.12, 0.24, 0.6
#: How much memory may grow, on the line that fits best, over the time in which it is judged: the larger of the two.
GROWTH_KIB, GROWTH_SHARE = 3072, 0.03
#: Seconds in which everybody comes back to a server that was started anew.
_BEGINNING = 5.0
#: Over less time than this, in seconds, what is bounded still fills (versions, remembered bytes), and it may be more.
_SHORT, _SHORT_KIB = 300.0, 16_384
_SLOW_ENTRIES = 2000
#: So many versions of each roster are kept: few enough for all to be there when memory is judged.
_HISTORY = 10


def seed(path: Path, circles: int) -> None:
    """The database with every account."""
    store = open_store(path)
    keys = passwords.derive(PASSWORD, b"0123456789abcdef")
    names = [name for number in range(circles) for name in names_of(number)]
    entries = {contact: Item(contact, name) for contact, name in BEGINNING.items()}
    store.append([SaveAccount(name, keys, Roster(f"new-{name}", entries)) for name in names])
    slow = f"{SLOW}@localhost"
    items = {
        f"n{number}@stranger.test": Item(f"n{number}@stranger.test", "x" * 50) for number in range(_SLOW_ENTRIES)
    }
    store.append([SaveAccount(slow, keys, Roster.new("new"))])
    store.append([Save(slow, contact, Roster("seeded", items)) for contact in items])
    store.close()


def contacts(path: Path, circles: int) -> None:
    """The file of scripted contacts."""
    lines: list[str] = []
    for number in range(circles):
        for contact, kind in contacts_of(number).items():
            lines += [f'["{contact}"]', f'answer = "{ROBOTS[kind].answer}"']
            lines += ["subscribe_back = true"] if ROBOTS[kind].asks_back else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def soak(serving: Serving, options: argparse.Namespace, minutes: float, tally: Tally, watched: bool) -> None:
    """Let every circle run, and everything that disturbs it; then compare.

    Faults and scripted contacts are there only where the server is ``watched``: it has a journal.
    """
    count = max(1, options.clients // CLIENTS)
    circles = [Circle(serving, tally, number, options.seed, watched) for number in range(count)]
    chaos = Chaos(serving, tally, circles, options.seed, watched)
    loop = asyncio.get_running_loop()
    began, seconds = loop.time(), minutes * 60
    until = began + seconds
    tasks = [loop.create_task(circle.run(until, count / options.rate)) for circle in circles]
    tasks += [loop.create_task(chaos.run(until, max(0.2, min(1.0, seconds / 100))))]
    tasks += [loop.create_task(watch(serving, tally, until))]
    for share, kill in ((_TERM_AT, False), (_KILL_AT, True)):
        await asyncio.sleep(max(0.0, began + seconds * share - loop.time()))
        await chaos.restart(kill)
    await asyncio.gather(*tasks)
    for circle in circles:
        await circle.quit()
    for circle in circles:
        if not circle.has_failed:
            await check_by_clients(serving, circle, tally)
            await check_by_control(serving, circle, tally)
    await asyncio.to_thread(serving.stop)
    check_file(serving, [circle for circle in circles if not circle.has_failed], tally)
    tally.counts["rosters compared"] = sum(len(circle.accounts) for circle in circles if not circle.has_failed)


async def watch(serving: Serving, tally: Tally, until: float) -> None:
    """Look at the memory each second, and print a row each minute."""
    loop = asyncio.get_running_loop()
    next_row = loop.time() + 60
    while loop.time() < until:
        await asyncio.sleep(1)
        try:
            tally.remember(serving.memory().rss, serving.starts if serving.is_ready else 0)
        except (OSError, KeyError):
            continue  # it is being started anew
        if loop.time() >= next_row:
            print(tally.row(), flush=True)
            next_row += 60


def judge_memory(tally: Tally, seconds: float) -> None:
    """Whether the memory of the last server is flat, behind three fifths of the time and behind its own beginning."""
    last = [(at, kib) for at, kib, start in tally.memory if start == tally.memory[-1][2]]
    judged = [(at, kib) for at, kib in last if at >= max(seconds * _WARM_AT, last[0][0] + _BEGINNING)]
    if len(judged) < 2:
        tally.differs("The memory of the server could not be measured: give it more time.")
        return
    span = judged[-1][0] - judged[0][0]
    growth = slope(judged) * span
    allowed = max(GROWTH_KIB, GROWTH_SHARE * judged[0][1]) if span >= _SHORT else _SHORT_KIB
    print(
        f"Memory over the last {span:.0f} s: from {judged[0][1] / 1024:.1f} to {judged[-1][1] / 1024:.1f} MiB, on "
        f"the line that fits best {growth / 1024:+.2f} MiB ({growth / span * 60:+.1f} KiB a minute); allowed are "
        f"{allowed / 1024:.1f} MiB."
    )
    if growth > allowed:
        tally.differs("The memory of the server grows.")


def play(options: argparse.Namespace, minutes: float, journal: int) -> bool:
    """One server from its start to its end; True where all is right."""
    print(
        f"{options.clients} clients, {minutes:g} minutes, a journal of {journal} bytes, seed {options.seed}",
        flush=True,
    )
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="rosterkit-soak-") as name:
        folder = Path(name)
        count = max(1, options.clients // CLIENTS)
        contacts(folder / "contacts.toml", count)
        extra = ["--history", str(_HISTORY), *options.serve]
        extra += ["--contacts", str(folder / "contacts.toml")] if journal else []
        serving = Serving(folder, extra, control=True, journal=journal)
        seed(serving.database, count)
        tally.began = time.monotonic()
        try:
            serving.start()
            asyncio.run(soak(serving, options, minutes, tally, bool(journal)))
        finally:
            serving.stop()
        for line in serving.failures()[:10]:
            tally.differs(f"the log of the server: {line}")
        if tally.counts["operations"] < 2 * options.clients:
            done = tally.counts["operations"]
            tally.differs(f"only {done} operations were done: give it more time, or a higher rate")
        if tally.wrong:
            print(serving.log_tail(60))
    tally.row()
    print(tally.whole())
    print(", ".join(f"{count} {name}" for name, count in sorted(tally.counts.items())))
    judge_memory(tally, minutes * 60)
    print(
        f"{len(tally.wrong)} things are wrong." if tally.wrong else "Every roster is what the model says.", flush=True
    )
    return not tally.wrong


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=30,
        help="how long, shared by the runs where --journal is given more than once",
    )
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rate", type=float, default=60, help="steps a second of all together")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--journal", type=int, action="append", help="bytes; without it 4194304; again for another run"
    )
    parser.add_argument("--serve", action="append", default=[], help="a further option of the server")
    options = parser.parse_args()
    journals = options.journal or [4_194_304]
    end_tidily()
    allow_open_files(2 * options.clients + 500)
    right = [play(options, options.minutes / len(journals), journal) for journal in journals]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
