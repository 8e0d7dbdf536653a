"""The server that is attacked: its accounts, its component, and how an attacking process is told where it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from bench.clients.line import Place
from bench.load.accounts import strangers
from rosterkit.core.roster import Item

__all__ = ["COMPONENT", "LARGE", "QUIET", "SECRET", "Target", "accounts"]

#: How many well-behaved sessions measure.
QUIET = 20
#: The account with a long roster, and how many entries that has.
LARGE, _ENTRIES = "large", 10_000
#: The domain from which strangers ask, and the secret of its component.
COMPONENT, SECRET = "strangers.test", "component-secret"
_ATTACKER = "127.9.0.1"


class Target(NamedTuple):
    """Where the server listens, and for how many seconds it is attacked."""

    port: int
    component_port: int
    seconds: float

    def place(self) -> Place:
        """Where to attack it, and from which address."""
        return Place("127.0.0.1", self.port, source=_ATTACKER)

    def as_text(self) -> str:
        """For a command line."""
        return json.dumps(self)

    @classmethod
    def from_text(cls, text: str) -> Target:
        """What :meth:`as_text` gave."""
        return cls(*json.loads(text))


def accounts() -> Iterator[tuple[str, list[Item]]]:
    """Those who measure, those who attack, and a victim."""
    yield from strangers("quiet", QUIET, 10)
    yield from strangers("bad", 100, 10)
    yield from strangers("victim", 1, 0)
    yield LARGE, [Item(f"someone{n}@elsewhere.test", f"Contact number {n}") for n in range(_ENTRIES)]
