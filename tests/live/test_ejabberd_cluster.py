"""A cluster of two ejabberd: what one node knows the other knows, and nothing of it is left afterwards."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from raw_streams import Client, Component, assert_shared, listening_ports, processes_of, refuses, run_example

from rosterkit.errors import ConfigError
from rosterkit.testing.cluster import Cluster, Node, running_cluster
from rosterkit.testing.servers import RunningCluster, ServerError, ejabberd_cluster
from rosterkit.testing.setup import make_setup

pytestmark = pytest.mark.live

ACCOUNTS = {"juliet": "capulet", "romeo": "montague"}
SECRET = "se'c\"r:et"
ENTRY = "<query xmlns='jabber:iq:roster'><item jid='{}@localhost'/></query>"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    """Two nodes with one component that both share; every test leaves both running."""
    with ejabberd_cluster(ACCOUNTS, components={"feast.localhost": SECRET}, shared_component=True) as started:
        yield started


def folder_of(cluster: RunningCluster) -> Path:
    """The folder of a whole cluster."""
    return cluster.nodes[0].ca_file.parent


class TestOneServer:
    """The two nodes are one server."""

    def test_every_account_logs_in_everywhere(self, cluster: RunningCluster):
        """At both nodes, over TLS that the one CA file verifies."""
        assert len({node.port for node in cluster.nodes}) == 2
        for node in cluster.nodes:
            for name, password in ACCOUNTS.items():
                with Client(node) as client:
                    client.log_in(name, password)

    def test_stanzas_cross(self, cluster: RunningCluster):
        """A subscription, its presence and a message go from an account at one node to one at the other."""
        one, two = cluster.nodes
        with Client(one) as juliet, Client(two) as romeo:
            juliet.log_in("juliet", ACCOUNTS["juliet"])
            romeo.log_in("romeo", ACCOUNTS["romeo"])
            for client in (juliet, romeo):
                client.roster()
                client.send("<presence/>")
                client.until(rb"<presence[^>]*/>")
            juliet.send("<presence type='subscribe' to='romeo@localhost'/>")
            romeo.until(rb"<presence\b(?=[^>]*from='juliet@localhost')[^>]*type='subscribe'")
            romeo.send("<presence type='subscribed' to='juliet@localhost'/>")
            juliet.until(rb"<presence\b(?=[^>]*from='romeo@localhost')[^>]*type='subscribed'")
            juliet.until(rb"<presence\b[^>]*from='romeo@localhost/")
            juliet.send("<message to='romeo@localhost' type='chat'><body>across</body></message>")
            romeo.until(rb"<body>across</body>")

    def test_a_push_crosses(self, cluster: RunningCluster):
        """A change of a roster made at one node is pushed to the account's resource at the other (RFC 6121 2.1.6)."""
        one, two = cluster.nodes
        with Client(one) as here, Client(two) as there:
            for client in (here, there):
                client.log_in("juliet", ACCOUNTS["juliet"])
                client.roster()
            here.iq("set", ENTRY.format("mercutio"))
            there.until(rb"<iq\b(?=[^>]*type='set')[^>]*>.*?mercutio@localhost")

    def test_a_shared_component(self, cluster: RunningCluster):
        """It connects at both nodes; each contact's stanzas come at one of the two, from whichever node."""
        one, two = cluster.nodes
        with Component(one, "feast.localhost", SECRET) as first, Component(two, "feast.localhost", SECRET) as second:
            assert_shared([one, two], [first, second])

    def test_a_node_that_was_away(self, cluster: RunningCluster):
        """While it is stopped the other goes on; when it is back it knows what has changed."""
        one, two = cluster.nodes
        two.stop()
        assert refuses(two)
        with Client(one) as client:
            client.log_in("romeo", ACCOUNTS["romeo"])
            client.iq("set", ENTRY.format("rosaline"))
        port = two.port
        two.start()
        assert two.port == port
        with Client(two) as client:
            client.log_in("romeo", ACCOUNTS["romeo"])
            assert b"rosaline@localhost" in client.roster()

    def test_who_has_to_be_first(self, cluster: RunningCluster):
        """Where all were stopped, a node that lacks what another has stored says which to start first."""
        one, two = cluster.nodes
        one.stop()
        with Client(two) as client:
            client.log_in("romeo", ACCOUNTS["romeo"])
            client.iq("set", ENTRY.format("tybalt"))
        two.stop()
        with pytest.raises(ServerError, match=r"node1@127.0.0.1 .* node2@127.0.0.2 .*: start that first"):
            one.start()
        two.start()
        one.start()
        with Client(one) as client:
            client.log_in("romeo", ACCOUNTS["romeo"])
            assert b"tybalt@localhost" in client.roster()


def test_the_example():
    """That of docs/servers.md works as it stands: accounts at both nodes, and a component at one."""
    assert run_example(2) == ["client", "client", "component"]


class TestSeparation:
    """What others on the machine see of it, and what is left."""

    def test_it_listens_on_loopback_alone(self, cluster: RunningCluster):
        """At the ports of each node, and at one port of two addresses for the nodes; no epmd."""
        found = listening_ports(processes_of(folder_of(cluster)))
        known = {("0100007F", port) for node in cluster.nodes for port in (node.port, node.component_port)}
        assert known < found
        between = found - known
        assert {address for address, _ in between} == {"0100007F", "0200007F"}
        assert len({port for _, port in between}) == 1
        names = {Path(f"/proc/{pid}/comm").read_text() for pid in processes_of(folder_of(cluster))}
        assert "epmd\n" not in names

    def test_the_cookie_is_hidden(self, cluster: RunningCluster):
        """It is in no command line and no environment, and in files that nobody else can read."""
        cookies = [node / ".erlang.cookie" for node in folder_of(cluster).iterdir() if node.is_dir()]
        assert len(cookies) == 2
        [cookie] = {path.read_bytes() for path in cookies}
        assert len(cookie) == 32
        assert all(path.stat().st_mode & 0o077 == 0 for path in cookies)
        for pid in processes_of(folder_of(cluster)):
            assert cookie not in Path(f"/proc/{pid}/cmdline").read_bytes()
            assert cookie not in Path(f"/proc/{pid}/environ").read_bytes()

    def test_lost_races_and_the_end(self, monkeypatch: pytest.MonkeyPatch):
        """A node whose port was taken takes another and joins; a component may be at any node; then all is gone.

        The first loses the port for the nodes, the second its own after it has joined.
        """
        taken: list[socket.socket] = []
        configure = Node.configure

        def unlucky(node: Node) -> None:
            if len(taken) < node.number:
                taken.append(socket.socket())
                taken[-1].bind((node.host, node.inner_port if node.number == 1 else node.port))
                taken[-1].listen()
            configure(node)

        monkeypatch.setattr(Node, "configure", unlucky)
        components = {"feast.localhost": SECRET, "tomb.localhost": SECRET}
        with running_cluster(make_setup(ACCOUNTS, components), 2) as cluster:
            one, two = cluster.nodes
            folder = folder_of(cluster)
            assert len(taken) == 2
            assert {one.inner_port, two.port}.isdisjoint(lost.getsockname()[1] for lost in taken)
            with (
                Component(one, "feast.localhost", SECRET) as feast,
                Component(two, "tomb.localhost", SECRET) as tomb,
                Client(two) as client,
            ):
                client.log_in("juliet", ACCOUNTS["juliet"])
                for component in (feast, tomb):
                    client.send(f"<message to='nurse@{component.domain}'><body>?</body></message>")
                    component.until(rb"<message\b[^>]*to='nurse@.*?</message>")
                    assert not re.search(rb"<message", component.read)
        for lost in taken:
            lost.close()
        assert all(map(refuses, cluster.nodes))
        assert processes_of(folder) == []
        assert not folder.exists()


class TestFailures:
    """What does not start says why."""

    @pytest.mark.parametrize("count", [0, 100])
    def test_too_few_and_too_many(self, count: int):
        """A cluster has at least one node, and each has an address."""
        with pytest.raises(ConfigError, match=f"cannot have {count} nodes: take 1 to 99"):
            ejabberd_cluster(nodes=count).__enter__()

    def test_a_node_that_cannot_join(self, tmp_path: Path):
        """Says why at the end of its log, instead of running alone."""
        cluster = Cluster(tmp_path, make_setup({}), 2)
        alone = cluster.nodes[1]
        alone.folder.mkdir()
        cluster.nodes[0].inner_port = 1
        with pytest.raises(ServerError, match=r"(?s)ejabberd ended with 1 .*noconnection"):
            alone.start()
        assert processes_of(tmp_path) == []
