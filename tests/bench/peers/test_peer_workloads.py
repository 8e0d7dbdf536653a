"""Every workload runs against our own server, its answers are checked, and what it costs is read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.clients.costing import Tree
from bench.peers.holding import begin_with, idle_session
from bench.peers.measuring import measure
from bench.peers.seeds import Sizes, accounts
from bench.peers.servers import Measured, serving
from bench.peers.talker import Talker, WrongError
from bench.peers.workloads import WORKLOADS

SIZES = {"fan-out": 3, "presence": 3, "subscription": 0}


@pytest.fixture(scope="module")
def server() -> Iterator[Measured]:
    """Ours, with little in it."""
    with serving("rosterkit", accounts(Sizes((10, 25), (3,), {0: 60}, 30))) as measured:
        yield measured


@pytest.mark.parametrize("name", WORKLOADS)
def test_it_runs(server: Measured, name: str) -> None:
    """And costs the server something."""
    with WORKLOADS[name].ready(
        lambda: Talker(server.port), SIZES.get(name, 25 if name == "changed" else 10)
    ) as operation:
        figure = measure(server.tree, operation, 3, 1)
    assert figure.cpu > 0


def test_a_roster_of_another_size_is_an_error(server: Measured) -> None:
    """A fast wrong answer does not count."""
    with WORKLOADS["get10"].ready(lambda: Talker(server.port), 10) as operation:
        client = Talker(server.port)
        client.login("r10", "remover")
        client.send(
            b"<iq type='set' id='x'><query xmlns='jabber:iq:roster'>"
            b"<item jid='someone9@localhost' subscription='remove'/></query></iq>"
        )
        client.get(b"<iq", b"result")
        client.close()
        with pytest.raises(WrongError, match="9 entries instead of 10"):
            operation(0)


def test_an_idle_session_is_weighed(server: Measured) -> None:
    """In KiB, and surely below a megabyte."""
    assert idle_session(server, 30) < 1024


def test_a_server_starts_with_a_database_that_is_there() -> None:
    """It says how long that took and what it holds."""
    begun = begin_with(20, 3)
    assert 0 < begun.seconds < 30
    assert begun.mib > 1


def test_a_tree_has_what_a_process_has_started() -> None:
    """Its own CPU counts, and that of its children."""
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        tree = Tree([parent.pid])
        os.kill(child, 15)
        parent.communicate(b"")
    assert tree.pids == [parent.pid, child]
