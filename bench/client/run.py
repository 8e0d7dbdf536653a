"""Client libraries on the same bytes: ``make bench-client``.

A roster of 10,000 entries, 10,000 pushes and 10,000 presences, given in memory and in the same chunks to each library
in a process of its own.  Measured are the CPU time of that process (user and system, all threads) from the first byte
until the state is complete, and its peak memory.  Each side checks that its final state is exactly right; one that is
not ends the benchmark.  The median of several runs counts.  Linux only (``/proc``).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import traffic

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PHASES = ("roster", "pushes", "presences")
#: What every ratio is to.
YARDSTICK = "xmpp.js"
#: Seconds that a side may take; the slowest takes ten.
DEADLINE = 300


class Row(NamedTuple):
    """The medians of one side; ``ms`` by phase, where it has the phase."""

    name: str
    ms: dict[str, float]
    peak_mib: float
    base_mib: float

    def ratio(self, phase: str, other: Row | None) -> float | None:
        """How many times the CPU of ``other`` this takes."""
        if other is None or phase not in self.ms or phase not in other.ms:
            return None
        return self.ms[phase] / other.ms[phase]


def sides(options: argparse.Namespace) -> dict[str, list[str]]:
    """The command of every side, to which the folder of the bytes is added as the first argument (``{}``)."""
    # Several libraries use what is deprecated; nobody reads that here.
    ours, clients = [sys.executable, "-W", "ignore"], [str(options.clients_python), "-W", "ignore"]
    here = [*ours, str(HERE / "floors_side.py"), "{}"]
    return {
        "expat": [*here, "expat"],
        "lxml": [*here, "lxml"],
        "domish": [*here, "domish"],
        "rosterkit": [*ours, str(HERE / "rosterkit_side.py"), "{}"],
        "xmpp.js": [options.node, str(HERE / "xmppjs_side.mjs"), "{}", str(options.node_folder)],
        "slixmpp": [*clients, str(HERE / "slixmpp_side.py"), "{}"],
        "wokkel": [*ours, str(HERE / "wokkel_side.py"), "{}"],
        "aioxmpp": [*clients, str(HERE / "aioxmpp_side.py"), "{}"],
    }


def install_node_packages(folder: Path) -> None:
    """Install xmpp.js into ``folder``, where the versions that package.json names are not there yet."""
    wanted = (HERE / "package.json").read_bytes()
    installed = folder / "package.json"
    if (folder / "node_modules").is_dir() and installed.is_file() and installed.read_bytes() == wanted:
        return
    if shutil.which("npm") is None:
        raise SystemExit("npm is missing: install Node 20, or leave xmpp.js out by naming others with --only.")
    folder.mkdir(parents=True, exist_ok=True)
    # npm keeps its own order and spacing of the file, so that it is written again once all is well.
    installed.write_bytes(wanted)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)], check=True)
    installed.write_bytes(wanted)


def run_side(name: str, command: list[str], folder: Path) -> dict[str, float]:
    """One run of one side: what it printed."""
    argv = [str(folder) if word == "{}" else word for word in command]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=DEADLINE, check=False)
    except FileNotFoundError:
        raise SystemExit(f"{argv[0]} is missing, and {name} needs it. `make bench-client` makes it.") from None
    except subprocess.TimeoutExpired:
        raise SystemExit(f"{name} was not done after {DEADLINE} s.") from None
    if done.returncode != 0:
        raise SystemExit(f"{name} failed:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def row(runs: list[dict[str, float]]) -> Row:
    """The median of each figure by itself."""

    def median(key: str) -> float:
        return statistics.median(run[key] for run in runs)

    ms = {phase: median(f"{phase}_ms") for phase in PHASES if f"{phase}_ms" in runs[0]}
    return Row(str(runs[0]["name"]), ms, median("peak_kib") / 1024, median("base_kib") / 1024)


def progress(text: str) -> None:
    """Show ``text`` in the place of the last one, where a person looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text:40}\r")
        sys.stderr.flush()


def measure(names: list[str], options: argparse.Namespace, folder: Path) -> list[Row]:
    """All runs; the sides take turns, so that a machine that is slower for a while is slower for all of them."""
    commands = sides(options)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(1, options.runs + 1):
        for name in names:
            progress(f"Run {number} of {options.runs}: {name}")
            runs[name].append(run_side(name, commands[name], folder))
    progress("")
    return [row(runs[name]) for name in names]


def cells(row: Row, yardstick: Row | None) -> list[str]:
    """The columns of one row."""
    texts = [row.name]
    for phase in PHASES:
        ratio = row.ratio(phase, yardstick)
        texts.append(f"{row.ms[phase]:,.0f}" if phase in row.ms else "")
        texts.append(f"{ratio:.2f}" if ratio is not None else "")
    return [*texts, f"{row.peak_mib:.0f}", f"{row.base_mib:.0f}"]


HEADINGS = ["", "roster", "×", "pushes", "×", "presences", "×", "peak", "before"]


def table(rows: list[Row]) -> str:
    """The figures for a person: CPU ms and their ratios to xmpp.js, MiB at the peak and before the first byte."""
    yardstick = next((row for row in rows if row.name == YARDSTICK), None)
    lines = [HEADINGS, *(cells(row, yardstick) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def markdown(rows: list[Row]) -> str:
    """The figures as a Markdown table."""
    yardstick = next((row for row in rows if row.name == YARDSTICK), None)
    titles = [
        "client",
        "roster, ms",
        "× xmpp.js",
        "pushes, ms",
        "× xmpp.js",
        "presences, ms",
        "× xmpp.js",
        "peak, MiB",
    ]
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)]]
    lines += [cells(row, yardstick)[: len(titles)] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def bars(rows: list[Row]) -> list[str]:
    """What rosterkit promises, and whether that holds in ``rows``."""
    by_name = {row.name: row for row in rows}
    ours, yardstick, slixmpp = by_name.get("rosterkit"), by_name.get(YARDSTICK), by_name.get("slixmpp")
    lines = []
    for phase, bar in (("roster", 0.5), ("roster", 1.0), ("pushes", 1.0), ("presences", 1.0)):
        ratio = ours.ratio(phase, yardstick) if ours is not None else None
        if ratio is not None:
            said = "aim" if bar < 1 else "bar"
            lines.append(f"{phase}: {ratio:.2f} of xmpp.js ({said} {bar})  {'within' if ratio <= bar else 'over'}")
    if ours is not None and slixmpp is not None:
        mark = "within" if ours.peak_mib < slixmpp.peak_mib else "over"
        lines.append(f"peak memory: {ours.peak_mib:.0f} MiB (bar: below slixmpp's {slixmpp.peak_mib:.0f})  {mark}")
    return lines


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    clients = ROOT / ".venv-clients"
    parser.add_argument("--runs", type=int, default=3, help="runs of each side; the median counts")
    parser.add_argument("--only", action="append", help="only this side (repeatable)")
    parser.add_argument(
        "--clients-python", type=Path, default=clients / "bin" / "python", help="has slixmpp and aioxmpp"
    )
    parser.add_argument("--node", default="node", help="the Node to run xmpp.js with")
    parser.add_argument("--node-folder", type=Path, default=clients / "node", help="where npm installs xmpp.js")
    parser.add_argument("--write", type=Path, help="also write the Markdown table to this file")
    options = parser.parse_args()
    unknown = set(options.only or ()) - set(sides(options))
    if unknown or options.runs < 1:
        parser.error(f"--only takes {', '.join(sides(options))}; --runs at least 1")
    return options


def main() -> None:
    """Measure what was asked for and print it."""
    options = arguments()
    names = options.only or list(sides(options))
    if "xmpp.js" in names:
        install_node_packages(options.node_folder)
    with tempfile.TemporaryDirectory(prefix="rosterkit-bench-") as name:
        folder = Path(name)
        traffic.write(folder)
        rows = measure(names, options, folder)
    print(f"CPU ms for {traffic.SIZE:,} entries, pushes, presences; × is the ratio to xmpp.js; memory in MiB.")
    print(table(rows))
    print("\n".join(bars(rows)))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, median of {options.runs}")
    if options.write is not None:
        options.write.write_text(markdown(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
