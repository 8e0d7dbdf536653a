"""Several ejabberd that are one server: nodes of Erlang that share their data base, on loopback.

Nodes find each other without epmd, the name server that would outlive them: each has an address of its own in 127/8,
and all listen for the others at the same port.  The cookie is in files that only their owner can read.

Tests: ``tests/live/test_ejabberd_cluster.py``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rosterkit.errors import ConfigError
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.machine import ServerError
from rosterkit.testing.setup import Setup

__all__ = ["Cluster", "Node", "running_cluster"]

_MOST_NODES = 99
#: A node joins before its ejabberd has started, so the join ends with that it cannot be started again.  What an
#: attempt at other ports has left with the first node is removed before.
_JOIN = (
    "First = '{first}', "
    "erpc:call(First, mnesia, del_table_copy, [schema, node()]), "
    "case ejabberd_cluster_mnesia:join(First) of ok -> ok; {{error, {{not_started, _}}}} -> ok end, "
    "ejabberd:start(), "
    "true = lists:member(First, mnesia:system_info(running_db_nodes))."
)


class Cluster:
    """The nodes in the order of their first start, and what they have in common."""

    def __init__(self, folder: Path, setup: Setup, count: int) -> None:
        """So many nodes, none of them started."""
        self.cookie = secrets.token_hex(16)
        #: Who ran when no other did: it has stored what the others do not know.
        self.stopped_last: Node | None = None
        self.nodes = tuple(Node(folder / f"node{number}", setup, self, number) for number in range(1, count + 1))


class Node(Ejabberd):
    """One ejabberd of a cluster: the first, or one that joins it at its first start."""

    #: Erlang says that it cannot listen and why in two writes, and not always in this order.
    port_taken = re.compile(
        rf"{Ejabberd.port_taken.pattern}|listen error:\s*eaddrinuse|eaddrinuse\s+Protocol .*listen error"
    )

    def __init__(self, folder: Path, setup: Setup, cluster: Cluster, number: int) -> None:
        """``number`` is from 1 on.  All have one certificate, in the folder above theirs."""
        super().__init__(folder, setup)
        self.number = number
        self.address = f"127.0.0.{number}"
        self.node_name = f"node{number}@{self.address}"
        self.ca_file = folder.parent / "ca.pem"
        self.certificate = folder.parent / "server.pem"
        self._cluster = cluster

    def start(self) -> None:
        """As any server; raises :class:`ServerError` where it would wait for what another node has stored."""
        last = self._cluster.stopped_last
        if last is not None and last is not self and not any(node.runs for node in self._cluster.nodes):
            raise ServerError(
                f"{self.node_name} has not what {last.node_name} has stored after it: start that first."
            )
        super().start()

    def stop(self) -> None:
        """As any server."""
        if self.runs:
            self._cluster.stopped_last = self
        super().stop()

    def all_ports(self) -> list[int]:
        """That for the other nodes too."""
        return [*super().all_ports(), self._cluster.nodes[0].inner_port]

    def configure(self) -> None:
        """What every ejabberd needs, and the cookie."""
        super().configure()
        cookie = self.folder / ".erlang.cookie"
        cookie.touch(mode=0o600)
        cookie.write_text(self._cluster.cookie)

    def orders(self) -> list[str]:
        """Have a name, and start or join."""
        first = self._cluster.nodes[0]
        orders = ["-name", self.node_name, "-start_epmd", "false", "-erl_epmd_port", str(first.inner_port)]
        orders += ["-kernel", "inet_dist_use_interface", f"{{{self.address.replace('.', ',')}}}"]
        if self is first or self.was_ready:
            return orders + super().orders()
        return [*orders, "-eval", _JOIN.format(first=first.node_name)]

    def environment(self) -> Mapping[str, str]:
        """That of an ejabberd.  Erlang would look for an epmd all the same; at this port there is none."""
        return {**super().environment(), "ERL_EPMD_PORT": "1"}


@contextmanager
def running_cluster(setup: Setup, count: int) -> Iterator[Cluster]:
    """A started cluster of so many nodes in a temporary folder; at the end all of it is gone.

    Raises :class:`ConfigError` where there would be no node, or too many.
    """
    if not 1 <= count <= _MOST_NODES:
        raise ConfigError(f"A cluster cannot have {count} nodes: take 1 to {_MOST_NODES}.")
    with TemporaryDirectory(prefix="rosterkit-ejabberd-cluster-") as folder, ExitStack() as ends:
        cluster = Cluster(Path(folder), setup, count)
        for node in cluster.nodes:
            node.folder.mkdir()
            ends.callback(node.stop)
            node.start()
        yield cluster
