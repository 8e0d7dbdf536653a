"""Databases with many accounts, made without a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bench.clients.client import PASSWORD
from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store import open_store
from rosterkit.wire import passwords

__all__ = ["make_database", "ring", "strangers"]

_BATCH = 500


def make_database(path: Path, rosters: Iterable[tuple[str, Sequence[Item]]]) -> None:
    """A file with an account for each name, and its roster; all have the password :data:`PASSWORD`."""
    keys = passwords.derive(PASSWORD, b"0123456789abcdef")
    store = open_store(path)
    changes = [
        SaveAccount(f"{name}@localhost", keys, Roster(f"seed-{name}", {item.jid: item for item in items}))
        for name, items in rosters
    ]
    for at in range(0, len(changes), _BATCH):
        store.append(changes[at : at + _BATCH])
    store.close()


def strangers(prefix: str, count: int, entries: int) -> Iterator[tuple[str, list[Item]]]:
    """Accounts whose entries are nobody who is there."""
    for number in range(count):
        yield f"{prefix}{number}", [Item(f"someone{n}@elsewhere.test", f"Contact {n}") for n in range(entries)]


def ring(prefix: str, count: int, neighbours: int) -> Iterator[tuple[str, list[Item]]]:
    """Accounts in a ring, each with a mutual subscription to its next ``neighbours`` on both sides."""
    for number in range(count):
        steps = [step for step in range(-neighbours, neighbours + 1) if step]
        names = dict.fromkeys(f"{prefix}{(number + step) % count}@localhost" for step in steps)
        yield (
            f"{prefix}{number}",
            [Item(name, None, (), "both") for name in names if name != f"{prefix}{number}@localhost"],
        )
