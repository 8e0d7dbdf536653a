"""The hub: which network a domain belongs to."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock

from rosterkit.net.hub import Hub
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed


def network(name: str, *domains: str, **more: Any) -> Network:
    """A network that is in no hub yet."""
    return Network(Seed(name, domains or (name,), **more), Clock())


def test_a_network_is_found_by_each_of_its_domains():
    """Local domains are for clients, expected ones for components; what nobody has is found by nobody."""
    hub = Hub()
    one, two = network("one", "a.test", "b.test", components={"far.test": "x"}), network("two", "c.test")
    hub.add(one)
    hub.add(two)
    assert [hub.serving(domain) for domain in ("a.test", "b.test", "c.test", "far.test", "d.test")] == [
        one, one, two, None, None,
    ]  # fmt: skip
    assert hub.expecting("far.test") is one
    assert hub.expecting("a.test") is None
    assert hub.holder("far.test") is one


def test_a_network_that_was_removed_is_found_no_more():
    """Its domains are free for another."""
    hub = Hub()
    one = network("one", "a.test")
    hub.add(one)
    hub.remove(one)
    assert hub.serving("a.test") is hub.holder("a.test") is None
    assert hub.networks == {}


def test_names_may_repeat_behind_ports_of_their_own():
    """A network with a port of its own takes no domain from anybody, and gives none back when it goes."""
    hub = Hub()
    common, own = network("one", "a.test"), network("two", "a.test", own_port=True)
    hub.add(common)
    hub.add(own)
    assert hub.serving("a.test") is common
    hub.remove(own)
    assert hub.serving("a.test") is common
