"""``make bench-peers``: our server, Prosody and ejabberd one after the other, each driven by the same raw client."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.clients.process import allow_open_files, end_tidily
from bench.peers import report
from bench.peers.floor import Trace, floor_server, replay
from bench.peers.holding import begin_with, idle_session
from bench.peers.measuring import Figure, measure
from bench.peers.report import OURS, Row
from bench.peers.seeds import Sizes, accounts
from bench.peers.servers import SERVERS, Measured, serving
from bench.peers.talker import Talker, WrongError
from bench.peers.workloads import PAIRS, WORKLOADS, Workload
from rosterkit.testing.servers import ServerError

#: The driver is taken to be no bottleneck below this share of its processor.
BUSY = 0.9
#: The exponent up to which growth counts as linear.
LINEAR = 1.1
#: How often growth that seems to be worse is measured again.
_AGAIN = 4


def main() -> int:
    """Run what was asked for; the exit code, 2 where it cannot be run."""
    options = _options()
    end_tidily()
    allow_open_files(1500)
    objection = _objection(options.write)
    if objection is None:
        try:
            return growth(options.only) if options.growth else compared(options)
        except (ServerError, WrongError) as error:
            objection = str(error)
    print(objection)
    return 2


def _objection(path: Path | None) -> str | None:
    """Why the table could not be written in the end."""
    try:
        if path is not None:
            report.check_place(path)
    except ImportError:
        return "The plot needs matplotlib: pip install matplotlib, or leave --write out."
    except (OSError, ValueError) as error:
        return str(error)
    return None


def compared(options: argparse.Namespace) -> int:
    """Each server in turn, then the table; 1 where ours costs more than the cheaper of the others."""
    rows: dict[str, dict[str, list[Figure]]] = {name: {} for name in options.only}
    idle: dict[str, list[float]] = {}
    for number in range(options.runs):
        for server in options.servers:
            _play(server, options, rows, idle, number)
    found = [Row(WORKLOADS[name], runs) for name, runs in rows.items()]
    servers = [*options.servers, *(["floor"] if options.floor else [])]
    print(f"\n{report.markdown(found, servers)}\n{report.latencies(found, servers)}")
    memory = list(_memory(idle, options.start))
    print("\n".join(memory))
    if options.write is not None:
        _write(options.write, found, servers, memory)
    slow = report.slowness(found)
    over = [row.workload.title for row in found if row.verdict(slow) == "over"]
    if over:
        print(f"Over the bar of a machine that is {slow:.2f} times slower: {'; '.join(over)}")
    behind = [row.workload.title for row in found if row.ratio is not None and row.ratio > 1]
    if behind:
        print(f"Behind the cheaper of the others: {'; '.join(behind)}")
    return 1 if behind else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="WORKLOAD")
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS), metavar="SERVER")
    parser.add_argument("--runs", type=int, default=3, help="how often each server is started and driven")
    parser.add_argument(
        "--floor", action="store_true", help="also what it costs to send the same bytes through Twisted"
    )
    parser.add_argument("--idle", type=int, default=500, help="idle sessions whose memory is looked at; 0 for none")
    parser.add_argument(
        "--start", type=int, default=0, help="accounts of a large database that our server is started with"
    )
    parser.add_argument(
        "--growth", action="store_true", help="each workload at three sizes on our server, and nothing else"
    )
    parser.add_argument(
        "--write", type=Path, help="a Markdown file that the table is written into, and its plot beside it"
    )
    return parser.parse_args()


def _play(
    server: str,
    options: argparse.Namespace,
    rows: dict[str, dict[str, list[Figure]]],
    idle: dict[str, list[float]],
    run: int,
) -> None:
    """Start one server and drive it."""
    with serving(server, accounts(Sizes())) as measured:
        for name in options.only:
            workload = WORKLOADS[name]
            if server not in workload.offered:
                continue
            traces = Trace() if options.floor and server == OURS else None
            figure = driven(measured, workload, workload.size, traces)
            rows[name].setdefault(server, []).append(figure)
            _show(run, server, name, figure)
            if traces is not None:
                floor = _floor(traces, workload)
                rows[name].setdefault("floor", []).append(floor)
                _show(run, "floor", name, floor)
        if options.idle:
            idle.setdefault(server, []).append(idle_session(measured, options.idle))
            print(f"{run + 1} {server:10} idle session {idle[server][-1]:.1f} KiB", flush=True)


def driven(server: Measured, workload: Workload, size: int, trace: Trace | None = None) -> Figure:
    """One workload on a server that runs.  The last operation's sizes are left in ``trace``."""

    def connect() -> Talker:
        return Talker(server.port, trace.hear if trace is not None else None)

    with workload.ready(connect, size) as operation:

        def traced(number: int) -> object:
            if trace is not None:
                trace.clear()
            return operation(number)

        warm = workload.times // 10
        return measure(server.tree, traced, workload.times - warm, warm)


def _floor(trace: Trace, workload: Workload) -> Figure:
    with floor_server() as server, replay(server.port, trace.steps) as player:
        return measure(server.tree, player.once, workload.times, workload.times // 10)


def _show(run: int, server: str, name: str, figure: Figure) -> None:
    busy = "  THE DRIVER IS THE BOTTLENECK" if figure.driver > BUSY else ""
    print(
        f"{run + 1} {server:10} {name:15} {figure.cpu_ms:8.3f} ms CPU   {figure.per_second:7.0f} a second   "
        f"p50 {figure.p50 * 1000:.3f}  p99 {figure.p99 * 1000:.3f} ms   driver {figure.driver:4.0%}{busy}",
        flush=True,
    )


def growth(names: Sequence[str]) -> int:
    """Print the cost of each workload at three sizes, with the exponent; 1 where one grows faster than its size.

    One that seems to is measured again, and of each size the cheapest time counts: the machine has other things to
    do.
    """
    worse = 0
    for name in names:
        workload = WORKLOADS[name]
        if len(workload.sizes) < 2:
            continue
        costs = _costs(workload)
        for _ in range(_AGAIN):
            if report.exponent(costs) <= LINEAR:
                break
            costs = {size: min(cost, costs[size]) for size, cost in _costs(workload).items()}
        power = report.exponent(costs)
        shown = ", ".join(f"{size:,}: {cost:.3f}" for size, cost in costs.items())
        print(f"{workload.title:45} {shown} ms   exponent {power:.2f}", flush=True)
        worse += power > LINEAR
    if worse:
        print("A cost that grows faster than its size is a defect: profile that workload at its largest size.")
    return 1 if worse else 0


def _costs(workload: Workload) -> dict[int, float]:
    """CPU milliseconds by size."""
    return {size: figure.cpu_ms for size, figure in _sizes(workload)}


def _sizes(workload: Workload) -> Iterator[tuple[int, Figure]]:
    for size in workload.sizes:
        sizes = Sizes(
            sorted({10, 1_000, size}), [size] if size <= 1_000 else [], {size: PAIRS} if size <= 1_000 else {}, 0
        )
        with serving(OURS, accounts(sizes)) as server:
            yield size, driven(server, workload, size)


def _memory(idle: Mapping[str, Sequence[float]], accounts: int) -> Iterator[str]:
    """A sentence about idle sessions, and one about a start with so many accounts."""
    if idle:
        held = (f"{server} {statistics.median(values):.1f}" for server, values in idle.items())
        yield f"An idle session without TLS holds, in KiB: {', '.join(held)}."
    if accounts:
        begun = begin_with(accounts, 10)
        size = f"{accounts:,} accounts with {accounts * 10:,} entries"
        yield f"With {size} in SQLite our server is ready in {begun.seconds:.1f} s and holds {begun.mib:.0f} MiB."


def _write(path: Path, rows: Sequence[Row], servers: Sequence[str], memory: Sequence[str]) -> None:
    slow = report.slowness(rows)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    place = f"{machine}; this machine is {slow:.2f} times slower than that on which the bars were set.\n"
    further = "\n".join([*memory, place])
    text = f"\n{report.markdown(rows, servers)}\nOperations a second, and p50 / p99 in milliseconds:\n\n"
    text += f"{report.latencies(rows, servers)}\n{further}\n"
    path.write_text(report.replace_between(path.read_text("utf-8"), report.PLACE, text), encoding="utf-8")
    report.draw(rows, servers, path.with_name("performance.svg"))


if __name__ == "__main__":
    sys.exit(main())
