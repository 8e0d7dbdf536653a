"""How many connections each address has, over all the ports of a server.

Tests: ``tests/net/test_addresses.py``.
"""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network

__all__ = ["Addresses"]

#: Of an IPv6 address so many bits count: the rest is its owner's to choose.
_PREFIX = 64


class Addresses:
    """Counts connections by IP address; those of one IPv6 network of 64 bits are counted together."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def enter(self, host: str) -> int:
        """One more from ``host``; how many there are now."""
        key = _key(host)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count

    def leave(self, host: str) -> None:
        """One less; KeyError where there is none."""
        key = _key(host)
        if self._counts[key] > 1:
            self._counts[key] -= 1
        else:
            del self._counts[key]


def _key(host: str) -> str:
    if ":" not in host:
        return host
    address = IPv6Address(host.partition("%")[0])
    return str(address.ipv4_mapped or IPv6Network((address, _PREFIX), strict=False))
