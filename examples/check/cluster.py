"""A cluster of two ejabberd nodes, contacts from two peer processes beside it, and the conformance suite: `make cluster`.

Both peers connect with one domain, each to a node of its own, and have the same contacts; the cluster brings all that is for
one contact to the same of them. Juliet, at the first node, subscribes to every contact, each of which accepts after two
seconds; it is counted who has played whom. Then `rosterkit check server` grades the cluster, its clients at both nodes.
Exit code 1 where a contact is missing, both have played one, or a verdict is twice not the one that is expected.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import rosterkit
from grade import ROOT, expected_of
from rosterkit.testing.servers import RunningCluster, RunningServer, ejabberd_cluster
from servers import SECRET, graded, located
from twisted.internet import defer, reactor, task

ACCOUNTS = {"juliet": "capulet", "nurse": "angelica", "peter": "potpan", "sampson": "gregory"}
CONTACTS, PROBE = "feast.localhost", "probe.localhost"
NAMES = [f"guest-{number}@{CONTACTS}" for number in range(20)]
#: Seconds until every contact has accepted; each takes two.
PATIENCE = 20.0


@contextmanager
def peer(node: RunningServer, contacts: Path) -> Iterator[str]:
    """A peer process at a node; gives the address of its control API."""
    command = [sys.executable, "-m", "rosterkit", "peer", "--component-connect", f"{node.host}:{node.component_port}"]
    command += ["--component", f"{CONTACTS}:{SECRET}", "--contacts", str(contacts), "--shared", "--control-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            ready = json.loads(running.stdout.readline())
            yield f"http://{ready['control']['host']}:{ready['control']['port']}/v1/networks/main"
        finally:
            running.terminate()


async def befriend(node: RunningServer) -> list[str]:
    """Subscribe to every contact; those that have accepted and are seen to be available."""
    client = await rosterkit.connect(
        "juliet@localhost", ACCOUNTS["juliet"], host=node.host, port=node.port, ca_file=str(node.ca_file)
    )
    for name in NAMES:
        client.roster.subscribe(name)
    deadline = time.monotonic() + PATIENCE
    seen: list[str] = []
    while time.monotonic() < deadline and len(seen) < len(NAMES):
        await task.deferLater(reactor, 0.2)
        items = {str(item.bare): item for item in client.roster}
        seen = [
            name for name in NAMES if name in items and items[name].subscription == "to" and items[name].available
        ]
    for name in NAMES:
        await client.roster.remove_entry(name)
    await client.disconnect()
    return seen


def played(api: str) -> set[str]:
    """The contacts that a peer has played."""
    with urlopen(f"{api}/contacts") as answer:
        return set(json.load(answer)["contacts"])


def check(cluster: RunningCluster, folder: Path, report: Path, rest: list[str]) -> int:
    """Grade the cluster; the exit code."""
    first, *others = cluster.nodes
    options = located(first, folder, {name: ACCOUNTS[name] for name in ACCOUNTS if name != "juliet"}, PROBE)
    options += [word for node in others for word in ("--node", f"{node.host}:{node.port}")]
    options += [*expected_of("server-ejabberd"), "--server", "ejabberd, two nodes"]
    code = graded(options, report, rest)
    if code != 1:
        return code
    # Nodes tell each other of changes without waiting: what went wrong once may be such a race, and is played again.
    again = unexpected(report)
    print(f"\nNot as expected, and played once more: {', '.join(again)}", flush=True)
    return graded([*options, *again], report / "again", rest)


def unexpected(report: Path) -> list[str]:
    """The cases of which a report has a FAIL that was not expected."""
    (run,) = json.loads((report / "index.json").read_text(encoding="utf-8"))["runs"]
    return [row["id"] for row in run["rows"] if row["verdict"] == "FAIL" and not row.get("expected")]


async def main(_: Any, options: argparse.Namespace, rest: list[str]) -> None:
    """All of it; ends the program with the exit code."""
    components = {CONTACTS: SECRET, PROBE: SECRET}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        contacts = folder / "contacts.toml"
        contacts.write_text("".join(f'["{name}"]\nafter = 2\n' for name in NAMES))
        cluster = stack.enter_context(
            ejabberd_cluster(ACCOUNTS, nodes=2, components=components, balanced={CONTACTS: 2})
        )
        apis = [stack.enter_context(peer(node, contacts)) for node in cluster.nodes]
        seen = await befriend(cluster.nodes[0])
        shares = [played(api) for api in apis]
        counts = " and ".join(str(len(share)) for share in shares)
        print(f"{len(seen)} of {len(NAMES)} contacts accepted; the two peers played {counts}.", flush=True)
        whole = len(seen) == len(NAMES) and set.union(*shares) == set(NAMES) and not set.intersection(*shares)
        code = check(cluster, folder, options.report, rest)
    # What was just written at one node may not be at the other yet: a case that could not begin so is no failure here.
    raise SystemExit(0 if whole and code in (0, 3) else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, default=ROOT / "run" / "cluster", help="Where the report goes.")
    known, unknown = parser.parse_known_args()
    task.react(lambda clock: defer.ensureDeferred(main(clock, known, unknown)))
