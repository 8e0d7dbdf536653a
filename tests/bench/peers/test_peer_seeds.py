"""Who is there: the same for every server, and as large as asked for."""

from __future__ import annotations

from bench.peers.seeds import Sizes, accounts
from bench.peers.workloads import PAIRS, WORKLOADS


def test_names_are_there_once() -> None:
    """Two accounts of one name would be one on some servers and an error on others."""
    names = [account.name for account in accounts(Sizes())]
    assert len(set(names)) == len(names)


def test_everything_has_the_size_that_its_name_says() -> None:
    """Rosters, stars with their contacts, pairs."""
    found = {account.name: account.items for account in accounts(Sizes((3,), (2,), {1: 1}, 1))}
    assert {name: len(items) for name, items in found.items()} == {
        "r3": 3, "s2": 2, "s2c0": 1, "s2c1": 1, "p1a0": 1, "p1b0": 1, "idle0": 10,
    }  # fmt: skip


def test_stars_and_their_contacts_agree() -> None:
    """Each of both sees the presence of the other."""
    found = {account.name: account.items for account in accounts(Sizes((), (2,), {}, 0))}
    assert [(item.jid, item.subscription) for item in found["s2"]] == [
        ("s2c0@localhost", "both"),
        ("s2c1@localhost", "both"),
    ]
    assert [(item.jid, item.subscription) for item in found["s2c1"]] == [("s2@localhost", "both")]


def test_every_workload_finds_its_accounts() -> None:
    """Those of the table are there where nothing else is said."""
    names = {account.name for account in accounts(Sizes())}
    assert {f"r{WORKLOADS[name].size}" for name in ("login", "get10", "get1000", "get10000", "set")} <= names
    assert f"s{WORKLOADS['presence'].size}c{WORKLOADS['presence'].size - 1}" in names
    assert f"p{WORKLOADS['subscription'].size}b{PAIRS - 1}" in names
    assert f"idle{WORKLOADS['plain-first'].times - 1}" in names
