"""What is done with an account after a play: whatever a case has left is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.probing.alone import played_alone
from rosterkit.conformance.probing.memory import ACCOUNTS, network_in_memory
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.server.cleaning import cleaned_anew
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.core.roster import Item, Kept
from rosterkit.net.network import Network

ME = ACCOUNTS[0].bare


@pytest.fixture
def network() -> Network:
    """A server of ours."""
    return network_in_memory(Clock())


def clean(network: Network) -> Evidence:
    """What the account's own line saw while it cleaned."""
    lines = MemoryLines(network, Clock())
    found: list[Evidence] = []
    played_alone(lambda people: cleaned_anew(people.me), ACCOUNTS[0], lines, Clock(), 1.0).addCallback(found.append)
    return found[0]


def test_entries_and_requests_go(network: Network):
    """Each entry is removed, and each request refused, also one without an entry."""
    account = network.world.accounts[ME]
    roster = account.roster
    for number, subscription in enumerate(("none", "to", "from", "both")):
        roster = roster.with_item(Item(f"c{number}@montague.test", subscription=subscription), f"v{number}", 10)
    account.roster = roster.with_request("asker@montague.test", Kept(b"")).with_request("c1@montague.test", Kept(b""))
    assert clean(network).stuck() is None
    assert not account.roster.items
    assert not account.roster.requests


def test_an_entry_that_is_kept_under_its_bare_jid_goes(network: Network):
    """A server may show it with the resource with which it was put in, and know it by the other alone."""
    account = network.world.accounts[ME]
    account.roster = replace(account.roster, items={"c@montague.test": Item("c@montague.test/balcony")}, memo={})
    assert clean(network).stuck() is None
    assert not account.roster.items


def test_an_empty_roster_is_left_as_it_is(network: Network):
    """Its version too: nothing was edited."""
    version = network.world.accounts[ME].roster.version
    clean(network)
    assert network.world.accounts[ME].roster.version == version


def test_a_roster_that_does_not_become_empty_is_told(network: Network, monkeypatch: pytest.MonkeyPatch):
    """A server that forgets nothing: the account must not be used any more."""
    from rosterkit.core import roster_iq

    account = network.world.accounts[ME]
    account.roster = account.roster.with_item(Item("c@montague.test"), "v", 10)
    monkeypatch.setattr(roster_iq, "_remove", lambda *_: b"")
    stuck = clean(network).stuck()
    assert stuck is not None
    assert "is not empty" in stuck.step["stuck"]
