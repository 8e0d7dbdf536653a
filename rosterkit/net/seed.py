"""What a network is made from, and what a reset brings back: domains, accounts with their rosters, switches.

Tests: ``tests/net/test_network.py``.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from rosterkit.core.contact import Script
from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Roster
from rosterkit.core.world import Settings, World
from rosterkit.wire import passwords

__all__ = ["Seed", "SeedAccount", "SeedContact", "new_version"]

_EPOCH = secrets.token_hex(8)  # no version or id of an earlier process comes again
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """An account as it is at the beginning."""

    jid: Jid
    credentials: Credentials
    roster: Roster


@dataclass(frozen=True, slots=True)
class SeedContact:
    """A scripted contact; without a ``roster`` it has one that agrees with those of the accounts."""

    jid: Jid
    script: Script
    roster: Roster | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """A network at its beginning.  Everything in it is immutable: a reset costs what the tables cost.

    ``remote`` are scripted domains beside those of the ``contacts``.  ``components`` are the secrets by domain of the
    components that may join, ``journal`` is the most bytes that are remembered of what happened (0: nothing is),
    ``own_port`` says that clients find the network by a port of its own.
    """

    name: str
    domains: tuple[str, ...]
    accounts: tuple[SeedAccount, ...] = ()
    contacts: tuple[SeedContact, ...] = ()
    remote: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    components: Mapping[str, str] = field(default_factory=dict)
    journal: int = 0
    own_port: bool = False

    def world(self) -> World:
        """The domains and switches, without anybody in them."""
        return World(
            self.domains,
            new_id=new_version,
            new_version=new_version,
            derive=_derive,
            settings=self.settings,
            expected=tuple(self.components),
        )


def new_version() -> str:
    """A token that was never given before, by this process or another."""
    return f"{_EPOCH}-{next(_NUMBERS)}"


def _derive(password: str) -> Credentials:
    return passwords.derive(password, secrets.token_bytes(passwords.SALT_BYTES))
