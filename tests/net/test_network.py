"""A network as a whole, on a fake clock: its contacts, its reset, its end."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from rosterkit.core import jid
from rosterkit.core.contact_script import read_script
from rosterkit.core.world import Settings
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN, ContactError, StoreError
from rosterkit.net.control.api import make_routes
from rosterkit.net.control.refusal import Refusal
from rosterkit.net.control.seeds import read_seed
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed
from rosterkit.store.memory import MemoryStore
from rosterkit.wire import fragments


def made(seed: dict[str, Any], clock: Clock) -> Network:
    """A network of this seed, whose contacts have begun."""
    network = Network(read_seed(seed, "a.test"), clock)
    network.settle()
    return network


def add(network: Network, contact: str, **script: Any) -> None:
    """One more contact."""
    assert network.stage is not None
    read = read_script(script, contact, fragments)
    network.stage.add_contact(jid.parse(contact), read, network.clock.seconds())
    network.play()
    network.settle()


@pytest.mark.parametrize("domain", ["a.test", "far.test"])
def test_every_contact_of_a_seed_is_there(domain: str):
    """More of them than one turn holds, on a domain of the network and elsewhere."""
    clock = Clock()
    network = made({"contacts": {f"c{n}@{domain}": {} for n in range(250)}}, clock)
    clock.pump([0] * 5)
    assert network.stage is not None
    accounts = [network.stage.account(jid.parse(f"c{n}@{domain}")) for n in range(250)]
    assert all(account is not None and account.sessions for account in accounts)


def test_contacts_that_never_rest_leave_the_others_their_turn():
    """Fifty resources that say something each ten milliseconds: the reactor goes on."""
    clock = Clock()
    steps = [{"every": 0.01, "resource": f"r{n}", "show": "away"} for n in range(50)]
    made({"contacts": {"nurse@far.test": {"schedule": steps}}}, clock)
    turns: list[int] = []
    clock.callLater(0.05, turns.append, 1)
    for _ in range(20):
        clock.advance(0.01)
    assert turns == [1]


def test_nothing_of_before_happens_after_a_reset():
    """What a contact was about to say when the reset came is said to nobody."""
    clock = Clock()
    network = made({"contacts": {"nurse@far.test": {}}}, clock)
    add(network, "gossip@a.test", schedule=[{"after": 1, "do": "message", "to": "nurse@far.test", "body": "before"}])
    clock.rightNow += 1  # its time has come, and the reactor has not had its turn
    network.reset()
    clock.advance(0)
    network.settle()
    assert network.journal is not None
    assert not any(b"before" in entry.data for entry in network.journal.since(network.journal.first - 1))
    assert not network.pending


def test_a_closed_network_leaves_nothing_to_the_reactor():
    """No timer of a contact, no turn."""
    clock = Clock()
    network = made({"contacts": {"nurse@far.test": {"schedule": [{"every": 1, "show": "away"}]}}}, clock)
    assert clock.getDelayedCalls()
    network.end(STREAM_SYSTEM_SHUTDOWN)
    network.close()
    assert clock.getDelayedCalls() == []


class FullDisk(MemoryStore):
    """A store that takes nothing while it is full."""

    full = False

    def append(self, changes: Any) -> None:
        """Refuse while it is full."""
        if self.full:
            raise StoreError("The disk is full.")
        super().append(changes)


def test_a_contact_that_cannot_be_stored_is_refused():
    """Neither a new one nor the removal of one that is there is said to be done."""
    clock, hub, disk = Clock(), Hub(), FullDisk()
    network = Network(Seed("main", ("a.test",), settings=Settings(), journal=100_000), clock, disk)
    hub.add(network)
    routes = make_routes(hub, clock, lambda _: Deferred(), lambda _: None, lambda: None)
    path = "/v1/networks/main/contacts/{}@a.test"
    assert routes.call("PUT", path.format("nurse"), {}).status == 201
    disk.full = True
    with pytest.raises((Refusal, StoreError, ContactError)):
        routes.call("PUT", path.format("tybalt"), {})
    with pytest.raises((Refusal, StoreError)):
        routes.call("DELETE", path.format("nurse"), None)
    disk.full = False
    assert routes.call("GET", "/v1/networks/main/contacts", None).body == {"contacts": ["nurse@a.test"]}
    assert routes.call("DELETE", path.format("nurse"), None).status == 204
    assert "nurse@a.test" not in network.world.accounts
