"""Grades the clients that have a program here, and makes one report of them: `make grade` runs it.

Each has its expected failures, with the reason for each, in docs/results/expected; any other verdict ends this with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EXPECTED = ROOT / "docs" / "results" / "expected"
TCP = "{jid} {password} {host} {port} {ca}"


class Client(NamedTuple):
    """A client: its name, the program with its placeholders, and the command that tells its version."""

    name: str
    command: str
    version: list[str]


def clients(python: str, slixmpp: str, aioxmpp: str, profanity: str) -> list[Client]:
    """All of them; the interpreters are those of the environments in which each is installed."""

    def of_python(interpreter: str, name: str, package: str, arguments: str = TCP) -> Client:
        tell = f"from importlib.metadata import version; print(version({package!r}))"
        return Client(name, f"{interpreter} {HERE}/{name.lower()}_driver.py {arguments}", [interpreter, "-c", tell])

    def of_node(name: str, file: str, package: str, arguments: str) -> Client:
        manifest = HERE / "node_modules" / package / "package.json"
        tell = f"console.log(JSON.parse(require('fs').readFileSync('{manifest}')).version)"
        return Client(name, f"node {HERE}/{file} {arguments}", ["node", "-e", tell])

    return [
        of_python(python, "rosterkit", "rosterkit", f"{TCP} {{state}}"),
        of_python(slixmpp, "slixmpp", "slixmpp"),
        of_python(aioxmpp, "aioxmpp", "aioxmpp"),
        of_python(python, "Wokkel", "wokkel"),
        of_node("@xmpp/client", "xmppjs_driver.mjs", "@xmpp/client", "{jid} {password} {ws}"),
        of_node("stanza", "stanza_driver.mjs", "stanza", "{jid} {password} {ws}"),
        of_node("strophe.js", "strophe_driver.mjs", "strophe.js", "{jid} {password} {ws}"),
        Client("profanity", f"{profanity} {HERE}/profanity_driver.py {TCP} {{state}}", ["profanity", "--version"]),
    ]


def grade(client: Client, folder: Path, rest: list[str]) -> int:
    """Grade one client; the exit code."""
    told = subprocess.run(client.version, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    file = file_of(client.name)
    command = [sys.executable, "-m", "rosterkit", "check", "client", "--exec", client.command]
    command += ["--client", client.name, "--client-version", told.removeprefix("Profanity, version ").strip()]
    command += ["--report", str(folder / file), *expected_of(file), *rest]
    print(f"\n== {client.name} {told}", flush=True)
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode


def file_of(name: str) -> str:
    """The name of a client's files."""
    return name.lower().replace("@", "").replace("/", "-")


def expected_of(name: str) -> list[str]:
    """The option with the expected failures, where there are some."""
    path = EXPECTED / f"{name}.toml"
    return ["--expected", str(path)] if path.exists() else []


def concluded(report: Path, codes: dict[str, int]) -> int:
    """Make one report of all, whose folders are named as in ``codes``; 1 where a verdict is not the expected one."""
    folders = [str(report / name) for name in codes]
    merge = [sys.executable, "-m", "rosterkit", "check", "report", str(report / "all"), *folders]
    subprocess.run(merge, stdout=subprocess.DEVNULL, check=False)
    print(f"\nOne report of all: {report / 'all' / 'index.html'}")
    print(json.dumps(codes))
    return 1 if any(codes.values()) else 0


def main() -> int:
    """Grade all that are named, or all; 1 where any verdict is not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="Which clients; all where none is named.")
    parser.add_argument("--report", type=Path, default=ROOT / "run" / "grades", help="Where the reports go.")
    parser.add_argument("--python", default=sys.executable, help="A Python with rosterkit.")
    parser.add_argument("--slixmpp-python", default=sys.executable, help="A Python with slixmpp.")
    parser.add_argument("--aioxmpp-python", default=sys.executable, help="A Python with aioxmpp.")
    parser.add_argument("--profanity-python", default=sys.executable, help="A Python with pyte.")
    options, rest = parser.parse_known_args()
    every = clients(options.python, options.slixmpp_python, options.aioxmpp_python, options.profanity_python)
    chosen = [client for client in every if not options.names or client.name in options.names]
    if not chosen:
        parser.error(f"there are {', '.join(client.name for client in every)}")
    return concluded(options.report, {file_of(client.name): grade(client, options.report, rest) for client in chosen})


if __name__ == "__main__":
    sys.exit(main())
