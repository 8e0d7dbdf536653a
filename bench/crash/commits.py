"""What a commit costs, with each durability."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from bench.clients.figures import percentile
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store import Durability, Store, open_store

__all__ = ["Cost", "measure"]

_COMMITS, _CONTACTS, _HISTORY = 1000, 50, 500
_ACCOUNT = "anna@localhost"


class Cost(NamedTuple):
    """Seconds of one commit of one changed entry: the median, and what 99 of 100 do not exceed."""

    median: float
    p99: float


def measure(durability: Durability) -> Cost:
    """Commit changes of a roster one by one, in a folder for temporary files."""
    with (
        tempfile.TemporaryDirectory(prefix="rosterkit-commits-") as folder,
        closing(open_store(Path(folder, "measured.db"), durability)) as store,
    ):
        taken = list(_commit(store))
    return Cost(percentile(taken, 0.5), percentile(taken, 0.99))


def _commit(store: Store) -> Iterator[float]:
    roster = Roster.new("v0")
    store.append([SaveAccount(_ACCOUNT, {}, roster)])
    for number in range(_COMMITS):
        contact = f"c{number % _CONTACTS}@localhost"
        roster = roster.with_item(Item(contact, str(number)), f"v{number + 1}", _HISTORY)
        began = time.perf_counter()
        store.append([Save(_ACCOUNT, contact, roster)])
        yield time.perf_counter() - began
