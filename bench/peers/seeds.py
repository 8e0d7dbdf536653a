"""Who is there before a server starts: the same accounts and rosters for each of them.

Tests: ``tests/bench/peers/test_peer_seeds.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rosterkit.core.roster import Item

__all__ = ["PASSWORD", "Account", "Sizes", "accounts"]

#: Of every account.
PASSWORD = "bench"


class Sizes(NamedTuple):
    """How large things are: rosters of so many entries, contacts of one star, pairs of strangers, idle accounts."""

    rosters: Sequence[int] = (10, 1_000, 10_000)
    stars: Sequence[int] = (500,)
    pairs: Mapping[int, int] = {0: 60}
    idle: int = 500


class Account(NamedTuple):
    """The part before ``@localhost``, and the roster."""

    name: str
    items: list[Item]


def accounts(sizes: Sizes) -> Iterator[Account]:
    """Every account: ``rN`` with N entries; ``sN`` and its N contacts ``sNcI``; ``pNaI`` and ``pNbI``, strangers to
    each other with N entries; ``idleI`` with ten.
    """
    for size in sizes.rosters:
        yield Account(f"r{size}", strangers(size))
    for size in sizes.stars:
        yield Account(f"s{size}", [_item(f"s{size}c{number}", "both") for number in range(size)])
        for number in range(size):
            yield Account(f"s{size}c{number}", [_item(f"s{size}", "both")])
    for size, count in sizes.pairs.items():
        for number in range(count):
            yield Account(f"p{size}a{number}", strangers(size))
            yield Account(f"p{size}b{number}", strangers(size))
    for number in range(sizes.idle):
        yield Account(f"idle{number}", strangers(10))


def strangers(count: int) -> list[Item]:
    """So many entries of people who are nowhere."""
    return [_item(f"someone{number}") for number in range(count)]


def _item(name: str, subscription: str = "none") -> Item:
    return Item(f"{name}@localhost", f"Contact {name}", ("Friends", "Bench"), subscription)
