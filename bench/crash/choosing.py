"""What a client of ``make crash`` does next, by chance: entries, removals and subscriptions among few accounts.

Every change of an entry has a mark of its own, in the name and in each group, so that halves of two changes are told
from one whole.

Tests: ``tests/bench/test_crash_choosing.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from bench.soak.model import Operation, Remove, Set, Subscription

__all__ = ["FAR", "choose"]

#: Contacts of a server that nobody answers for; they are only listed.
FAR = ("one@far.test", "two@far.test", "three@far.test")
_TYPES = ("subscribe",) * 4 + ("subscribed",) * 4 + ("unsubscribe", "unsubscribed") * 2


def choose(random: Random, account: str, accounts: Sequence[str], mark: str) -> Operation:
    """The next operation of ``account``; ``mark`` is one that never was before."""
    others = [other for other in accounts if other != account]
    what = random.random()
    if what < 0.45:
        return Subscription(account, random.choice(others), random.choice(_TYPES))
    contact = random.choice((*others, *FAR))
    if what < 0.6:
        return Remove(account, contact)
    groups = tuple(f"{letter} {mark}" for letter in "abc"[: random.randrange(4)])
    return Set(account, contact, f"name {mark}", groups)
