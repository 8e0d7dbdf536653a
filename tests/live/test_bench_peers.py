"""Every workload that others can do runs against them, and its answers are those that it awaits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.peers.measuring import measure
from bench.peers.seeds import Sizes, accounts
from bench.peers.servers import Measured, serving
from bench.peers.talker import Talker
from bench.peers.workloads import WORKLOADS

pytestmark = pytest.mark.live
#: Smaller than what is measured, where the size is one of accounts.
SIZES = {"get1000": 30, "get10000": 30, "versioned": 30, "fan-out": 3, "presence": 3}


@pytest.fixture(scope="module", params=["prosody", "ejabberd"])
def server(request: pytest.FixtureRequest) -> Iterator[Measured]:
    """A server with few accounts."""
    with serving(request.param, accounts(Sizes((10, 30), (3,), {0: 60}, 30))) as measured:
        yield measured


@pytest.mark.parametrize("name", [name for name, workload in WORKLOADS.items() if len(workload.offered) > 1])
def test_it_runs(server: Measured, name: str) -> None:
    """Three times, and costs something; a wrong answer would raise."""
    workload = WORKLOADS[name]
    with workload.ready(lambda: Talker(server.port), SIZES.get(name, workload.size)) as operation:
        figure = measure(server.tree, operation, 3, 1)
    assert figure.cpu > 0
