"""Connections are counted by address."""

from __future__ import annotations

import pytest

from rosterkit.net.addresses import Addresses


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("127.0.0.1", "127.0.0.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:0:1::", "2001:db8:0:0:ffff:ffff::", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_who_counts_together(one: str, other: str, same: bool):
    """Each IPv4 address alone; of IPv6 the network of 64 bits, which one owner has."""
    addresses = Addresses()
    assert addresses.enter(one) == 1
    assert addresses.enter(other) == (2 if same else 1)


def test_nothing_is_left_of_those_who_went():
    """As many times as they came, and in any order."""
    addresses = Addresses()
    for host in ("a", "b", "a"):
        addresses.enter(host)
    for host in ("a", "a", "b"):
        addresses.leave(host)
    assert addresses._counts == {}
    with pytest.raises(KeyError):
        addresses.leave("a")
