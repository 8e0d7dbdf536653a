"""What a circle of accounts does next, by chance: one list of operations that do not stand in each other's way.

Tests: ``tests/bench/test_choosing.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from bench.soak.model import Block, Model, Operation, Remove, Robot, Set, Subscription, Unblock

__all__ = ["BEGINNING", "ROBOTS", "choose"]

#: The kinds of scripted contact that each circle has.
ROBOTS = {
    "yes": Robot("accept"),
    "back": Robot("accept", asks_back=True),
    "no": Robot("refuse"),
    "mum": Robot("ignore"),
}
#: With whom each account begins: as many as it can ever have, so that a server does not grow by them.
BEGINNING = {f"stranger{number}@stranger.test": f"Stranger {number}" for number in range(12)}
_STRANGERS = tuple(BEGINNING)
_GROUPS = ("Friends", "Work", "Family & co", "Größe", "a<b", "It's")
_TYPES = ("subscribe", "subscribe", "subscribe", "subscribed", "subscribed", "unsubscribe", "unsubscribed")


def choose(random: Random, model: Model, robots: Sequence[str]) -> list[Operation]:
    """Edits of each account, which may run beside each other, or one operation of another kind."""
    accounts = model.accounts
    if random.random() < 0.45:
        return [_edit(random, account, (*accounts, *robots)) for account in accounts]
    account = random.choice(accounts)
    other = random.choice([one for one in (*accounts, *robots) if one != account])
    if random.random() < 0.8:
        return [Subscription(account, other, random.choice(_TYPES))]
    blocked = sorted(model.blocked(account))
    if blocked:  # nobody stays blocked for long, or nothing happens any more
        return [Unblock(account, random.choice(blocked))]
    return [random.choice((Block, Remove, Remove))(account, other)]


def _edit(random: Random, account: str, known: Sequence[str]) -> Operation:
    stranger = random.choice(_STRANGERS)
    if random.random() < 0.25:
        return Remove(account, stranger)
    contact = random.choice([stranger, stranger, *(one for one in known if one != account)])
    groups = tuple(random.sample(_GROUPS, random.randrange(3)))
    name = random.choice((None, "", f"Name {random.randrange(1000)}", 'Zoë "O\'Neil" <&>'))
    return Set(account, contact, name, groups)
